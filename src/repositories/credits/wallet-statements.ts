import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

const COLUMNS = 'tenant_id as "tenantId", id, created_at as "createdAt"';

/** The operator's own stock is the wallet of the nil UUID, which is no tenant's. */
const OF_A_TENANT = "tenant_id <> '00000000-0000-0000-0000-000000000000'";

export const filters = createFilters({ tenantId: 'tenant_id = ?' });

/** Values: the filters', then limit and offset. */
export const listStatement = statementFamily((given: string, direction: string) => {
  const { text, next } = filters.clause(given);
  return `select ${COLUMNS} from credit_wallets where ${text} and ${OF_A_TENANT}
    order by created_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

export const countStatement = statementFamily(
  (given: string) =>
    `select count(*) as total from credit_wallets where ${filters.clause(given).text} and ${OF_A_TENANT}`,
);

export const FIND = statement(`select ${COLUMNS} from credit_wallets where tenant_id = $1 and id = $2`);
export const FIND_ON_PLATFORM = statement(`select ${COLUMNS} from credit_wallets where id = $1`);
export const FIND_OF_TENANT = statement(`select ${COLUMNS} from credit_wallets where tenant_id = $1`);
export const INSERT_IF_MISSING = statement(`
  insert into credit_wallets (tenant_id, id, created_at, updated_at) values ($1, $2, $3, $3) on conflict (tenant_id) do nothing`);

/**
 * What the grants of wallets hold at a moment that is not before their last operation; $2 is the moment. Reservations
 * that ended since that operation are still counted as reserved in their grants: they are given back here.
 */
const heldByGrants = (ofWhom: string): string => `
  select granted.tenant_id, granted.channel, granted.id, granted.priority, granted.source, granted.expires_at, granted.created_at,
    granted.credits,
    case when granted.expires_at <= $2 then 0 else granted.credits - granted.used + coalesce(ended.held, 0) end as available,
    granted.reserved - coalesce(ended.held, 0) as reserved
  from credit_grants granted left join lateral (
    select sum(entry.credits)::integer as held
    from credit_wallets wallet
      join credit_operations reservation on reservation.tenant_id = wallet.tenant_id and reservation.wallet_id = wallet.id
        and reservation.kind = 'reserve' and reservation.expires_at > wallet.settled_at and reservation.expires_at <= $2
      join credit_entries entry on entry.tenant_id = reservation.tenant_id and entry.operation_id = reservation.id
        and entry.account = 'reserved' and entry.credits > 0
    where granted.reserved > 0 and wallet.tenant_id = granted.tenant_id and entry.grant_id = granted.id
      and not exists (
        select from credit_operations closing
        where closing.tenant_id = reservation.tenant_id and closing.reservation_id = reservation.id)
  ) ended on true
  where granted.tenant_id = ${ofWhom} and not granted.spent`;

const balancesOf = (ofWhom: string): string => `
  select tenant_id as "tenantId", channel, sum(available) as available, sum(reserved) as reserved,
    coalesce(sum(available) filter (where expires_at <= $3), 0) as "expiringIn7Days",
    coalesce(sum(available) filter (where expires_at <= $4), 0) as "expiringIn30Days"
  from (${heldByGrants(ofWhom)}) held group by tenant_id, channel`;

/** $1 the tenant; $3 and $4: until when credits expire soon. */
export const BALANCES = statement(balancesOf('$1'));
/** $1 the tenants. */
export const BALANCES_OF_MANY = statement(balancesOf('any($1::uuid[])'));

/** $1 the tenant, $3 how many. */
export const GRANTS = statement(`
  select id, channel, credits, available, reserved, priority, source, expires_at as "expiresAt", created_at as "createdAt"
  from (${heldByGrants('$1')}) held where available > 0 or reserved > 0
  order by channel, priority, expires_at, created_at, id limit $3`);

/** The truth: what the entries come to; $1 the tenant, $2 the moment. */
export const BALANCES_BY_ENTRIES = statement(`
  select channel, coalesce(sum(credits) filter (where account = 'available'), 0) as available,
    coalesce(sum(credits) filter (where account = 'reserved'), 0) as reserved
  from credit_entries where tenant_id = $1 and account in ('available', 'reserved') and effective_at <= $2 group by channel`);
