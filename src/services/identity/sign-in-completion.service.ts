import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { SessionRepository } from '../../repositories/identity/session.repository.ts';
import type { TotpAuthenticatorRepository } from '../../repositories/identity/totp-authenticator.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { SecurityPolicy } from '../../types/identity/security-policy.ts';
import type { SignInMethod } from '../../types/identity/sign-in-method.ts';
import type { User } from '../../types/identity/user.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { AccessTokens, SignedAccessToken } from './access-token.ts';
import { chooseStanding, type Standing, tenantOf, type WantedTenant } from './active-context.ts';
import type { LoginAttempts } from './login-attempts.service.ts';
import { encodeRefreshToken, issueRefreshToken } from './refresh-token.ts';
import { hashSecret } from './secret-token.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SecurityPolicyService } from './security-policy.service.ts';
import type { IssuedChallenge, SignInChallengeService } from './sign-in-challenge.service.ts';
import type { SignInThrottles } from './sign-in-throttles.ts';
import { actingUser } from './user-actor.ts';

export interface SignInCompletionDeps {
  readonly users: Pick<UserRepository, 'recordSignIn'>;
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly sessions: Pick<SessionRepository, 'open'>;
  readonly authenticators: Pick<TotpAuthenticatorRepository, 'isConfirmed'>;
  readonly policies: Pick<SecurityPolicyService, 'effective'>;
  readonly challenges: Pick<SignInChallengeService, 'issue'>;
  readonly loginAttempts: LoginAttempts;
  readonly accessTokens: Pick<AccessTokens, 'sign'>;
  readonly throttles: Pick<SignInThrottles, 'forgetAccount'>;
  readonly securityLog: SecurityLog;
  readonly events: DomainEvents;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

/** What somebody has proved so far. */
export interface SignInProof {
  /** Active. */
  readonly user: User;
  readonly method: SignInMethod;
  readonly wanted: WantedTenant;
  readonly twoFactorPassed: boolean;
  /** Whether the user has signed in from this browser before, as DeviceCookies tells. */
  readonly knownDevice: boolean;
}

/** What a client goes on with. */
export interface IssuedTokens extends SignedAccessToken {
  readonly refreshToken: string;
}

export interface SignedIn extends IssuedTokens {
  readonly status: 'signed_in';
  readonly sessionId: string;
  readonly user: User;
  readonly standing: Standing;
}

/** The right first factor, where a second one is set up. */
export interface TwoFactorRequired extends IssuedChallenge {
  readonly status: 'two_factor_required';
}

/** A session that can set up the second factor that is asked for, and nothing else. It ends with its access token. */
export interface EnrolmentRequired extends SignedAccessToken {
  readonly status: 'two_factor_enrolment_required';
  readonly sessionId: string;
  readonly user: User;
  readonly standing: Standing;
}

export type SignInOutcome = SignedIn | TwoFactorRequired | EnrolmentRequired;

/** What commits together with a session, such as the end of a challenge. */
export type WithSession = (txCtx: TxContext<PlatformScope>) => Promise<void>;

/** A session that is being opened, with what is known of where. */
interface Arrival {
  readonly user: User;
  readonly knownDevice: boolean;
  readonly sessionId: string;
  readonly tenantId: TenantId | null;
}

const RESTRICTED_MINUTES = 15;
const DAY_MINUTES = 24 * 60;
const LONGEST_USER_AGENT = 500;

export type SignInCompletion = ReturnType<typeof createSignInCompletion>;

/**
 * The one way to a session: whatever somebody has proved, here it is decided where they work and whether a second factor is
 * asked for, so that no path goes around it (ASVS 6.1.3).
 */
export function createSignInCompletion(deps: SignInCompletionDeps) {
  const { users, memberships, sessions, authenticators, policies, challenges, loginAttempts, accessTokens } = deps;
  const { throttles, securityLog, events, tx, audit } = deps;

  const challenge = (ctx: Context<PlatformScope>, proof: SignInProof, standing: Standing): Promise<TwoFactorRequired> =>
    tx.run({ ...ctx, actor: actingUser(proof.user, standing.role, null) }, async (txCtx) => {
      const { user, method, wanted, knownDevice } = proof;
      const tenantId = tenantOf(standing.context);
      const issued = await challenges.issue(txCtx, {
        userId: user.id,
        kind: 'two_factor',
        method,
        wantedTenantId: wanted === null ? null : tenantId,
        sessionId: null,
      });
      const outcome = 'two_factor_required';
      await loginAttempts.record(txCtx, { user, email: user.email, tenantId, method, outcome, knownDevice });
      audit.record(txCtx, {
        resourceType: 'user',
        resourceId: user.id,
        tenantId: tenantId ?? PLATFORM_ID,
        action: 'session.challenged',
      });
      return { status: 'two_factor_required', ...issued };
    });

  /** What a full sign-in changes besides its session. */
  const arrive = async (
    txCtx: TxContext<PlatformScope>,
    { user, knownDevice, sessionId, tenantId }: Arrival,
  ): Promise<void> => {
    users.recordSignIn(txCtx, user.id);
    if (knownDevice) return;
    await throttles.forgetAccount(txCtx, user.email);
    if (user.lastLoginAt === null) return;
    events.publish(txCtx, 'session.opened_on_new_device', user.id, { userId: user.id, sessionId });
    securityLog.record(txCtx, {
      type: 'sign_in.new_device',
      userId: user.id,
      tenantId: tenantId ?? PLATFORM_ID,
      details: { sessionId },
    });
  };

  const open = async (
    ctx: Context<PlatformScope>,
    { user, method, twoFactorPassed, knownDevice }: SignInProof,
    { standing, policy, isRestricted }: { standing: Standing; policy: SecurityPolicy; isRestricted: boolean },
    withSession: WithSession,
  ): Promise<SignedIn | EnrolmentRequired> => {
    const sessionId = uuidv7();
    const tenantId = tenantOf(standing.context);
    const refreshToken = isRestricted ? null : issueRefreshToken(tenantId);
    await tx.run({ ...ctx, actor: actingUser(user, standing.role, sessionId) }, async (txCtx) => {
      await withSession(txCtx);
      sessions.open(txCtx, {
        id: sessionId,
        userId: user.id,
        method,
        homeTenantId: tenantId,
        twoFactor: twoFactorPassed,
        isRestricted,
        ipAddress: ctx.origin.ipAddress,
        userAgent: ctx.origin.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
        minutes: isRestricted ? RESTRICTED_MINUTES : policy.sessionDays * DAY_MINUTES,
        firstToken: refreshToken && {
          id: refreshToken.id,
          secretHash: hashSecret(refreshToken.secret),
          idleDays: policy.sessionIdleDays,
        },
      });
      if (!isRestricted) await arrive(txCtx, { user, knownDevice, sessionId, tenantId });
      const outcome = 'succeeded';
      await loginAttempts.record(txCtx, { user, email: user.email, tenantId, method, outcome, knownDevice });
      audit.record(txCtx, {
        resourceType: 'session',
        resourceId: sessionId,
        tenantId: tenantId ?? PLATFORM_ID,
        action: 'session.created',
        after: { role: standing.role, activeContext: standing.context.type, method, twoFactor: twoFactorPassed },
      });
    });
    const opened = { ...accessTokens.sign({ user, standing, sessionId }), sessionId, user, standing };
    return refreshToken === null
      ? { status: 'two_factor_enrolment_required', ...opened }
      : { status: 'signed_in', ...opened, refreshToken: encodeRefreshToken(refreshToken) };
  };

  return {
    /**
     * Goes on from what has been proved: to a session, to the question for the second factor, or to a session that can do no
     * more than set one up.
     * @param withSession commits with the session, and is not called without one
     * @throws AppError TENANT_ACCESS_DENIED when the user is no active member of the tenant asked for
     * @throws AppError SIGN_IN_METHOD_DISABLED when the policy allows no mailed links
     */
    async complete(
      ctx: Context,
      proof: SignInProof,
      withSession: WithSession = async () => undefined,
    ): Promise<SignInOutcome> {
      const platformCtx = rescoped(ctx, platformScope);
      const { user, method, wanted, twoFactorPassed } = proof;
      const [theirs, hasSecondFactor] = await Promise.all([
        memberships.listOfUser(platformCtx, user.id),
        authenticators.isConfirmed(platformCtx, user.id),
      ]);
      const standing = chooseStanding(user, theirs, wanted);
      if (standing === null) throw appError('TENANT_ACCESS_DENIED');
      const tenantId = tenantOf(standing.context);
      const policy = await policies.effective(platformCtx, {
        tenantIds: tenantId === null ? [] : [tenantId],
        isOperator: standing.context.type === 'platform',
      });
      if (method === 'magic_link' && !policy.magicLinks) throw appError('SIGN_IN_METHOD_DISABLED');
      if (hasSecondFactor && !twoFactorPassed) return challenge(platformCtx, proof, standing);
      const isAsked = policy.twoFactor === 'required' || user.twoFactorRequired;
      const isRestricted = isAsked && !hasSecondFactor && !twoFactorPassed;
      return open(platformCtx, proof, { standing, policy, isRestricted }, withSession);
    },
  };
}
