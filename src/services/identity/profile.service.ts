import { appError, invariant } from '../../errors/app-error.ts';
import type { MembershipWithTenant } from '../../repositories/identity/membership.repository.ts';
import type { OwnSession, OwnSessionRepository } from '../../repositories/identity/own-session.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { User } from '../../types/identity/user.ts';
import { type ActiveContext, activeContextOf } from './active-context.ts';
import type { MembershipService } from './membership.service.ts';
import type { UserService } from './user.service.ts';

export interface ProfileServiceDeps {
  readonly users: Pick<UserService, 'findById'>;
  readonly memberships: Pick<MembershipService, 'listOfUser'>;
  readonly ownSessions: OwnSessionRepository;
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
  readonly session: OwnSession;
}

export type ProfileService = ReturnType<typeof createProfileService>;

export function createProfileService({ users, memberships, ownSessions }: ProfileServiceDeps) {
  return {
    /**
     * Whoever works in the user's place sees the tenant that this is for, and none of the others.
     * @throws AppError SESSION_REVOKED when the user or the session has been deleted in this moment
     */
    async get(ctx: Context): Promise<Profile> {
      const userId = invariant(ctx.actor.id, 'Only a user has a profile');
      const sessionId = invariant(ctx.actor.sessionId, 'Only a session shows a profile');
      const [user, theirs, session] = await Promise.all([
        users.findById(ctx, userId),
        memberships.listOfUser(ctx, userId),
        ownSessions.findById(rescoped(ctx, platformScope), sessionId),
      ]);
      if (user === null || session === null) throw appError('SESSION_REVOKED');
      const activeContext = activeContextOf(ctx);
      const isImpersonated = ctx.actor.impersonatorId !== null;
      return {
        user,
        role: invariant(ctx.actor.role, 'A user acts in a role'),
        memberships: isImpersonated ? theirs.filter(({ tenantId }) => tenantId === activeContext.id) : theirs,
        activeContext,
        permissions: ctx.permissions.patterns,
        session,
      };
    },
  };
}
