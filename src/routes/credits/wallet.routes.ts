import type { WalletController } from '../../controllers/credits/wallet.controller.ts';
import { platform, tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  AddCreditsRequest,
  CreditTransactionResponse,
  CreditWalletResponse,
  CreditWalletSummaryResponse,
  DeductCreditsRequest,
  ListCreditTransactionsQuery,
  ListCreditWalletsQuery,
  TopUpMasterWalletRequest,
  TransferCreditsRequest,
} from '../../validators/credits/wallet.schema.ts';

export interface WalletRouteDeps {
  readonly creditWallets: WalletController;
}

const endpoint = endpointsFor<WalletRouteDeps>();
const tags = ['Credits'] as const;

export const getMasterWallet = endpoint({
  method: 'get',
  path: '/api/credits/master-wallet',
  operationId: 'getMasterWallet',
  summary: "Get the operator's own stock of credits",
  tags,
  access: platform('credits:read'),
  success: { status: 200, schema: CreditWalletResponse },
  handler: ({ creditWallets }, { ctx }) => creditWallets.getMaster(ctx),
});

export const topUpMasterWallet = endpoint({
  method: 'post',
  path: '/api/credits/master-wallet/top-up',
  operationId: 'topUpMasterWallet',
  summary: "Add to the operator's own stock",
  description: 'Records what was bought from the providers of channels; it does not buy it.',
  tags,
  access: platform('credits:configure'),
  body: TopUpMasterWalletRequest,
  success: { status: 201, schema: CreditTransactionResponse },
  errors: ['CREDITS_EXPIRY_PAST'],
  idempotent: true,
  audit: 'credit_stock.increased',
  handler: ({ creditWallets }, { body, ctx }) => creditWallets.topUpMaster(ctx, body),
});

export const listCreditWallets = endpoint({
  method: 'get',
  path: '/api/credits/wallets',
  operationId: 'listCreditWallets',
  summary: 'List wallets and what they hold',
  tags,
  access: tenantOrPlatform('credits:read'),
  query: ListCreditWalletsQuery,
  success: { status: 200, page: CreditWalletSummaryResponse },
  handler: ({ creditWallets }, { query, ctx }) => creditWallets.list(ctx, query),
});

export const getCreditWallet = endpoint({
  method: 'get',
  path: '/api/credits/wallets/:id',
  operationId: 'getCreditWallet',
  summary: 'Get a wallet, what it holds and what of it expires',
  tags,
  access: tenantOrPlatform('credits:read'),
  params: IdParams,
  success: { status: 200, schema: CreditWalletResponse },
  errors: ['CREDIT_WALLET_NOT_FOUND'],
  handler: ({ creditWallets }, { params, ctx }) => creditWallets.get(ctx, params.id),
});

export const addCredits = endpoint({
  method: 'post',
  path: '/api/credits/wallets/:id/add',
  operationId: 'addCredits',
  summary: 'Give credits to a wallet',
  description: "They come from the operator's own stock, which must have as many.",
  tags,
  access: platform('credits:write'),
  params: IdParams,
  body: AddCreditsRequest,
  success: { status: 201, schema: CreditTransactionResponse },
  errors: [
    'CREDIT_WALLET_NOT_FOUND',
    'CREDITS_STOCK_INSUFFICIENT',
    'CREDITS_EXPIRY_PAST',
    'CREDITS_TRANSFER_TO_ITSELF',
  ],
  idempotent: true,
  audit: 'credits.added',
  handler: ({ creditWallets }, { params, body, ctx }) => creditWallets.add(ctx, params.id, body),
});

export const deductCredits = endpoint({
  method: 'post',
  path: '/api/credits/wallets/:id/deduct',
  operationId: 'deductCredits',
  summary: 'Take credits from a wallet',
  description: 'All of them or none: a balance is never below zero, however many take from it at once.',
  tags,
  access: platform('credits:write'),
  params: IdParams,
  body: DeductCreditsRequest,
  success: { status: 201, schema: CreditTransactionResponse },
  errors: ['CREDIT_WALLET_NOT_FOUND', 'CREDITS_INSUFFICIENT'],
  idempotent: true,
  audit: 'credits.deducted',
  handler: ({ creditWallets }, { params, body, ctx }) => creditWallets.deduct(ctx, params.id, body),
});

export const transferCredits = endpoint({
  method: 'post',
  path: '/api/credits/wallets/:id/transfer',
  operationId: 'transferCredits',
  summary: 'Move credits to another wallet',
  description: 'They expire there when they would have expired here.',
  tags,
  access: platform('credits:write'),
  params: IdParams,
  body: TransferCreditsRequest,
  success: { status: 201, schema: CreditTransactionResponse },
  errors: ['CREDIT_WALLET_NOT_FOUND', 'CREDITS_INSUFFICIENT', 'CREDITS_TRANSFER_TO_ITSELF'],
  idempotent: true,
  audit: 'credits.transferred',
  handler: ({ creditWallets }, { params, body, ctx }) => creditWallets.transfer(ctx, params.id, body),
});

export const listWalletTransactions = endpoint({
  method: 'get',
  path: '/api/credits/wallets/:id/transactions',
  operationId: 'listWalletTransactions',
  summary: 'List what was done to a wallet',
  description: 'The newest first.',
  tags,
  access: tenantOrPlatform('credits:read'),
  params: IdParams,
  query: ListCreditTransactionsQuery,
  success: { status: 200, slice: CreditTransactionResponse },
  errors: ['CREDIT_WALLET_NOT_FOUND'],
  handler: ({ creditWallets }, { params, query, ctx }) => creditWallets.listTransactionsOfWallet(ctx, params.id, query),
});

export const listCreditTransactions = endpoint({
  method: 'get',
  path: '/api/credits/transactions',
  operationId: 'listCreditTransactions',
  summary: 'List what was done to wallets',
  description: 'The newest first. Operators see those of every tenant, and of their own stock.',
  tags,
  access: tenantOrPlatform('credits:read'),
  query: ListCreditTransactionsQuery,
  success: { status: 200, slice: CreditTransactionResponse },
  handler: ({ creditWallets }, { query, ctx }) => creditWallets.listTransactions(ctx, query),
});

export const walletEndpoints = [
  getMasterWallet,
  topUpMasterWallet,
  listCreditWallets,
  getCreditWallet,
  addCredits,
  deductCredits,
  transferCredits,
  listWalletTransactions,
  listCreditTransactions,
] as const;
