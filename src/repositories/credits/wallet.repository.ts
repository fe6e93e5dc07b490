import type { Context, RowScope, TxContext } from '../../types/context.ts';
import type {
  CreditBalance,
  CreditChannel,
  CreditGrant,
  CreditWallet,
  CreditWalletFilter,
  ExpectedBalance,
} from '../../types/credits/credit.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { offsetOf, parseSort } from '../base/order.ts';
import * as sql from './wallet-statements.ts';

type WalletRow = Pick<CreditWallet, keyof CreditWallet>;

/** A channel without a row has nothing. */
export interface ChannelBalance extends CreditBalance {
  readonly channel: CreditChannel;
}

export interface WalletBalance extends ExpectedBalance, ChannelBalance {
  readonly tenantId: TenantId;
}

const DAY_MS = 86_400_000;
const MOST_GRANTS = 100;

export type WalletRepository = ReturnType<typeof createWalletRepository>;

export function createWalletRepository({ database }: { database: Database }) {
  return {
    /** @throws the database's unique violation of credit_wallets_tenant_id_key for a second wallet */
    async insertEmpty(ctx: TxContext, tenantId: TenantId, id: string): Promise<void> {
      await database.orm(ctx, (orm) => orm.creditWallet.createMany({ data: [{ tenantId, id }] }));
    },

    /** Opens the operator's own wallet with this id, unless there is one. */
    async openMaster(ctx: Context<RowScope>, id: string, now: string): Promise<void> {
      await database.execute(ctx, sql.INSERT_IF_MISSING, [PLATFORM_ID, id, now]);
    },

    /** The wallets of tenants. */
    async list(ctx: Context, filter: CreditWalletFilter): Promise<Page<CreditWallet>> {
      const { direction } = parseSort(filter.sort, ['createdAt']);
      const tenantId = ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined;
      const { names, values } = sql.filters.given({ tenantId });
      const [items, counted] = await Promise.all([
        database.query<WalletRow>(ctx, sql.listStatement(names, direction), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items, page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: Context, id: string): Promise<CreditWallet | null> {
      const [row] =
        ctx.scope.kind === 'tenant'
          ? await database.query<WalletRow>(ctx, sql.FIND, [ctx.scope.tenantId, id])
          : await database.query<WalletRow>(ctx, sql.FIND_ON_PLATFORM, [id]);
      return row ?? null;
    },

    async findOfTenant(ctx: Context, tenantId: TenantId): Promise<CreditWallet | null> {
      const [row] = await database.query<WalletRow>(ctx, sql.FIND_OF_TENANT, [tenantId]);
      return row ?? null;
    },

    /** What a wallet holds now, from what is left of its grants. */
    balances(ctx: Context, tenantId: TenantId, now: Date): Promise<WalletBalance[]> {
      return database.query<WalletBalance>(ctx, sql.BALANCES, [tenantId, ...momentsFrom(now)]);
    },

    /** As balances, of many wallets at once. */
    balancesOfMany(ctx: Context, tenantIds: readonly TenantId[], now: Date): Promise<WalletBalance[]> {
      return database.query<WalletBalance>(ctx, sql.BALANCES_OF_MANY, [[...tenantIds], ...momentsFrom(now)]);
    },

    /** What a wallet held, or will hold, at any moment, from its entries. */
    balancesAt(ctx: Context, tenantId: TenantId, at: Date): Promise<ChannelBalance[]> {
      return database.query<ChannelBalance>(ctx, sql.BALANCES_BY_ENTRIES, [tenantId, at.toISOString()]);
    },

    /** Grants with credits left, in the order in which they are burnt: the first 100. */
    grants(ctx: Context, tenantId: TenantId, now: Date): Promise<CreditGrant[]> {
      return database.query<Pick<CreditGrant, keyof CreditGrant>>(ctx, sql.GRANTS, [
        tenantId,
        now.toISOString(),
        MOST_GRANTS,
      ]);
    },
  };
}

/** Now, in a week and in a month. */
const momentsFrom = (now: Date): string[] =>
  [0, 7, 30].map((days) => new Date(now.getTime() + days * DAY_MS).toISOString());
