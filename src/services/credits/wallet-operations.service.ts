import { AppError, appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { CreditChannel, CreditOperation, CreditWallet } from '../../types/credits/credit.ts';
import type {
  CreditBooking,
  CreditBookingDetails,
  GrantInput,
  TransferInput,
} from '../../types/credits/credit-booking.ts';
import { PLATFORM_ID } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { CreditLedgerService } from './credit-ledger.service.ts';
import type { CreditTransactionService } from './credit-transaction.service.ts';
import type { WalletService } from './wallet.service.ts';

export interface WalletOperationsServiceDeps {
  readonly wallets: Pick<WalletService, 'find' | 'findMaster'>;
  readonly ledger: Pick<CreditLedgerService, 'grant' | 'deduct' | 'transfer'>;
  readonly transactions: Pick<CreditTransactionService, 'getBooked'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

interface Movement extends CreditBookingDetails {
  readonly channel: CreditChannel;
  readonly credits: number;
}

export type WalletOperationsService = ReturnType<typeof createWalletOperationsService>;

/** What operators do to wallets by hand. */
export function createWalletOperationsService(deps: WalletOperationsServiceDeps) {
  const { wallets, ledger, transactions, tx, audit } = deps;

  const record = (
    ctx: TxContext<PlatformScope>,
    { id: resourceId, tenantId }: CreditWallet,
    { creditsAfter }: CreditBooking,
    { channel, credits }: Movement,
    effect: 1 | -1,
  ): void =>
    audit.record(ctx, {
      resourceType: 'credit_wallet',
      resourceId,
      tenantId,
      before: { [channel]: creditsAfter - effect * credits },
      after: { [channel]: creditsAfter },
    });

  const move = async (
    ctx: TxContext<PlatformScope>,
    from: CreditWallet,
    to: CreditWallet,
    input: Omit<TransferInput, 'fromTenantId' | 'toTenantId'>,
  ) => {
    const moved = await ledger.transfer(ctx, { ...input, fromTenantId: from.tenantId, toTenantId: to.tenantId });
    record(ctx, from, moved.given, input, -1);
    record(ctx, to, moved.received, input, 1);
    return moved;
  };

  return {
    /**
     * Adds to the operator's own stock.
     * @throws AppError CREDITS_EXPIRY_PAST
     */
    topUpMaster(
      ctx: Context<PlatformScope>,
      input: Movement & Pick<GrantInput, 'expiresAt'>,
    ): Promise<CreditOperation> {
      return tx.run(ctx, async (txCtx) => {
        const master = await wallets.findMaster(txCtx);
        const booking = await ledger.grant(txCtx, { ...input, tenantId: PLATFORM_ID, source: 'top_up' });
        record(txCtx, master, booking, input, 1);
        return transactions.getBooked(txCtx, PLATFORM_ID, booking.operationId);
      });
    },

    /**
     * Gives credits of the operator's stock to a wallet.
     * @returns the receiver's side
     * @throws AppError CREDIT_WALLET_NOT_FOUND, CREDITS_STOCK_INSUFFICIENT with what there is, CREDITS_EXPIRY_PAST,
     *   CREDITS_TRANSFER_TO_ITSELF
     */
    add(
      ctx: Context<PlatformScope>,
      walletId: string,
      input: Movement & Pick<GrantInput, 'source' | 'priority' | 'expiresAt'>,
    ): Promise<CreditOperation> {
      return tx.run(ctx, async (txCtx) => {
        const wallet = await wallets.find(txCtx, walletId);
        const { received } = await blamingTheStock(move(txCtx, await wallets.findMaster(txCtx), wallet, input));
        return transactions.getBooked(txCtx, wallet.tenantId, received.operationId);
      });
    },

    /** @throws AppError CREDIT_WALLET_NOT_FOUND, CREDITS_INSUFFICIENT with what there is */
    deduct(ctx: Context<PlatformScope>, walletId: string, input: Movement): Promise<CreditOperation> {
      return tx.run(ctx, async (txCtx) => {
        const wallet = await wallets.find(txCtx, walletId);
        const booking = await ledger.deduct(txCtx, { ...input, tenantId: wallet.tenantId });
        record(txCtx, wallet, booking, input, -1);
        return transactions.getBooked(txCtx, wallet.tenantId, booking.operationId);
      });
    },

    /**
     * Moves credits to another wallet, where they expire as they would have here.
     * @returns the giver's side
     * @throws AppError CREDIT_WALLET_NOT_FOUND, CREDITS_INSUFFICIENT with what there is, CREDITS_TRANSFER_TO_ITSELF
     */
    transfer(
      ctx: Context<PlatformScope>,
      walletId: string,
      { toWalletId, ...input }: Movement & { readonly toWalletId: string },
    ): Promise<CreditOperation> {
      return tx.run(ctx, async (txCtx) => {
        const from = await wallets.find(txCtx, walletId);
        const to = await wallets.find(txCtx, toWalletId);
        const { given } = await move(txCtx, from, to, { ...input, source: 'transfer' });
        return transactions.getBooked(txCtx, from.tenantId, given.operationId);
      });
    },
  };
}

async function blamingTheStock<T>(transfer: Promise<T>): Promise<T> {
  try {
    return await transfer;
  } catch (error) {
    if (error instanceof AppError && error.code === 'CREDITS_INSUFFICIENT') {
      throw appError('CREDITS_STOCK_INSUFFICIENT', { cause: error, details: error.details });
    }
    throw error;
  }
}
