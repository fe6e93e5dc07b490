import type { TenantContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { MonthFigures, TenantInventory } from '../../types/tenancy/tenant-analytics.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const INVENTORY = statement(`
  select tenant.id as "tenantId", tenant.time_zone as "timeZone",
    (select coalesce(json_agg(figure order by figure.role), '[]') from (
      select role, count(*) as count from memberships where tenant_id = tenant.id group by role) figure
    ) as "membersByRole",
    (select coalesce(json_agg(figure order by figure.kind, figure.status), '[]') from (
      select kind, status, count(*) as count from platform_users where tenant_id = tenant.id group by kind, status) figure
    ) as people,
    (select json_build_object(
        'active', count(*) filter (where status = 'active'), 'closed', count(*) filter (where status = 'closed'),
        'seats', coalesce(sum(seats) filter (where status = 'active'), 0))
      from libraries where tenant_id = tenant.id) as libraries,
    (select json_build_object('count', count(*), 'bytes', coalesce(sum(size), 0)) from files where tenant_id = tenant.id
    ) as files
  from tenants tenant where tenant.id = $1 and tenant.deleted_at is null`);

/** The months that end with the one of $2, in the tenant's time zone, with the moment each begins and ends. */
const NEW_PEOPLE = statement(`
  with months as (
    select month, month at time zone tenant.time_zone as begins_at,
      (month + interval '1 month') at time zone tenant.time_zone as ends_at
    from tenants tenant,
      lateral (select date_trunc('month', $2::timestamptz at time zone tenant.time_zone) as last) present,
      generate_series(present.last - make_interval(months => $3 - 1), present.last, interval '1 month') month
    where tenant.id = $1 and tenant.deleted_at is null)
  select to_char(month, 'YYYY-MM') as month, begins_at as "beginsAt", (select count(*) from platform_users
    where tenant_id = $1 and created_at >= begins_at and created_at < ends_at) as count
  from months order by months.month`);

type InventoryRow = Pick<TenantInventory, keyof TenantInventory>;

/** A month with the moment it begins, ISO 8601. */
export interface MonthOfNewPeople extends MonthFigures {
  readonly beginsAt: string;
}

export type TenantAnalyticsRepository = ReturnType<typeof createTenantAnalyticsRepository>;

export function createTenantAnalyticsRepository({ database }: { database: Database }) {
  return {
    /** @returns null when there is no such tenant */
    async findInventory(ctx: TenantContext, tenantId: TenantId): Promise<TenantInventory | null> {
      const [row] = await database.query<InventoryRow>(ctx, INVENTORY, [tenantId]);
      return row ?? null;
    },

    /**
     * How many people the tenant began to deal with in each of its last months, the one of `now` last.
     * @returns nothing when there is no such tenant
     */
    countNewPeople(ctx: TenantContext, tenantId: TenantId, now: string, months: number): Promise<MonthOfNewPeople[]> {
      return database.query<Pick<MonthOfNewPeople, keyof MonthOfNewPeople>>(ctx, NEW_PEOPLE, [tenantId, now, months]);
    },
  };
}
