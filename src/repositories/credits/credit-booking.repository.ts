import { invariant } from '../../errors/app-error.ts';
import type { RowScope, TxContext } from '../../types/context.ts';
import type { CreditChannel } from '../../types/credits/credit.ts';
import type {
  CreditBookingDetails,
  DeductInput,
  GrantInput,
  ReserveInput,
  TransferInput,
} from '../../types/credits/credit-booking.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const COLUMNS = `outcome, wallet_id as "walletId", channel, credits, available, booked_at as "bookedAt", fell_below as "fellBelow"`;

const GRANT = statement(`select ${COLUMNS} from grant_credits($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`);
const DEBIT = statement(`select ${COLUMNS} from debit_credits($1, $2, $3, $4, $5, $6, $7, $8, $9, null, $10)`);
const CLOSE = statement(`select ${COLUMNS} from close_credit_reservation($1, $2, $3, $4, $5, $6)`);
const TRANSFER = statement(
  `select ${COLUMNS} from transfer_credits($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
);

/** What the functions of the migration answer; of a refusal `available` is what there is. */
export type BookingAnswer =
  | {
      readonly outcome: 'booked';
      readonly walletId: string;
      readonly channel: CreditChannel;
      readonly credits: number;
      readonly available: number;
      readonly bookedAt: string;
      /** The threshold of the alert under which the balance has just fallen. */
      readonly fellBelow: number | null;
    }
  | { readonly outcome: BookingRefusal; readonly available: number | null };

export type BookingRefusal =
  | 'wallet_missing'
  | 'credits_short'
  | 'expiry_past'
  | 'reservation_missing'
  | 'reservation_committed'
  | 'reservation_released'
  | 'reservation_expired'
  | 'reservation_exceeded';

/** The wallet of `owner`, the id that its operation gets, the moment (ISO 8601), and who does it. */
export interface BookingKey {
  readonly owner: TenantId;
  readonly operationId: string;
  readonly now: string;
  readonly actorId: string | null;
}

type TransferDetails = Omit<TransferInput, 'fromTenantId' | 'toTenantId'>;

const DEFAULT_PRIORITY = 50;

export type CreditBookingRepository = ReturnType<typeof createCreditBookingRepository>;

/** Each booking is one call of a function, which locks the wallet until the transaction ends. */
export function createCreditBookingRepository({ database }: { database: Database }) {
  const book = async (
    ctx: TxContext<RowScope>,
    sql: typeof GRANT,
    values: readonly unknown[],
  ): Promise<BookingAnswer> => {
    const [answer] = await database.query<BookingAnswer>(ctx, sql, values);
    return invariant(answer, 'A booking has an outcome');
  };

  const debit = (
    ctx: TxContext<RowScope>,
    { owner, operationId, now, actorId }: BookingKey,
    kind: 'deduct' | 'reserve',
    { channel, credits, ...details }: DeductInput,
    ttlSeconds: number | null,
  ): Promise<BookingAnswer> =>
    book(ctx, DEBIT, [owner, operationId, kind, channel, credits, ttlSeconds, now, ...detailValues(details), actorId]);

  return {
    grant(
      ctx: TxContext<RowScope>,
      { owner, operationId, now, actorId }: BookingKey,
      grantId: string,
      { channel, credits, source, priority = DEFAULT_PRIORITY, expiresAt = null, ...details }: GrantInput,
    ): Promise<BookingAnswer> {
      const values = [owner, operationId, grantId, channel, credits, source, priority, expiresAt, now];
      return book(ctx, GRANT, [...values, ...detailValues(details), actorId]);
    },

    deduct(ctx: TxContext<RowScope>, key: BookingKey, input: DeductInput): Promise<BookingAnswer> {
      return debit(ctx, key, 'deduct', input, null);
    },

    reserve(ctx: TxContext<RowScope>, key: BookingKey, { ttlSeconds, ...input }: ReserveInput): Promise<BookingAnswer> {
      return debit(ctx, key, 'reserve', input, ttlSeconds);
    },

    /** @param actual what was used of the reservation; null gives all of it back */
    close(
      ctx: TxContext<RowScope>,
      { owner, operationId, now, actorId }: BookingKey,
      reservationId: string,
      actual: number | null,
    ): Promise<BookingAnswer> {
      return book(ctx, CLOSE, [owner, operationId, reservationId, actual, now, actorId]);
    },

    /** @returns the giver's side, and the receiver's unless the giver's was refused */
    transfer(
      ctx: TxContext<RowScope>,
      { owner, operationId, now, actorId }: BookingKey,
      receiver: BookingKey,
      { channel, credits, source, priority = null, expiresAt = null, ...details }: TransferDetails,
    ): Promise<BookingAnswer[]> {
      const sides = [owner, receiver.owner, operationId, receiver.operationId];
      const values = [...sides, channel, credits, source, priority, expiresAt, now, ...detailValues(details), actorId];
      return database.query<BookingAnswer>(ctx, TRANSFER, values);
    },
  };
}

const detailValues = ({ reference = null, description = null }: CreditBookingDetails): (string | null)[] => [
  reference,
  description,
];
