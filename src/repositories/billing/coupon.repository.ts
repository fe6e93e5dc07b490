import { invariant } from '../../errors/app-error.ts';
import type { Coupon, CouponFilter, CouponRedemption, NewCoupon } from '../../types/billing/coupon.ts';
import type { Context, PlatformScope, TenantTxContext, TxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import { formatAmount, trimDecimal } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { likePattern, offsetOf } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

const filters = createFilters({
  active: 'archived_at is null',
  archived: 'archived_at is not null',
  search: "lower(code || ' ' || name) like ?",
});

const COLUMNS = `
  id, code, name, discount_type as "discountType", discount_value as "discountValue", currency, duration,
  duration_periods as "durationPeriods", max_redemptions as "maxRedemptions", redemptions, plan_ids as "planIds",
  expires_at as "expiresAt", archived_at as "archivedAt", created_at as "createdAt"`;

const listStatement = statementFamily((given: string, sort: string) => {
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  const { text, next } = filters.clause(given);
  return `select ${COLUMNS} from coupons where ${text} order by created_at ${direction}, id ${direction}
    limit $${next} offset $${next + 1}`;
});

const countStatement = statementFamily(
  (given: string) => `select count(*) as total from coupons where ${filters.clause(given).text}`,
);

const FIND_BY_CODE = statement(`select ${COLUMNS} from coupons where code = $1`);
const LOCK = statement(`select ${COLUMNS} from coupons where id = $1 for update`);

const INSERT = statement(`
  insert into coupons (id, code, name, discount_type, discount_value, currency, duration, duration_periods, max_redemptions,
    plan_ids, expires_at, created_at)
  values ($1, $2, $3, $4::discount_type, $5, $6, $7, $8, $9, $10::uuid[], $11, $12) returning ${COLUMNS}`);

const DELETE = statement('delete from coupons where id = $1');
const ARCHIVE = statement('update coupons set archived_at = $2 where id = $1');

const COUNT_REDEMPTION = statement(`
  update coupons set redemptions = redemptions + 1
  where id = $1 and archived_at is null and (expires_at is null or expires_at > $2)
    and (max_redemptions is null or redemptions < max_redemptions)`);

const FIND_REDEMPTION = statement(`
  select redemption.id, coupon_id as "couponId", code, discount_type as "discountType", discount_value as "discountValue",
    plan_ids as "planIds", periods_left as "periodsLeft", redeemed_at as "redeemedAt"
  from coupon_redemptions redemption join coupons coupon on coupon.id = coupon_id
  where tenant_id = $1 and subscription_id = $2 and ended_at is null`);

const INSERT_REDEMPTION = statement(`
  insert into coupon_redemptions (tenant_id, id, subscription_id, coupon_id, periods_left, redeemed_at)
  values ($1, $2, $3, $4, $5, $6)`);

const UPDATE_REDEMPTION = statement(
  'update coupon_redemptions set periods_left = $3, ended_at = $4 where tenant_id = $1 and id = $2',
);

type CouponRow = { -readonly [Key in keyof Coupon]: Coupon[Key] };
type RedemptionRow = { -readonly [Key in keyof CouponRedemption]: CouponRedemption[Key] };

export type CouponRepository = ReturnType<typeof createCouponRepository>;

export function createCouponRepository({ database }: { database: Database }) {
  return {
    async list(ctx: Context<PlatformScope>, { search, status, ...page }: CouponFilter): Promise<Page<Coupon>> {
      const { names, values } = filters.given({
        active: status === 'active' ? [] : undefined,
        archived: status === 'archived' ? [] : undefined,
        search: search === undefined ? undefined : likePattern(search),
      });
      const [rows, counted] = await Promise.all([
        database.query<CouponRow>(ctx, listStatement(names, page.sort), [...values, page.limit, offsetOf(page)]),
        database.query<{ total: number }>(ctx, countStatement(names), values),
      ]);
      return { items: rows.map(toCoupon), page: page.page, limit: page.limit, total: counted[0]?.total ?? 0 };
    },

    /** @throws the database's unique violation of coupons_code_key */
    async insert(ctx: TxContext<PlatformScope>, coupon: NewCoupon, now: string): Promise<Coupon> {
      const [row] = await database.query<CouponRow>(ctx, INSERT, [
        coupon.id,
        coupon.code,
        coupon.name,
        coupon.discountType,
        coupon.discountValue,
        coupon.currency,
        coupon.duration,
        coupon.durationPeriods,
        coupon.maxRedemptions,
        [...coupon.planIds],
        coupon.expiresAt,
        now,
      ]);
      return toCoupon(invariant(row, 'An inserted coupon is answered'));
    },

    async lock(ctx: TxContext<PlatformScope>, id: string): Promise<Coupon | null> {
      const [row] = await database.query<CouponRow>(ctx, LOCK, [id]);
      return row === undefined ? null : toCoupon(row);
    },

    /** Deletes a locked coupon. */
    async delete(ctx: TxContext<PlatformScope>, id: string): Promise<void> {
      await database.execute(ctx, DELETE, [id]);
    },

    /** Archives a locked coupon. */
    async markArchived(ctx: TxContext<PlatformScope>, id: string, now: string): Promise<void> {
      await database.execute(ctx, ARCHIVE, [id, now]);
    },

    /** @param code in upper case */
    async findByCode(ctx: Context, code: string): Promise<Coupon | null> {
      const [row] = await database.query<CouponRow>(ctx, FIND_BY_CODE, [code]);
      return row === undefined ? null : toCoupon(row);
    },

    /**
     * Counts a redemption; of several at the same time each waits for the one before.
     * @returns false where the coupon is used up, expired or archived
     */
    async addRedemption(ctx: TenantTxContext, id: string, now: string): Promise<boolean> {
      return (await database.execute(ctx, COUNT_REDEMPTION, [id, now])) > 0;
    },

    /** The coupon that is in force for a subscription. */
    async findRedemption(ctx: Context, tenantId: string, subscriptionId: string): Promise<CouponRedemption | null> {
      const [row] = await database.query<RedemptionRow>(ctx, FIND_REDEMPTION, [tenantId, subscriptionId]);
      return row === undefined ? null : { ...row, discountValue: trimDecimal(row.discountValue) };
    },

    /**
     * @throws the database's unique violation of coupon_redemptions_one_at_a_time, or of
     * coupon_redemptions_tenant_id_coupon_id_subscription_id_key for a coupon that the subscription had before
     */
    async insertRedemption(
      ctx: TenantTxContext,
      subscriptionId: string,
      { id, couponId, periodsLeft, redeemedAt }: CouponRedemption,
    ): Promise<void> {
      const values = [ctx.scope.tenantId, id, subscriptionId, couponId, periodsLeft, redeemedAt];
      await database.execute(ctx, INSERT_REDEMPTION, values);
    },

    /** Writes how long a coupon goes on, and its end. */
    async updateRedemption(
      ctx: TenantTxContext,
      id: string,
      { periodsLeft, endedAt }: { readonly periodsLeft: number | null; readonly endedAt: string | null },
    ): Promise<void> {
      await database.execute(ctx, UPDATE_REDEMPTION, [ctx.scope.tenantId, id, periodsLeft, endedAt]);
    },
  };
}

const toCoupon = (row: CouponRow): Coupon => ({
  ...row,
  discountValue: row.currency === null ? trimDecimal(row.discountValue) : formatAmount(row.discountValue, row.currency),
});
