import { invariant } from '../../errors/app-error.ts';
import type { Context, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type {
  NewTenant,
  Tenant,
  TenantFilter,
  TenantProfile,
  TenantState,
  TenantStatus,
} from '../../types/tenancy/tenant.ts';
import type { Database } from '../base/database.ts';
import { likePattern, offsetOf, parseSort } from '../base/order.ts';
import * as sql from './tenant-statements.ts';

const SORTABLE = ['createdAt', 'name'] as const satisfies readonly sql.TenantSortField[];

type TenantRow = Pick<Tenant, keyof Tenant>;

export type TenantRepository = ReturnType<typeof createTenantRepository>;

/** Tenants that have been deleted are not there. */
export function createTenantRepository({ database }: { database: Database }) {
  /** A tenant's own row is the only one there is in its scope. */
  const isHidden = ({ scope }: Context, id: string): boolean => scope.kind === 'tenant' && scope.tenantId !== id;

  return {
    async list(ctx: Context, filter: TenantFilter): Promise<Page<Tenant>> {
      const { field, direction } = parseSort(filter.sort, SORTABLE);
      const { names, values } = sql.filters.given({
        id: ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined,
        status: filter.status,
        planId: filter.planId,
        search: filter.search === undefined ? undefined : likePattern(filter.search),
      });
      const [items, counted] = await Promise.all([
        database.query<TenantRow>(ctx, sql.listStatement(names, field, direction), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items, page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: Context, id: string): Promise<Tenant | null> {
      if (isHidden(ctx, id)) return null;
      const [row] = await database.query<TenantRow>(ctx, sql.FIND, [id]);
      return row ?? null;
    },

    async findStatus(ctx: Context, id: TenantId): Promise<TenantStatus | null> {
      const [row] = await database.query<{ status: TenantStatus }>(ctx, sql.FIND_STATUS, [id]);
      return row?.status ?? null;
    },

    /** Reads a tenant that nobody else can change until the transaction ends. */
    async lock(ctx: TxContext, id: string): Promise<Tenant | null> {
      if (isHidden(ctx, id)) return null;
      const [row] = await database.query<TenantRow>(ctx, sql.LOCK, [id]);
      return row ?? null;
    },

    /** @throws the database's unique violation of tenants_slug_key */
    async insert(ctx: TxContext, tenant: NewTenant, now: string): Promise<Tenant> {
      const values = [tenant.id, ...profileValues(tenant, now), tenant.slug];
      const [row] = await database.query<TenantRow>(ctx, sql.INSERT, values);
      return invariant(row, 'An insert returns its row');
    },

    /** Replaces the profile of a locked tenant. */
    async updateProfile(ctx: TxContext, id: TenantId, profile: TenantProfile, now: string): Promise<Tenant> {
      const [row] = await database.query<TenantRow>(ctx, sql.UPDATE_PROFILE, [id, ...profileValues(profile, now)]);
      return invariant(row, 'A locked tenant can be updated');
    },

    /** Replaces the state of a locked tenant. */
    async updateState(ctx: TxContext, id: TenantId, state: TenantState, now: string): Promise<Tenant> {
      const values = [id, state.status, state.suspendedAt, state.suspendReason, now];
      const [row] = await database.query<TenantRow>(ctx, sql.UPDATE_STATE, values);
      return invariant(row, 'A locked tenant can be updated');
    },

    /** Hides a tenant from everybody; the row stays. */
    async softDelete(ctx: TxContext, id: TenantId, now: string): Promise<void> {
      await database.execute(ctx, sql.SOFT_DELETE, [id, now]);
    },
  };
}

const profileValues = (profile: TenantProfile, now: string): unknown[] => [
  profile.name,
  profile.email,
  profile.phone,
  [...profile.addressLines],
  profile.country,
  profile.region,
  profile.currency,
  profile.timeZone,
  profile.locale,
  profile.taxId,
  JSON.stringify(profile.metadata),
  now,
];
