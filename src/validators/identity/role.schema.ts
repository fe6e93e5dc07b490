import { z } from 'zod';
import {
  isPermission,
  permissionCatalogue,
  systemRoleNames,
  tenantPermissions,
  tenantRoles,
} from '../../types/access-control.ts';
import { id, line, text, timestamp } from '../common/fields.schema.ts';
import { pageFields, search } from '../common/page.schema.ts';

const MOST_PERMISSIONS = 200;

/** The UUID of a tenant's own role, or the name of a system role. */
const roleId = () => z.union([id(), z.enum(systemRoleNames)]).meta({ example: 'manager' });

/** The same, of roles that members can have. */
const memberRoleId = () => z.union([id(), z.enum(tenantRoles)]).meta({ example: 'manager' });

const permissionName = () => z.string().meta({ example: 'members:read' });

const permissions = () =>
  z
    .array(z.enum(tenantPermissions))
    .max(MOST_PERMISSIONS)
    .describe('Names, no patterns; only those that a tenant may give.')
    .meta({ example: ['members:read', 'invoices:read'] });

const name = () => line(60).meta({ example: 'Front desk' });
const description = () => text(300).nullable().meta({ example: 'Whoever sits at the entrance.' });
const version = () => z.number().int().min(1).meta({ example: 1 });

export const RoleParams = z.strictObject({ id: roleId() });
export const MemberRolesParams = z.strictObject({ userId: id() });
export const MemberRoleParams = z.strictObject({ userId: id(), roleId: memberRoleId() });

export const ListRolesQuery = z.strictObject({
  ...pageFields,
  sort: z.literal(['name', '-name']).prefault('name').meta({ example: 'name' }),
  search: search(),
});

export const CreateRoleRequest = z
  .strictObject({ name: name(), description: description().default(null), permissions: permissions() })
  .meta({ id: 'CreateRoleRequest' });

export const UpdateRoleRequest = z
  .strictObject({ name: name(), description: description(), version: version() })
  .partial()
  .meta({ id: 'UpdateRoleRequest' });

export const SetRolePermissionsRequest = z
  .strictObject({ permissions: permissions(), version: version().optional() })
  .meta({ id: 'SetRolePermissionsRequest' });

export const AssignRoleRequest = z.strictObject({ roleId: memberRoleId() }).meta({ id: 'AssignRoleRequest' });

export const CheckPermissionsRequest = z
  .strictObject({
    permissions: z
      .array(z.enum(Object.keys(permissionCatalogue).filter(isPermission)))
      .min(1)
      .max(MOST_PERMISSIONS)
      .meta({ example: ['members:read', 'members:write'] }),
  })
  .meta({ id: 'CheckPermissionsRequest' });

export const PermissionGroupResponse = z
  .object({
    resource: z.string().meta({ example: 'members' }),
    permissions: z.array(
      z.object({
        name: permissionName(),
        description: z.string().meta({ example: 'See members and invitations' }),
        grantable: z
          .boolean()
          .describe("Whether a tenant's own role can hold it; the others are the platform's.")
          .meta({ example: true }),
      }),
    ),
  })
  .meta({ id: 'PermissionGroup' });

export const RoleResponse = z
  .object({
    id: roleId(),
    name: z.string().meta({ example: 'Front desk' }),
    description: z.string().nullable().meta({ example: 'Whoever sits at the entrance.' }),
    isSystem: z.boolean().describe('Whether every installation has it; its id is its name.').meta({ example: false }),
    rank: z
      .number()
      .int()
      .nullable()
      .describe("Nobody touches who ranks above them. null for a tenant's own roles, which give permissions only.")
      .meta({ example: null }),
    permissions: z.array(permissionName()),
    version: z.number().int().nullable().meta({ example: 1 }),
    createdAt: timestamp().nullable(),
    updatedAt: timestamp().nullable(),
  })
  .meta({ id: 'Role' });

export const MemberRolesResponse = z
  .object({
    userId: id(),
    roles: z.array(RoleResponse).describe('The system role, of which there is one, and then the own ones by name.'),
    permissions: z.array(permissionName()).describe('What they allow together.'),
  })
  .meta({ id: 'MemberRoles' });

export const PermissionCheckResponse = z
  .object({
    granted: z
      .record(z.string(), z.boolean())
      .describe('Whether the caller has it where they work now, by permission.')
      .meta({ example: { 'members:read': true, 'members:write': false } }),
  })
  .meta({ id: 'PermissionCheck' });
