import { uuidv7 } from 'uuidv7';
import { invariant } from '../../errors/app-error.ts';
import type { LedgerRepository } from '../../repositories/billing/ledger.repository.ts';
import type { LedgerBalance, LedgerFilter, LedgerPosting, LedgerTransaction } from '../../types/billing/ledger.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TenantTxContext } from '../../types/context.ts';
import type { Slice, SliceRequest } from '../../types/page.ts';
import { ExactDecimal } from '../../utils/money.ts';
import { readSlice } from '../base/time-cursor.ts';

export interface LedgerServiceDeps {
  readonly ledger: LedgerRepository;
  readonly clock: Clock;
}

export type LedgerService = ReturnType<typeof createLedgerService>;

/** The double-entry ledger: whatever moves money books it here, in its own transaction (docs/adr/0013-money.md). */
export function createLedgerService({ ledger, clock }: LedgerServiceDeps) {
  const book = async (
    ctx: TenantTxContext,
    posting: LedgerPosting,
    bookedAt: Date,
    reversesId: string | null,
  ): Promise<string> => {
    const id = uuidv7();
    await ledger.insert(ctx, id, posting, bookedAt.toISOString(), reversesId);
    return id;
  };

  return {
    /**
     * Books a posting; one without lines, such as that of an invoice over nothing, is not booked.
     * @throws the database's unique violation of ledger_transactions_tenant_id_cause_key when its cause is booked already, and an
     *   integrity violation at the commit when it does not come to zero: both are faults of the caller
     */
    async book(ctx: TenantTxContext, posting: LedgerPosting, bookedAt: Date = clock.now()): Promise<void> {
      if (posting.entries.length > 0) await book(ctx, posting, bookedAt, null);
    },

    /**
     * Books many postings that count from one moment, in one statement; those without lines are not booked.
     * @throws as book
     */
    async bookMany(
      ctx: TenantTxContext,
      postings: readonly LedgerPosting[],
      bookedAt: Date = clock.now(),
    ): Promise<void> {
      const bookings = postings
        .filter(({ entries }) => entries.length > 0)
        .map((posting) => ({ id: uuidv7(), posting }));
      if (bookings.length > 0) await ledger.insertMany(ctx, bookings, bookedAt.toISOString());
    },

    /**
     * Takes back a booking line for line, as it was made. What was booked without lines has nothing to take back.
     * @param reason completes the cause: `void` makes `void:invoice.finalized:<id>`
     */
    async reverse(ctx: TenantTxContext, cause: string, reason: string): Promise<void> {
      const booked = await ledger.findByCause(ctx, cause);
      if (booked.length === 0) return;
      const { id, subjectType, subjectId } = invariant(booked[0], 'A booking has lines');
      const entries = booked.map(({ account, currency, amount }) => ({
        account,
        currency,
        amount: new ExactDecimal(amount).negated().toFixed(),
      }));
      await book(ctx, { cause: `${reason}:${cause}`, subjectType, subjectId, entries }, clock.now(), id);
    },

    /**
     * Bookings of the tenant in scope, or of all, the newest first.
     * @throws AppError VALIDATION_FAILED for a cursor that no answer gave
     */
    list(ctx: Context, { limit, cursor, ...filter }: LedgerFilter & SliceRequest): Promise<Slice<LedgerTransaction>> {
      return readSlice({ limit, cursor }, async (part) => {
        const found = await ledger.list(ctx, filter, part);
        return found.map((booking) => ({ ...booking, occurredAt: booking.bookedAt }));
      });
    },

    /** What each account comes to, now or at a moment: of the tenant in scope, or of all tenants together. */
    balances(ctx: Context, at: Date = clock.now()): Promise<LedgerBalance[]> {
      return ledger.balances(ctx, at.toISOString());
    },
  };
}
