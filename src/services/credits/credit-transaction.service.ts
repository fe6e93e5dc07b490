import { invariant } from '../../errors/app-error.ts';
import type { CreditOperationRepository } from '../../repositories/credits/credit-operation.repository.ts';
import type { Context } from '../../types/context.ts';
import type { CreditOperation, CreditOperationFilter } from '../../types/credits/credit.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Slice, SliceRequest } from '../../types/page.ts';
import { readSlice } from '../base/time-cursor.ts';
import type { WalletService } from './wallet.service.ts';

export interface CreditTransactionServiceDeps {
  readonly operations: CreditOperationRepository;
  readonly wallets: Pick<WalletService, 'find'>;
}

export interface CreditTransactionRequest extends Omit<CreditOperationFilter, 'tenantId'>, SliceRequest {}

export type CreditTransactionService = ReturnType<typeof createCreditTransactionService>;

/** What was done to wallets, the newest first. */
export function createCreditTransactionService({ operations, wallets }: CreditTransactionServiceDeps) {
  const list = async (
    ctx: Context,
    { limit, cursor, ...filter }: CreditTransactionRequest & { readonly tenantId?: TenantId },
  ): Promise<Slice<CreditOperation>> => {
    const slice = await readSlice({ limit, cursor }, async (part) => {
      const found = await operations.list(ctx, filter, part);
      return found.map((operation) => ({ ...operation, occurredAt: operation.createdAt }));
    });
    return { ...slice, items: slice.items.map((operation) => seenBy(ctx, operation)) };
  };

  return {
    /**
     * Of the tenant in scope; an operator without one sees those of every wallet.
     * @throws AppError VALIDATION_FAILED for a cursor that no answer gave
     */
    list: (ctx: Context, request: CreditTransactionRequest): Promise<Slice<CreditOperation>> => list(ctx, request),

    /** @throws AppError CREDIT_WALLET_NOT_FOUND, VALIDATION_FAILED for a cursor that no answer gave */
    async listOfWallet(
      ctx: Context,
      walletId: string,
      request: CreditTransactionRequest,
    ): Promise<Slice<CreditOperation>> {
      const { tenantId } = await wallets.find(ctx, walletId);
      return list(ctx, { ...request, tenantId });
    },

    /** One that was just booked. */
    async getBooked(ctx: Context, tenantId: TenantId, id: string): Promise<CreditOperation> {
      return invariant(await operations.findById(ctx, tenantId, id), 'An operation that was just booked is there');
    },
  };
}

/** Who is on the other side of a transfer is no tenant's business but the operator's. */
const seenBy = ({ scope }: Context, operation: CreditOperation): CreditOperation =>
  scope.kind === 'tenant' ? { ...operation, counterpartyId: null } : operation;
