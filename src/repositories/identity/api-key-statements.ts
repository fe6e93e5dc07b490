import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';
import { CUSTOM_PERMISSIONS } from './custom-permissions.ts';

const COLUMNS = `
  id, name, public_id as "publicId", last_four as "lastFour", scopes, allowed_cidrs as "allowedCidrs",
  rate_limit_per_minute as "rateLimitPerMinute", expires_at as "expiresAt", previous_expires_at as "previousExpiresAt",
  last_used_at as "lastUsedAt", last_used_ip as "lastUsedIp", created_by as "createdBy", revoked_at as "revokedAt",
  created_at as "createdAt"`;

/** What a list may ask for. */
export const filters = createFilters({
  tenantId: 'tenant_id = ?',
  search: 'lower(name) like ?',
  active: '(revoked_at is null and expires_at > ?)',
  expired: '(revoked_at is null and expires_at <= ?)',
  revoked: 'revoked_at is not null',
});

/** Values: the filters', then limit and offset. */
export const listStatement = statementFamily((given: string, sort: string) => {
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  const { text, next } = filters.clause(given);
  return `select ${COLUMNS} from api_keys where ${text}
    order by created_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

export const countStatement = statementFamily(
  (given: string) => `select count(*) as total from api_keys where ${filters.clause(given).text}`,
);

export const USER_NAMES = statement('select id, name from users where id = any($1)');

export const LOCK_KEYS_OF_TENANT = statement("select pg_advisory_xact_lock(hashtextextended('api_keys ' || $1, 0))");

/** $12 is the present, $13 how many keys may be live. */
export const INSERT = statement(`
  insert into api_keys (tenant_id, id, name, public_id, secret_hash, last_four, scopes, allowed_cidrs, rate_limit_per_minute,
    expires_at, created_by, created_at, updated_at)
  select $1, $2, $3, $4, $5, $6, $7, $8, $9::int, $10, $11, $12, $12
  where (select count(*) from api_keys where tenant_id = $1 and revoked_at is null and expires_at > $12) < $13
  returning ${COLUMNS}`);

export const LOCK = statement(`select ${COLUMNS} from api_keys where tenant_id = $1 and id = $2 for update`);

/** The secret until now becomes the previous one, or is gone. */
export const REPLACE_SECRET = statement(`
  update api_keys set secret_hash = $3, last_four = $4, previous_expires_at = $5::timestamptz, updated_at = $6,
    previous_secret_hash = case when $5::timestamptz is not null then secret_hash end
  where tenant_id = $1 and id = $2`);

export const REVOKE = statement(
  'update api_keys set revoked_at = $3, updated_at = $3 where tenant_id = $1 and id = $2 and revoked_at is null',
);

export const FACTS = statement(`
  select k.id, k.name, k.tenant_id as "tenantId", k.secret_hash as "secretHash",
    k.previous_secret_hash as "previousSecretHash", k.previous_expires_at as "previousExpiresAt", k.scopes,
    k.allowed_cidrs as "allowedCidrs", k.rate_limit_per_minute as "rateLimitPerMinute", k.expires_at as "expiresAt",
    k.revoked_at is not null as "isRevoked", k.created_by as "createdBy", u.status = 'active' as "creatorIsActive",
    u.platform_role as "platformRole", u.platform_permissions as "platformPermissions",
    (select json_build_object('role', m.role, 'permissions', ${CUSTOM_PERMISSIONS})
     from memberships m
     where m.tenant_id = k.tenant_id and m.user_id = k.created_by and m.status = 'active') as standing
  from api_keys k
  join users u on u.id = k.created_by
  where k.public_id = $1`);

export const RECORD_USES = statement(`
  with used as (
    select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[]) as used (tenant_id, id, used_at, ip_address)
  ), free as (
    select k.tenant_id, k.id from api_keys k join used on used.tenant_id = k.tenant_id and used.id = k.id
    for no key update of k skip locked
  )
  update api_keys k set last_used_at = used.used_at, last_used_ip = used.ip_address
  from free join used on used.tenant_id = free.tenant_id and used.id = free.id
  where k.tenant_id = free.tenant_id and k.id = free.id and (k.last_used_at is null or k.last_used_at < used.used_at)`);
