import type { LedgerController } from '../../controllers/payments/ledger.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  LedgerBalancesQuery,
  LedgerBalancesResponse,
  LedgerTransactionResponse,
  ListLedgerQuery,
  ReconciliationResponse,
} from '../../validators/payments/ledger.schema.ts';

export interface LedgerRouteDeps {
  readonly ledger: LedgerController;
}

const endpoint = endpointsFor<LedgerRouteDeps>();
const tags = ['Payments'] as const;

export const listLedger = endpoint({
  method: 'get',
  path: '/api/payments/ledger',
  operationId: 'listLedger',
  summary: 'List bookings of the ledger with their lines',
  description: 'The newest first. Bookings are never changed: what was wrong is taken back by another one.',
  tags,
  access: tenantOrPlatform('payments:read'),
  query: ListLedgerQuery,
  success: { status: 200, slice: LedgerTransactionResponse },
  handler: ({ ledger }, { query, ctx }) => ledger.list(ctx, query),
});

export const getLedgerBalances = endpoint({
  method: 'get',
  path: '/api/payments/ledger/balances',
  operationId: 'getLedgerBalances',
  summary: 'Get the balances of the ledger by account and currency',
  description: 'All of a currency together come to zero.',
  tags,
  access: tenantOrPlatform('payments:read'),
  query: LedgerBalancesQuery,
  success: { status: 200, schema: LedgerBalancesResponse },
  handler: ({ ledger }, { query, ctx }) => ledger.balances(ctx, query),
});

export const getReconciliation = endpoint({
  method: 'get',
  path: '/api/payments/reconciliation',
  operationId: 'getReconciliation',
  summary: 'Compare the ledger with invoices, payments, payouts and credits',
  description: 'Reads all of it. The same is done every night for all tenants.',
  tags,
  access: tenantOrPlatform('payments:read'),
  success: { status: 200, schema: ReconciliationResponse },
  handler: ({ ledger }, { ctx }) => ledger.reconcile(ctx),
});

export const ledgerEndpoints = [listLedger, getLedgerBalances, getReconciliation] as const;
