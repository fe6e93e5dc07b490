import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { OwnSessionRepository } from '../../repositories/identity/own-session.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { AccessTokens, SignedAccessToken } from './access-token.ts';
import { requestedStanding, type Standing, tenantOf } from './active-context.ts';
import { entryRefusal } from './context-entry.ts';
import type { SecurityPolicyService } from './security-policy.service.ts';
import { actingUser } from './user-actor.ts';

export interface ContextSwitchServiceDeps {
  readonly users: Pick<UserRepository, 'findById'>;
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly ownSessions: Pick<OwnSessionRepository, 'findById'>;
  readonly policies: Pick<SecurityPolicyService, 'effective'>;
  readonly accessTokens: Pick<AccessTokens, 'sign'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

export interface SwitchedContext extends SignedAccessToken {
  readonly sessionId: string;
  readonly standing: Standing;
}

export type ContextSwitchService = ReturnType<typeof createContextSwitchService>;

export function createContextSwitchService(deps: ContextSwitchServiceDeps) {
  const { users, memberships, ownSessions, policies, accessTokens, tx, audit } = deps;
  return {
    /**
     * An access token of the same session for another place to work. Where somebody works is a matter of each token and not of
     * the session (R-ID-10): those that are out go on where they are.
     * @param tenantId null for nothing but the user's own things
     * @throws AppError TENANT_ACCESS_DENIED when the user is no active member
     * @throws AppError OPERATOR_CONTEXT_FIXED for operators
     * @throws AppError TWO_FACTOR_REQUIRED when the tenant asks for a second factor that the session has not proved
     * @throws AppError REAUTHENTICATION_REQUIRED when the session is older than the tenant's sessions may be
     */
    async switchTo(ctx: Context, tenantId: TenantId | null): Promise<SwitchedContext> {
      const userId = invariant(ctx.actor.id, 'Only a user has an active context');
      const sessionId = invariant(ctx.actor.sessionId, 'Only a session can switch its context');
      const subject = await tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const [user, theirs, session, policy] = await Promise.all([
          users.findById(txCtx, userId),
          memberships.listOfUser(txCtx, userId),
          ownSessions.findById(txCtx, sessionId),
          policies.effective(txCtx, { tenantIds: tenantId === null ? [] : [tenantId], isOperator: false }),
        ]);
        if (user === null || session === null) throw appError('SESSION_REVOKED');
        const standing = requestedStanding(user, theirs, tenantId);
        const refusal = entryRefusal(user, session, policy);
        if (refusal !== null) throw appError(refusal);
        audit.record(
          { ...txCtx, actor: actingUser(user, standing.role, sessionId) },
          {
            resourceType: 'session',
            resourceId: sessionId,
            tenantId: tenantOf(standing.context) ?? PLATFORM_ID,
            after: { role: standing.role, activeContext: standing.context.type },
          },
        );
        return { user, standing, sessionId };
      });
      return { ...accessTokens.sign(subject), sessionId, standing: subject.standing };
    },
  };
}
