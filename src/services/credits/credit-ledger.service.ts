import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import type { ErrorCode } from '../../errors/registry.ts';
import type {
  BookingAnswer,
  BookingKey,
  BookingRefusal,
  CreditBookingRepository,
} from '../../repositories/credits/credit-booking.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, RowScope, TxContext } from '../../types/context.ts';
import type { CreditChannel, CreditSource } from '../../types/credits/credit.ts';
import type {
  CreditBooking,
  CreditReservation,
  DeductInput,
  GrantInput,
  ReserveInput,
  TransferInput,
} from '../../types/credits/credit-booking.ts';
import type { TenantId } from '../../types/ids.ts';
import type { DomainEvents } from '../base/domain-events.ts';

export interface CreditLedgerServiceDeps {
  readonly bookings: CreditBookingRepository;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

const MOST_CREDITS = 1_000_000_000;
const LONGEST_RESERVATION_SECONDS = 2_592_000;

const REFUSALS = {
  wallet_missing: 'CREDIT_WALLET_NOT_FOUND',
  credits_short: 'CREDITS_INSUFFICIENT',
  expiry_past: 'CREDITS_EXPIRY_PAST',
  reservation_missing: 'CREDITS_RESERVATION_NOT_FOUND',
  reservation_committed: 'CREDITS_RESERVATION_COMMITTED',
  reservation_released: 'CREDITS_RESERVATION_RELEASED',
  reservation_expired: 'CREDITS_RESERVATION_EXPIRED',
  reservation_exceeded: 'CREDITS_RESERVATION_EXCEEDED',
} as const satisfies Record<BookingRefusal, ErrorCode>;

export type CreditLedgerService = ReturnType<typeof createCreditLedgerService>;

/**
 * Message credits in double entry (docs/adr/0013-money.md). Every operation locks its wallet until the transaction ends, books
 * with one statement, and either happens whole or not at all; a refusal leaves the transaction usable.
 *
 * Grants are burnt in the order (priority, expiry with never last, age, id). When a grant expires, and when a reservation ends by
 * itself, is booked ahead: `available` at any moment is the sum of the entries effective by then, whether or not a job runs.
 *
 * A wallet's clock never goes back: where this process's is late, an operation counts at the time of the wallet's last one.
 */
export function createCreditLedgerService({ bookings, events, clock }: CreditLedgerServiceDeps) {
  const keyOf = (ctx: Context<RowScope>, tenantId: TenantId | undefined): BookingKey => ({
    owner: ownerOf(ctx, tenantId),
    operationId: uuidv7(),
    now: clock.now().toISOString(),
    actorId: ctx.actor.type === 'user' ? ctx.actor.id : null,
  });

  /** @throws AppError for what the database refused */
  const accept = (
    ctx: TxContext<RowScope>,
    { owner, operationId }: BookingKey,
    answer: BookingAnswer,
  ): CreditBooking => {
    if (answer.outcome !== 'booked') {
      const { outcome, available } = answer;
      throw appError(REFUSALS[outcome], available === null ? {} : { details: { available } });
    }
    const { walletId, channel, credits, available, bookedAt, fellBelow: threshold } = answer;
    if (threshold !== null) {
      events.publish(ctx, 'credits.low', walletId, { walletId, channel, available, threshold }, owner);
    }
    return { operationId, walletId, credits, creditsAfter: available, bookedAt };
  };

  const announceGrant = (
    ctx: TxContext<RowScope>,
    owner: TenantId,
    { operationId, walletId, credits }: CreditBooking,
    { channel, source }: { readonly channel: CreditChannel; readonly source: CreditSource },
  ): void =>
    events.publish(ctx, 'credits.granted', walletId, { walletId, operationId, channel, credits, source }, owner);

  return {
    /**
     * Adds credits that expire together.
     * @throws AppError CREDIT_WALLET_NOT_FOUND, CREDITS_EXPIRY_PAST
     */
    async grant(ctx: TxContext<RowScope>, input: GrantInput): Promise<CreditBooking & { readonly grantId: string }> {
      assertCredits(input.credits);
      const key = keyOf(ctx, input.tenantId);
      const grantId = uuidv7();
      const booking = accept(ctx, key, await bookings.grant(ctx, key, grantId, input));
      announceGrant(ctx, key.owner, booking, input);
      return { ...booking, grantId };
    },

    /**
     * Uses credits at once.
     * @throws AppError CREDIT_WALLET_NOT_FOUND, CREDITS_INSUFFICIENT with what there is
     */
    async deduct(ctx: TxContext<RowScope>, input: DeductInput): Promise<CreditBooking> {
      assertCredits(input.credits);
      const key = keyOf(ctx, input.tenantId);
      return accept(ctx, key, await bookings.deduct(ctx, key, input));
    },

    /**
     * Holds credits for what will be known later. They stay held when their grant expires meanwhile.
     * @returns the reservation, whose id is its operationId
     * @throws AppError CREDIT_WALLET_NOT_FOUND, CREDITS_INSUFFICIENT with what there is
     */
    async reserve(ctx: TxContext<RowScope>, input: ReserveInput): Promise<CreditReservation> {
      assertCredits(input.credits);
      assertWithin('ttlSeconds', input.ttlSeconds, 1, LONGEST_RESERVATION_SECONDS);
      const key = keyOf(ctx, input.tenantId);
      const booking = accept(ctx, key, await bookings.reserve(ctx, key, input));
      const expiresAt = new Date(Date.parse(booking.bookedAt) + input.ttlSeconds * 1000).toISOString();
      return { ...booking, expiresAt };
    },

    /**
     * Uses what was reserved, or less: the rest is available again, unless its grant has expired meanwhile.
     * @throws AppError CREDITS_RESERVATION_NOT_FOUND, CREDITS_RESERVATION_COMMITTED, CREDITS_RESERVATION_RELEASED,
     *   CREDITS_RESERVATION_EXPIRED, CREDITS_RESERVATION_EXCEEDED, CREDIT_WALLET_NOT_FOUND
     */
    async commit(
      ctx: TxContext<RowScope>,
      reservationId: string,
      credits: number,
      tenantId?: TenantId,
    ): Promise<CreditBooking> {
      assertWithin('credits', credits, 0, MOST_CREDITS);
      const key = keyOf(ctx, tenantId);
      return accept(ctx, key, await bookings.close(ctx, key, reservationId, credits));
    },

    /**
     * Gives back what was reserved, to the grants it came from.
     * @throws AppError CREDITS_RESERVATION_NOT_FOUND, CREDITS_RESERVATION_COMMITTED, CREDITS_RESERVATION_RELEASED,
     *   CREDITS_RESERVATION_EXPIRED, CREDIT_WALLET_NOT_FOUND
     */
    async release(ctx: TxContext<RowScope>, reservationId: string, tenantId?: TenantId): Promise<CreditBooking> {
      const key = keyOf(ctx, tenantId);
      return accept(ctx, key, await bookings.close(ctx, key, reservationId, null));
    },

    /**
     * Moves credits from one tenant's wallet to another's. The receiver gets grants that expire when the giver's would have.
     * @throws AppError CREDIT_WALLET_NOT_FOUND, CREDITS_INSUFFICIENT with what there is, CREDITS_EXPIRY_PAST,
     *   CREDITS_TRANSFER_TO_ITSELF
     */
    async transfer(
      ctx: TxContext<PlatformScope>,
      input: TransferInput,
    ): Promise<{ readonly given: CreditBooking; readonly received: CreditBooking }> {
      assertCredits(input.credits);
      const { fromTenantId, toTenantId } = input;
      if (fromTenantId === toTenantId) throw appError('CREDITS_TRANSFER_TO_ITSELF');
      const key = keyOf(ctx, fromTenantId);
      const receiverKey = keyOf(ctx, toTenantId);
      const [giver, receiver] = await bookings.transfer(ctx, key, receiverKey, input);
      const given = accept(ctx, key, invariant(giver, 'A transfer has a giver'));
      const received = accept(ctx, receiverKey, invariant(receiver, 'A transfer that is booked has a receiver'));
      announceGrant(ctx, toTenantId, received, input);
      return { given, received };
    },
  };
}

/** A tenant's own wallet is the only one in its scope; on the platform the caller names one. */
function ownerOf({ scope }: Context<RowScope>, tenantId: TenantId | undefined): TenantId {
  if (scope.kind === 'platform') return invariant(tenantId, 'On the platform a booking names the tenant');
  if (tenantId !== undefined && tenantId !== scope.tenantId) throw appError('CREDIT_WALLET_NOT_FOUND');
  return scope.tenantId;
}

const assertCredits = (credits: number): void => assertWithin('credits', credits, 1, MOST_CREDITS);

function assertWithin(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
  }
}
