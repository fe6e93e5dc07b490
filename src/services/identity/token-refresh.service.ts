import type { Environment } from '../../config/environment.ts';
import type { Logger } from '../../config/logger.ts';
import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type {
  RefreshTokenRepository,
  RefreshTokenState,
} from '../../repositories/identity/refresh-token.repository.ts';
import type { User, UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import { PLATFORM_ID } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { AccessTokens, TokenSubject } from './access-token.ts';
import { chooseStanding, type Standing, tenantOf } from './active-context.ts';
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
  readonly settings: Pick<Environment, 'REFRESH_TOKEN_IDLE_DAYS'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
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
export function judgeToken(state: Omit<RefreshTokenState, 'id' | 'userId' | 'sessionId' | 'secretHash'>): TokenVerdict {
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

export type TokenRefreshService = ReturnType<typeof createTokenRefreshService>;

/**
 * Refresh token rotation with detection of reuse (RFC 9700, 4.14.2). What that leaves open: the grace period is for the immediate
 * predecessor of a token that is itself unused; once the successor has been used, the predecessor counts as stolen at once.
 */
export function createTokenRefreshService(deps: TokenRefreshServiceDeps) {
  const { users, memberships, refreshTokens, sessions, accessTokens, tx, audit, settings, log } = deps;

  /** The session's user as they stand now, or null when they may not go on in the tenant of the token. */
  const findSubject = async (
    txCtx: TxContext<PlatformScope>,
    token: RefreshToken,
    { userId }: RefreshTokenState,
  ): Promise<{ user: User; standing: Standing } | null> => {
    const [user, theirs] = await Promise.all([users.findById(txCtx, userId), memberships.listOfUser(txCtx, userId)]);
    if (user === null || user.status !== 'active') return null;
    const tenantId = tenantOfRefreshToken(token);
    const standing = chooseStanding(user, theirs, tenantId === null ? null : { id: tenantId });
    return standing && { user, standing };
  };

  const rotate = (txCtx: TxContext<PlatformScope>, token: RefreshToken, standing: Standing): RefreshToken => {
    const successor = issueRefreshToken(tenantOf(standing.context));
    refreshTokens.rotate(txCtx, {
      id: token.id,
      sealedSuccessor: sealSuccessor(token, successor),
      successor: {
        id: successor.id,
        secretHash: hashSecret(successor.secret),
        idleDays: settings.REFRESH_TOKEN_IDLE_DAYS,
      },
    });
    return successor;
  };

  const exchange = async (txCtx: TxContext<PlatformScope>, token: RefreshToken): Promise<Outcome> => {
    const state = await refreshTokens.lockAndFind(txCtx, token.id);
    if (state === null || !isSecretOf(token.secret, state.secretHash)) return refused('unknown token');
    const { sessionId, sealedSuccessor } = state;
    const verdict = judgeToken(state);
    if (verdict === 'invalid') return refused('expired or revoked', sessionId);
    if (verdict === 'reused') {
      const found = await findSubject(txCtx, token, state);
      const actor = found === null ? txCtx.actor : actingUser(found.user, found.standing.role, sessionId);
      const tenantId = tenantOfRefreshToken(token);
      const revocation = { sessionId, tenantId, reason: 'refresh_token_reused', auditAction: REUSE_DETECTED } as const;
      sessions.revoke({ ...txCtx, actor }, revocation);
      return refused('reused', sessionId);
    }
    const repeated =
      verdict === 'repeated'
        ? openSuccessor(token, invariant(sealedSuccessor, 'A repeated token has a successor'))
        : null;
    const found = await findSubject(txCtx, repeated ?? token, state);
    if (found === null) return refused('user may not go on', sessionId);
    const { user, standing } = found;
    const successor = repeated ?? rotate(txCtx, token, standing);
    audit.record(
      { ...txCtx, actor: actingUser(user, standing.role, sessionId) },
      {
        resourceType: 'session',
        resourceId: sessionId,
        tenantId: tenantOf(standing.context) ?? PLATFORM_ID,
        after: { generation: state.generation + 1, repeated: repeated !== null },
      },
    );
    return { subject: { user, standing, sessionId }, successor };
  };

  return {
    /**
     * Exchanges a refresh token for new tokens, once. Within `GRACE_SECONDS` the same token is given the same successor again,
     * as long as that has not been used; after that, using it again ends the whole session.
     * @throws AppError REFRESH_TOKEN_INVALID, whatever is wrong with it
     */
    async refresh(ctx: Context, refreshToken: string): Promise<RefreshedTokens> {
      const token = decodeRefreshToken(refreshToken);
      const outcome =
        token === null
          ? refused('malformed')
          : await tx.run(rescoped(ctx, platformScope), (txCtx) => exchange(txCtx, token));
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
