import { appError, invariant } from '../../errors/app-error.ts';
import type { MembershipWithTenant } from '../../repositories/identity/membership.repository.ts';
import type { User } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { type ActiveContext, activeContextOf } from './active-context.ts';
import type { MembershipService } from './membership.service.ts';
import type { UserService } from './user.service.ts';

export interface ProfileServiceDeps {
  readonly users: Pick<UserService, 'findById'>;
  readonly memberships: Pick<MembershipService, 'listOfUser'>;
}

/** Who somebody is, where they are a member, and what they may do where they work now. */
export interface Profile {
  readonly user: User;
  /** Where they work now. */
  readonly role: string;
  readonly memberships: readonly MembershipWithTenant[];
  readonly activeContext: ActiveContext;
  /** `resource:action`, `resource:*` or `*`. */
  readonly permissions: readonly string[];
}

export type ProfileService = ReturnType<typeof createProfileService>;

export function createProfileService({ users, memberships }: ProfileServiceDeps) {
  return {
    /** @throws AppError SESSION_REVOKED when the user has been deleted in this moment */
    async get(ctx: Context): Promise<Profile> {
      const userId = invariant(ctx.actor.id, 'Only a user has a profile');
      const [user, theirs] = await Promise.all([users.findById(ctx, userId), memberships.listOfUser(ctx, userId)]);
      if (user === null) throw appError('SESSION_REVOKED');
      return {
        user,
        role: invariant(ctx.actor.role, 'A user acts in a role'),
        memberships: theirs,
        activeContext: activeContextOf(ctx),
        permissions: ctx.permissions.patterns,
      };
    },
  };
}
