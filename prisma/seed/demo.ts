import { makeAuditEntries } from './audit-entries.ts';
import { makeCredits } from './credits.ts';
import type { TableRows } from './insert-rows.ts';
import { makeInvoices } from './invoices.ts';
import { makeLedger } from './ledger.ts';
import { makeLibraries } from './libraries.ts';
import { makePlans } from './plans.ts';
import { makeTaxRates } from './tax-rates.ts';
import { makeSubscriptions, makeTenants } from './tenants.ts';
import { makeUsers, type PasswordHashes } from './users.ts';

/**
 * The rows of the demo, in an order in which they can be inserted. The same anchor and hashes give the same rows.
 * @param anchor the moment up to which the demo has lived
 */
export function makeDemo(passwords: PasswordHashes, anchor: Date): TableRows[] {
  const plans = makePlans(anchor);
  const tenants = makeTenants(anchor);
  const users = makeUsers(tenants, passwords, anchor);
  const subscriptions = makeSubscriptions(tenants, plans, anchor);
  const { libraries, platformUsers, guardianships } = makeLibraries(tenants, anchor);
  const { invoices, items, sequences } = makeInvoices(tenants, subscriptions, anchor);
  const { payments, transactions, entries } = makeLedger(invoices);
  return [
    { table: 'tax_rates', rows: makeTaxRates(anchor) },
    { table: 'plans', rows: plans },
    { table: 'tenants', rows: tenants.map(({ row }) => row) },
    { table: 'users', rows: users.users },
    { table: 'memberships', rows: users.memberships },
    ...makeCredits(tenants, anchor),
    { table: 'subscriptions', rows: subscriptions },
    { table: 'invoices', rows: invoices },
    { table: 'invoice_items', rows: items },
    { table: 'invoice_sequences', rows: sequences },
    { table: 'payments', rows: payments },
    { table: 'ledger_transactions', rows: transactions },
    { table: 'ledger_entries', rows: entries },
    { table: 'libraries', rows: libraries },
    { table: 'platform_users', rows: platformUsers },
    { table: 'guardianships', rows: guardianships },
    { table: 'audit_entries', rows: makeAuditEntries({ plans, tenants, users, invoices }, anchor) },
  ];
}
