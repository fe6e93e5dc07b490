/** SQL: what the tenant's own roles add to membership `m`, as a JSON array. */
export const CUSTOM_PERMISSIONS = `(
  select coalesce(json_agg(distinct granted.permission), '[]')
  from role_assignments assigned
  join roles role on role.tenant_id = assigned.tenant_id and role.id = assigned.role_id
  cross join unnest(role.permissions) as granted (permission)
  where assigned.tenant_id = m.tenant_id and assigned.membership_id = m.id)`;
