import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type {
  Membership,
  MembershipRepository,
  MembershipWithTenant,
} from '../../repositories/identity/membership.repository.ts';
import type { Context, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';
import type { TenantRole } from './roles.ts';

export interface MembershipServiceDeps {
  readonly memberships: MembershipRepository;
}

export interface AddMembershipInput {
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly role: TenantRole;
}

export type MembershipService = ReturnType<typeof createMembershipService>;

export function createMembershipService({ memberships }: MembershipServiceDeps) {
  return {
    /** Gives a user a role in a tenant; their sessions learn of it with the commit. */
    async add(txCtx: TxContext, input: AddMembershipInput): Promise<Membership> {
      const membership = await memberships.create(txCtx, input);
      invalidateAtCommit(txCtx, 'user', input.userId);
      return membership;
    },

    /** Where a user is a member, oldest first, without deleted tenants. */
    listOfUser: (ctx: Context, userId: string): Promise<MembershipWithTenant[]> =>
      memberships.listOfUser(rescoped(ctx, platformScope), userId),
  };
}
