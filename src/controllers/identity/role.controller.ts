import type { z } from 'zod';
import { grantedOf, permissionGroups } from '../../services/identity/permission-groups.ts';
import type { RoleService } from '../../services/identity/role.service.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import type { Role } from '../../types/identity/role.ts';
import type { Page } from '../../types/page.ts';
import type {
  CheckPermissionsRequest,
  CreateRoleRequest,
  ListRolesQuery,
  PermissionCheckResponse,
  PermissionGroupResponse,
  RoleResponse,
  SetRolePermissionsRequest,
  UpdateRoleRequest,
} from '../../validators/identity/role.schema.ts';

type RoleAnswer = z.input<typeof RoleResponse>;

export interface RoleControllerDeps {
  readonly roles: RoleService;
}

export type RoleController = ReturnType<typeof createRoleController>;

export function createRoleController({ roles }: RoleControllerDeps) {
  return {
    listPermissions(): z.input<typeof PermissionGroupResponse>[] {
      return permissionGroups.map(({ resource, permissions }) => ({ resource, permissions: [...permissions] }));
    },

    check(
      ctx: Context,
      { permissions }: z.output<typeof CheckPermissionsRequest>,
    ): z.input<typeof PermissionCheckResponse> {
      return { granted: grantedOf(ctx, permissions) };
    },

    async list(ctx: Context, query: z.output<typeof ListRolesQuery>): Promise<Page<RoleAnswer>> {
      const page = await roles.list(ctx, query);
      return { ...page, items: page.items.map(toRoleAnswer) };
    },

    async get(ctx: Context, id: string): Promise<RoleAnswer> {
      return toRoleAnswer(await roles.get(ctx, id));
    },

    async create(ctx: TenantContext, body: z.output<typeof CreateRoleRequest>): Promise<RoleAnswer> {
      return toRoleAnswer(await roles.create(ctx, body));
    },

    async update(
      ctx: TenantContext,
      id: string,
      { version, ...changes }: z.output<typeof UpdateRoleRequest>,
    ): Promise<RoleAnswer> {
      return toRoleAnswer(await roles.update(ctx, id, version, changes));
    },

    async setPermissions(
      ctx: TenantContext,
      id: string,
      { version, permissions }: z.output<typeof SetRolePermissionsRequest>,
    ): Promise<RoleAnswer> {
      return toRoleAnswer(await roles.update(ctx, id, version, { permissions }));
    },

    async remove(ctx: TenantContext, id: string): Promise<undefined> {
      await roles.remove(ctx, id);
    },
  };
}

export const toRoleAnswer = (role: Role): RoleAnswer => ({ ...role, permissions: [...role.permissions] });
