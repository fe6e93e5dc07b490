import { uuidv7 } from 'uuidv7';
import type { Environment } from '../../config/environment.ts';
import type { Logger } from '../../config/logger.ts';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { SessionRepository } from '../../repositories/identity/session.repository.ts';
import type { User, UserCredentials, UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import { PLATFORM_ID } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { AccessTokens, SignedAccessToken } from './access-token.ts';
import { chooseStanding, type Standing, tenantOf } from './active-context.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { encodeRefreshToken, hashSecret, issueRefreshToken } from './refresh-token.ts';
import { actingUser } from './user-actor.ts';

export interface SignInServiceDeps {
  readonly users: Pick<UserRepository, 'findCredentials' | 'recordSignIn' | 'replacePasswordHash'>;
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly sessions: Pick<SessionRepository, 'open'>;
  readonly passwords: PasswordHasher;
  readonly accessTokens: Pick<AccessTokens, 'sign'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly settings: Pick<Environment, 'REFRESH_TOKEN_IDLE_DAYS' | 'SESSION_DAYS'>;
  readonly log: Pick<Logger, 'info'>;
}

export interface SignInRequest {
  /** In lower case. */
  readonly email: string;
  readonly password: string;
  /** Slug of the tenant to work in. */
  readonly subdomain?: string | undefined;
}

/** What a client goes on with. */
export interface IssuedTokens extends SignedAccessToken {
  readonly refreshToken: string;
}

export interface SignedIn extends IssuedTokens {
  readonly user: User;
  readonly standing: Standing;
}

const LONGEST_USER_AGENT = 500;

export type SignInService = ReturnType<typeof createSignInService>;

export function createSignInService(deps: SignInServiceDeps) {
  const { users, memberships, sessions, passwords, accessTokens, tx, audit, settings, log } = deps;

  /** Takes as long, and says the same, whether the account is unknown, has no password, may not sign in or the password is wrong. */
  const authenticate = async (ctx: Context, { email, password }: SignInRequest): Promise<UserCredentials> => {
    const found = await users.findCredentials(rescoped(ctx, platformScope), email);
    const matches = await passwords.verify(password, found?.passwordHash ?? null);
    if (found !== null && matches && found.user.status === 'active') return found;
    const reason = found === null ? 'unknown account' : matches ? `user is ${found.user.status}` : 'wrong password';
    const { ipAddress } = ctx.origin;
    log.info('Sign-in refused', { requestId: ctx.requestId, ipAddress, userId: found?.user.id ?? null, reason });
    throw appError('INVALID_CREDENTIALS');
  };

  return {
    /**
     * Opens a session for whoever knows the password.
     * @throws AppError INVALID_CREDENTIALS
     * @throws AppError TENANT_ACCESS_DENIED when `subdomain` is no tenant that the user is an active member of
     * @throws AppError SIGN_IN_BUSY
     */
    async signIn(ctx: Context, request: SignInRequest): Promise<SignedIn> {
      const { user, passwordHash } = await authenticate(ctx, request);
      const platformCtx = rescoped(ctx, platformScope);
      const { subdomain, password } = request;
      const wanted = subdomain === undefined ? null : { slug: subdomain };
      const standing = chooseStanding(user, await memberships.listOfUser(platformCtx, user.id), wanted);
      if (standing === null) throw appError('TENANT_ACCESS_DENIED');

      const isOutdated = passwordHash !== null && passwords.needsRehash(passwordHash);
      const replacement = isOutdated ? { current: passwordHash, hash: await passwords.hash(password) } : null;
      const sessionId = uuidv7();
      const tenantId = tenantOf(standing.context);
      const refreshToken = issueRefreshToken(tenantId);
      const actor = actingUser(user, standing.role, sessionId);
      await tx.run({ ...platformCtx, actor }, async (txCtx) => {
        sessions.open(txCtx, {
          id: sessionId,
          userId: user.id,
          ipAddress: ctx.origin.ipAddress,
          userAgent: ctx.origin.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
          days: settings.SESSION_DAYS,
          firstToken: {
            id: refreshToken.id,
            secretHash: hashSecret(refreshToken.secret),
            idleDays: settings.REFRESH_TOKEN_IDLE_DAYS,
          },
        });
        users.recordSignIn(txCtx, user.id);
        if (replacement !== null) users.replacePasswordHash(txCtx, user.id, replacement.current, replacement.hash);
        audit.record(txCtx, {
          resourceType: 'session',
          resourceId: sessionId,
          tenantId: tenantId ?? PLATFORM_ID,
          after: { role: standing.role, activeContext: standing.context.type },
        });
      });
      return {
        ...accessTokens.sign({ user, standing, sessionId }),
        refreshToken: encodeRefreshToken(refreshToken),
        user,
        standing,
      };
    },
  };
}
