import type { z } from 'zod';
import type { RoleAssignmentService } from '../../services/identity/role-assignment.service.ts';
import type { TenantContext } from '../../types/context.ts';
import type { MemberRoles } from '../../types/identity/role.ts';
import type { AssignRoleRequest, MemberRolesResponse } from '../../validators/identity/role.schema.ts';
import { toRoleAnswer } from './role.controller.ts';

type MemberRolesAnswer = z.input<typeof MemberRolesResponse>;

export type RoleAssignmentController = ReturnType<typeof createRoleAssignmentController>;

export function createRoleAssignmentController({ assignments }: { readonly assignments: RoleAssignmentService }) {
  return {
    async list(ctx: TenantContext, userId: string): Promise<MemberRolesAnswer> {
      return toMemberRolesAnswer(await assignments.list(ctx, userId));
    },

    async assign(
      ctx: TenantContext,
      userId: string,
      { roleId }: z.output<typeof AssignRoleRequest>,
    ): Promise<MemberRolesAnswer> {
      return toMemberRolesAnswer(await assignments.assign(ctx, userId, roleId));
    },

    async unassign(ctx: TenantContext, userId: string, roleId: string): Promise<undefined> {
      await assignments.unassign(ctx, userId, roleId);
    },
  };
}

const toMemberRolesAnswer = ({ userId, roles, permissions }: MemberRoles): MemberRolesAnswer => ({
  userId,
  roles: roles.map(toRoleAnswer),
  permissions: [...permissions],
});
