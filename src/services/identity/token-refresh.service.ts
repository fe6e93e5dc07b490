import type { Logger } from '../../config/logger.ts';
import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository, MembershipWithTenant } from '../../repositories/identity/membership.repository.ts';
import type {
  RefreshTokenRepository,
  RefreshTokenState,
} from '../../repositories/identity/refresh-token.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { User } from '../../types/identity/user.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { AuditedChange, AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { AccessTokens, TokenSubject } from './access-token.ts';
import { chooseStanding, requestedStanding, type Standing, tenantOf } from './active-context.ts';
import { entryRefusal } from './context-entry.ts';
import {
  decodeRefreshToken,
  encodeRefreshToken,
  issueRefreshToken,
  openSuccessor,
  type RefreshToken,
  sealSuccessor,
  tenantOfRefreshToken,
} from './refresh-token.ts';
import { hashSecret, isSecretOf } from './secret-token.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SecurityPolicyService } from './security-policy.service.ts';
import type { SessionService } from './session.service.ts';
import type { IssuedTokens } from './sign-in-completion.service.ts';
import { actingUser } from './user-actor.ts';

export interface TokenRefreshServiceDeps {
  readonly users: Pick<UserRepository, 'findById'>;
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly refreshTokens: RefreshTokenRepository;
  readonly sessions: Pick<SessionService, 'revoke'>;
  readonly accessTokens: Pick<AccessTokens, 'sign'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: Pick<DomainEvents, 'publish'>;
  readonly securityLog: SecurityLog;
  readonly policies: Pick<SecurityPolicyService, 'effective'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

export interface RefreshRequest {
  readonly refreshToken: string;
  /** Where the new access token works, null for nothing but the own things; undefined for where the session was opened. */
  readonly tenantId: TenantId | null | undefined;
}

export interface RefreshedTokens extends IssuedTokens {
  readonly sessionId: string;
}

/** How long a client whose answer got lost, or whose tabs refresh at once, is given the same successor again. */
export const GRACE_SECONDS = 30;

const REUSE_DETECTED = 'session.reuse_detected';

/** What a presented token is to its family (RFC 9700, 4.14.2). */
export type TokenVerdict = 'current' | 'repeated' | 'reused' | 'invalid';

/** A token whose secret is right, in a session that lives. */
export function judgeToken(
  state: Pick<
    RefreshTokenState,
    'sessionLive' | 'secondsSinceUse' | 'idleExpired' | 'generation' | 'latestGeneration' | 'sealedSuccessor'
  >,
): TokenVerdict {
  if (!state.sessionLive) return 'invalid';
  if (state.secondsSinceUse === null) return state.idleExpired ? 'invalid' : 'current';
  const isPredecessor = state.generation === state.latestGeneration - 1 && state.sealedSuccessor !== null;
  return isPredecessor && state.secondsSinceUse <= GRACE_SECONDS ? 'repeated' : 'reused';
}

/** What a transaction came to. A refusal is thrown only after the commit, so that a revocation is not undone by it. */
type Outcome =
  | { readonly subject: TokenSubject; readonly successor: RefreshToken }
  | { readonly refusal: string; readonly sessionId: string | null };

const refused = (refusal: string, sessionId: string | null = null): Outcome => ({ refusal, sessionId });

interface TokenOwner {
  readonly user: User;
  readonly memberships: readonly MembershipWithTenant[];
}

export type TokenRefreshService = ReturnType<typeof createTokenRefreshService>;

/**
 * Refresh token rotation with detection of reuse (RFC 9700, 4.14.2). What that leaves open: the grace period is for the immediate
 * predecessor of a token that is itself unused; once the successor has been used, the predecessor counts as stolen at once.
 */
export function createTokenRefreshService(deps: TokenRefreshServiceDeps) {
  const { users, memberships, refreshTokens, sessions, accessTokens, policies, tx, audit, events, securityLog, log } =
    deps;

  /** The session's user as they stand now, or null when they may not sign in any more. */
  const findOwner = async (txCtx: TxContext<PlatformScope>, userId: string): Promise<TokenOwner | null> => {
    const [user, theirs] = await Promise.all([users.findById(txCtx, userId), memberships.listOfUser(txCtx, userId)]);
    return user === null || user.status !== 'active' ? null : { user, memberships: theirs };
  };

  /** Ends the session of a token that has been used before, and tells its user and whoever watches over accounts. */
  const endReused = async (
    txCtx: TxContext<PlatformScope>,
    token: RefreshToken,
    { sessionId, userId }: RefreshTokenState,
  ): Promise<void> => {
    const owner = await findOwner(txCtx, userId);
    const tenantId = tenantOfRefreshToken(token);
    const wanted = tenantId === null ? null : { id: tenantId };
    const standing = owner && chooseStanding(owner.user, owner.memberships, wanted);
    const actor = owner && standing ? actingUser(owner.user, standing.role, sessionId) : txCtx.actor;
    const theirCtx = { ...txCtx, actor };
    const revocation = { sessionId, tenantId, reason: 'refresh_token_reused', auditAction: REUSE_DETECTED } as const;
    sessions.revoke(theirCtx, revocation);
    const whose = tenantId ?? PLATFORM_ID;
    securityLog.record(theirCtx, { type: REUSE_DETECTED, userId, tenantId: whose, details: { sessionId } });
    events.publish(theirCtx, REUSE_DETECTED, sessionId, { userId, sessionId }, whose);
  };

  /** The policy of where the token works; a token never outlasts what its session's own tenant allows either. */
  const policyFor = async (txCtx: TxContext<PlatformScope>, standing: Standing, home: TenantId | null) => {
    const tenantId = tenantOf(standing.context);
    const isOperator = standing.context.type === 'platform';
    const [here, there] = await Promise.all([
      policies.effective(txCtx, { tenantIds: tenantId === null ? [] : [tenantId], isOperator }),
      home === null || home === tenantId ? null : policies.effective(txCtx, { tenantIds: [home], isOperator }),
    ]);
    return { ...here, sessionIdleDays: Math.min(here.sessionIdleDays, there?.sessionIdleDays ?? here.sessionIdleDays) };
  };

  const rotate = (
    txCtx: TxContext<PlatformScope>,
    token: RefreshToken,
    home: TenantId | null,
    idleDays: number,
  ): RefreshToken => {
    const successor = issueRefreshToken(home);
    refreshTokens.rotate(txCtx, {
      id: token.id,
      sealedSuccessor: sealSuccessor(token, successor),
      successor: { id: successor.id, secretHash: hashSecret(successor.secret), idleDays },
    });
    return successor;
  };

  /**
   * Gives tokens for one that is unused, or that was used a moment ago. What the caller asks for and may not have is thrown and
   * so leaves the token as it was; what has changed since the session was opened is a refusal like any other.
   */
  const renew = async (
    txCtx: TxContext<PlatformScope>,
    token: RefreshToken,
    state: RefreshTokenState,
    { repeated, wanted }: { repeated: RefreshToken | null; wanted: TenantId | null | undefined },
  ): Promise<Outcome> => {
    const { sessionId, generation } = state;
    const owner = await findOwner(txCtx, state.userId);
    if (owner === null) return refused('user may not go on', sessionId);
    const home = tenantOfRefreshToken(repeated ?? token);
    const standing =
      wanted === undefined
        ? chooseStanding(owner.user, owner.memberships, home === null ? null : { id: home })
        : requestedStanding(owner.user, owner.memberships, wanted);
    if (standing === null) return refused('user may not go on', sessionId);
    const { user } = owner;
    const policy = await policyFor(txCtx, standing, home);
    const refusal = entryRefusal(user, state, policy);
    if (refusal !== null && wanted !== undefined) throw appError(refusal);
    const record = (change: Pick<AuditedChange, 'action' | 'after'>) =>
      audit.record(
        { ...txCtx, actor: actingUser(user, standing.role, sessionId) },
        {
          resourceType: 'session',
          resourceId: sessionId,
          tenantId: tenantOf(standing.context) ?? PLATFORM_ID,
          ...change,
        },
      );
    if (refusal !== null) {
      record({ action: 'session.refresh_refused', after: { reason: refusal } });
      return refused(refusal, sessionId);
    }
    const successorHome = wanted === undefined ? tenantOf(standing.context) : home;
    const successor = repeated ?? rotate(txCtx, token, successorHome, policy.sessionIdleDays);
    record({ after: { generation: generation + 1, repeated: repeated !== null } });
    return { subject: { user, standing, sessionId }, successor };
  };

  const exchange = async (
    txCtx: TxContext<PlatformScope>,
    token: RefreshToken,
    wanted: TenantId | null | undefined,
  ): Promise<Outcome> => {
    const state = await refreshTokens.lockAndFind(txCtx, token.id);
    if (state === null || !isSecretOf(token.secret, state.secretHash)) return refused('unknown token');
    const { sessionId, sealedSuccessor } = state;
    switch (judgeToken(state)) {
      case 'invalid':
        return refused('expired or revoked', sessionId);
      case 'reused':
        await endReused(txCtx, token, state);
        return refused('reused', sessionId);
      case 'repeated': {
        const sealed = invariant(sealedSuccessor, 'A repeated token has a successor');
        return renew(txCtx, token, state, { repeated: openSuccessor(token, sealed), wanted });
      }
      case 'current':
        return renew(txCtx, token, state, { repeated: null, wanted });
    }
  };

  return {
    /**
     * Exchanges a refresh token for new tokens, once. Within `GRACE_SECONDS` the same token is given the same successor again,
     * as long as that has not been used; after that, using it again ends the whole session. The tenant of the access token is the
     * caller's choice, that of the session stays.
     * @throws AppError REFRESH_TOKEN_INVALID, whatever is wrong with it, and when the policy asks for more than the session has
     * @throws AppError TENANT_ACCESS_DENIED, OPERATOR_CONTEXT_FIXED, TWO_FACTOR_REQUIRED and REAUTHENTICATION_REQUIRED when the
     * user may not work where they ask to; the token is as good as before
     */
    async refresh(ctx: Context, { refreshToken, tenantId }: RefreshRequest): Promise<RefreshedTokens> {
      const token = decodeRefreshToken(refreshToken);
      const outcome =
        token === null
          ? refused('malformed')
          : await tx.run(rescoped(ctx, platformScope), (txCtx) => exchange(txCtx, token, tenantId));
      if ('refusal' in outcome) {
        const { refusal: reason, sessionId } = outcome;
        const { requestId, origin } = ctx;
        log[reason === 'reused' ? 'warn' : 'info']('Refresh refused', {
          requestId,
          ipAddress: origin.ipAddress,
          sessionId,
          reason,
        });
        throw appError('REFRESH_TOKEN_INVALID');
      }
      const { subject, successor } = outcome;
      return {
        ...accessTokens.sign(subject),
        refreshToken: encodeRefreshToken(successor),
        sessionId: subject.sessionId,
      };
    },
  };
}
