import { type Permission, permissionCatalogue, tenantPermissions } from '../../types/access-control.ts';
import type { Context } from '../../types/context.ts';

/** The permissions of one resource. */
export interface PermissionGroup {
  readonly resource: string;
  readonly permissions: readonly {
    readonly name: string;
    readonly description: string;
    /** Whether a tenant's own role may hold it; the others are operators'. */
    readonly grantable: boolean;
  }[];
}

/** Which of the permissions the caller has where they work now, while impersonating too. */
export const grantedOf = (
  { permissions: held }: Context,
  permissions: readonly Permission[],
): Readonly<Record<string, boolean>> => Object.fromEntries(permissions.map((name) => [name, held.has(name)]));

/** Every permission there is, by resource, in the order of the catalogue. */
export const permissionGroups: readonly PermissionGroup[] = groupByResource();

function groupByResource(): PermissionGroup[] {
  const grantable: ReadonlySet<string> = new Set(tenantPermissions);
  const byResource = new Map<string, PermissionGroup['permissions'][number][]>();
  for (const [name, description] of Object.entries(permissionCatalogue)) {
    const resource = name.slice(0, name.indexOf(':'));
    const permission = { name, description, grantable: grantable.has(name) };
    byResource.set(resource, [...(byResource.get(resource) ?? []), permission]);
  }
  return [...byResource].map(([resource, permissions]) => ({ resource, permissions }));
}
