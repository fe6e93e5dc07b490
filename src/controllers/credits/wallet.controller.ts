import type { z } from 'zod';
import type {
  CreditTransactionRequest,
  CreditTransactionService,
} from '../../services/credits/credit-transaction.service.ts';
import type { WalletService } from '../../services/credits/wallet.service.ts';
import type { WalletOperationsService } from '../../services/credits/wallet-operations.service.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type {
  CreditOperation,
  CreditWalletDetails,
  CreditWalletFilter,
  CreditWalletSummary,
} from '../../types/credits/credit.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { Page, Slice } from '../../types/page.ts';
import type {
  AddCreditsRequest,
  CreditTransactionResponse,
  CreditWalletResponse,
  CreditWalletSummaryResponse,
  DeductCreditsRequest,
  TopUpMasterWalletRequest,
  TransferCreditsRequest,
} from '../../validators/credits/wallet.schema.ts';

type WalletAnswer = z.input<typeof CreditWalletResponse>;
type WalletSummaryAnswer = z.input<typeof CreditWalletSummaryResponse>;
type TransactionAnswer = z.input<typeof CreditTransactionResponse>;

export interface WalletControllerDeps {
  readonly wallets: WalletService;
  readonly walletOperations: WalletOperationsService;
  readonly transactions: CreditTransactionService;
}

export type WalletController = ReturnType<typeof createWalletController>;

export function createWalletController({ wallets, walletOperations, transactions }: WalletControllerDeps) {
  return {
    async list(ctx: Context, query: CreditWalletFilter): Promise<Page<WalletSummaryAnswer>> {
      const page = await wallets.list(ctx, query);
      return { ...page, items: page.items.map(toSummaryAnswer) };
    },

    async get(ctx: Context, id: string): Promise<WalletAnswer> {
      return toWalletAnswer(await wallets.get(ctx, id));
    },

    async getMaster(ctx: Context<PlatformScope>): Promise<WalletAnswer> {
      return toWalletAnswer(await wallets.getMaster(ctx));
    },

    async topUpMaster(
      ctx: Context<PlatformScope>,
      body: z.output<typeof TopUpMasterWalletRequest>,
    ): Promise<TransactionAnswer> {
      return toTransactionAnswer(await walletOperations.topUpMaster(ctx, body));
    },

    async add(
      ctx: Context<PlatformScope>,
      id: string,
      body: z.output<typeof AddCreditsRequest>,
    ): Promise<TransactionAnswer> {
      return toTransactionAnswer(await walletOperations.add(ctx, id, body));
    },

    async deduct(
      ctx: Context<PlatformScope>,
      id: string,
      body: z.output<typeof DeductCreditsRequest>,
    ): Promise<TransactionAnswer> {
      return toTransactionAnswer(await walletOperations.deduct(ctx, id, body));
    },

    async transfer(
      ctx: Context<PlatformScope>,
      id: string,
      body: z.output<typeof TransferCreditsRequest>,
    ): Promise<TransactionAnswer> {
      return toTransactionAnswer(await walletOperations.transfer(ctx, id, body));
    },

    async listTransactions(ctx: Context, query: CreditTransactionRequest): Promise<Slice<TransactionAnswer>> {
      const slice = await transactions.list(ctx, query);
      return { ...slice, items: slice.items.map(toTransactionAnswer) };
    },

    async listTransactionsOfWallet(
      ctx: Context,
      id: string,
      query: CreditTransactionRequest,
    ): Promise<Slice<TransactionAnswer>> {
      const slice = await transactions.listOfWallet(ctx, id, query);
      return { ...slice, items: slice.items.map(toTransactionAnswer) };
    },
  };
}

const ownerOf = (tenantId: TenantId): TenantId | null => (tenantId === PLATFORM_ID ? null : tenantId);

const toSummaryAnswer = (wallet: CreditWalletSummary): WalletSummaryAnswer => ({
  ...wallet,
  tenantId: ownerOf(wallet.tenantId),
});

const toWalletAnswer = (wallet: CreditWalletDetails): WalletAnswer => ({
  ...wallet,
  tenantId: ownerOf(wallet.tenantId),
  grants: [...wallet.grants],
});

function toTransactionAnswer({ tenantId, counterpartyId, ...operation }: CreditOperation): TransactionAnswer {
  const {
    id,
    walletId,
    channel,
    kind,
    credits,
    creditsAfter,
    reference,
    description,
    expiresAt,
    reservationId,
    createdBy,
    createdAt,
  } = operation;
  return {
    id,
    tenantId: ownerOf(tenantId),
    walletId,
    channel,
    kind,
    credits,
    creditsAfter,
    reference,
    description,
    expiresAt,
    reservationId,
    counterpartyId: counterpartyId === null ? null : ownerOf(counterpartyId),
    createdBy,
    createdAt,
  };
}
