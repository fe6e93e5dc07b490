import { toDataURL } from 'qrcode';
import type { Environment } from '../../config/environment.ts';
import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { SessionFacts, SessionRepository } from '../../repositories/identity/session.repository.ts';
import type { ChallengeRow } from '../../repositories/identity/sign-in-challenge.repository.ts';
import type { TotpAuthenticatorRepository } from '../../repositories/identity/totp-authenticator.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { User } from '../../types/identity/user.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { SecretBox } from '../../utils/secret-box.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { activeContextOf, tenantOf } from './active-context.ts';
import type { Reauthentication } from './reauthentication.service.ts';
import type { RecoveryCodeService } from './recovery-code.service.ts';
import { SELF_ROLE } from './roles.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SessionService } from './session.service.ts';
import type { IssuedChallenge, SignInChallengeService } from './sign-in-challenge.service.ts';
import type { SignedIn, SignInCompletion, SignInOutcome } from './sign-in-completion.service.ts';
import type { Totp } from './totp.ts';
import { actingUser } from './user-actor.ts';

export interface TwoFactorEnrolmentDeps {
  readonly users: Pick<UserRepository, 'findCredentialsById'>;
  readonly sessionFacts: Pick<SessionRepository, 'findFacts' | 'setTwoFactor'>;
  readonly authenticators: Pick<TotpAuthenticatorRepository, 'findPendingSecret' | 'replacePending' | 'confirm'>;
  readonly recoveryCodes: RecoveryCodeService;
  readonly reauthentication: Reauthentication;
  readonly sessions: Pick<SessionService, 'revokeAllOfUser'>;
  readonly challenges: Pick<SignInChallengeService, 'issue' | 'consume' | 'endAllOf' | 'endEnrolmentsOf'>;
  readonly completion: SignInCompletion;
  readonly totp: Totp;
  /** Of the purpose `totp`. */
  readonly secrets: SecretBox;
  readonly securityLog: SecurityLog;
  readonly events: DomainEvents;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly settings: Pick<Environment, 'SELLER_NAME'>;
}

/** An authenticator that waits for its first code. Nobody can read its secret again. */
export interface TwoFactorSetup extends IssuedChallenge {
  /** Base32. */
  readonly secret: string;
  readonly otpauthUri: string;
  /** The URI as a PNG in a data URI. */
  readonly qrCode: string;
}

export interface TwoFactorEnabled {
  readonly status: 'two_factor_enabled';
  /** In the clear: nobody can read them again. */
  readonly recoveryCodes: readonly string[];
  /** A whole session in the place of a restricted one; null where the session was whole already. */
  readonly session: SignedIn | null;
}

interface FirstCode {
  readonly challenge: ChallengeRow;
  readonly sealedSecret: Buffer;
  readonly step: number;
  /** The session that goes on; null where a new one takes its place. */
  readonly keptSessionId: string | null;
}

export type TwoFactorEnrolment = ReturnType<typeof createTwoFactorEnrolment>;

/** Setting up an authenticator app. It asks nobody for codes until it has given a right one. */
export function createTwoFactorEnrolment(deps: TwoFactorEnrolmentDeps) {
  const { users, sessionFacts, authenticators, recoveryCodes, reauthentication, sessions, challenges } = deps;
  const { completion, totp, secrets, securityLog, events, tx, audit, clock, settings } = deps;

  /** What commits with the first right code, whatever becomes of the session. */
  const enable = async (txCtx: TxContext<PlatformScope>, first: FirstCode): Promise<readonly string[]> => {
    const { challenge, keptSessionId } = first;
    const { userId, wantedTenantId: tenantId } = challenge;
    if (!(await authenticators.confirm(txCtx, userId, first))) throw appError('CHALLENGE_INVALID');
    await challenges.consume(txCtx, challenge.id);
    const codes = await recoveryCodes.replace(txCtx, userId);
    await challenges.endAllOf(txCtx, userId);
    await sessions.revokeAllOfUser(txCtx, userId, 'two_factor_changed', keptSessionId);
    events.publish(txCtx, 'user.two_factor_enabled', userId, { userId });
    securityLog.record(txCtx, { type: 'two_factor.enabled', userId, ...(tenantId !== null && { tenantId }) });
    audit.record(txCtx, {
      resourceType: 'user',
      resourceId: userId,
      tenantId: tenantId ?? PLATFORM_ID,
      action: 'two_factor.enabled',
    });
    return codes;
  };

  const enableInSession = async (
    ctx: Context<PlatformScope>,
    user: User,
    first: FirstCode,
    session: { readonly id: string; readonly facts: SessionFacts },
  ): Promise<TwoFactorEnabled> => {
    const role = roleIn(session.facts, first.challenge.wantedTenantId);
    const codes = await tx.run({ ...ctx, actor: actingUser(user, role, session.id) }, async (txCtx) => {
      const issued = await enable(txCtx, first);
      sessionFacts.setTwoFactor(txCtx, session.id, true);
      return issued;
    });
    return { status: 'two_factor_enabled', recoveryCodes: codes, session: null };
  };

  const enableForNewSession = async (
    ctx: Context<PlatformScope>,
    user: User,
    first: FirstCode,
  ): Promise<TwoFactorEnabled> => {
    const { method, wantedTenantId } = first.challenge;
    let codes: readonly string[] = [];
    const session = await completion.complete(
      ctx,
      {
        user,
        method,
        wanted: wantedTenantId === null ? null : { id: wantedTenantId },
        twoFactorPassed: true,
        knownDevice: false,
      },
      async (txCtx) => {
        codes = await enable(txCtx, first);
      },
    );
    return { status: 'two_factor_enabled', recoveryCodes: codes, session: signedIn(session) };
  };

  return {
    /**
     * Makes a secret for an authenticator app. It replaces one that waits for its first code, never one that works.
     * @param password not asked of a session that has just proved the first factor and waits for the second one
     * @throws AppError TWO_FACTOR_ALREADY_ENABLED
     * @throws AppError CURRENT_PASSWORD_WRONG, VALIDATION_FAILED without one, TOO_MANY_ATTEMPTS, SIGN_IN_BUSY
     */
    async setUp(ctx: Context, password: string | undefined): Promise<TwoFactorSetup> {
      const userId = invariant(ctx.actor.id, 'Only a user has a second factor');
      const sessionId = invariant(ctx.actor.sessionId, 'A second factor is set up in a session');
      const platformCtx = rescoped(ctx, platformScope);
      const [credentials, session] = await Promise.all([
        users.findCredentialsById(platformCtx, userId),
        sessionFacts.findFacts(platformCtx, sessionId),
      ]);
      if (credentials === null || session === null || session.method === 'impersonation') {
        throw appError('SESSION_REVOKED');
      }
      if (!session.isRestricted) await reauthentication.provePassword(ctx, credentials, password);
      const { method } = session;
      const tenantId = tenantOf(activeContextOf(ctx));
      const secret = totp.issueSecret();
      const account = credentials.user.email;
      const otpauthUri = totp.uriOf(secret, { issuer: settings.SELLER_NAME, account });
      const qrCode = await toDataURL(otpauthUri);
      const issued = await tx.run(platformCtx, async (txCtx) => {
        const isPending = await authenticators.replacePending(txCtx, userId, secrets.seal(secret, userId));
        if (!isPending) throw appError('TWO_FACTOR_ALREADY_ENABLED');
        await challenges.endEnrolmentsOf(txCtx, userId);
        audit.record(txCtx, { resourceType: 'user', resourceId: userId, tenantId: tenantId ?? PLATFORM_ID });
        return challenges.issue(txCtx, { userId, kind: 'enrolment', method, wantedTenantId: tenantId, sessionId });
      });
      return { secret: totp.encodeSecret(secret), otpauthUri, qrCode, ...issued };
    },

    /**
     * Puts an authenticator into force with its first right code. The user's other sessions end; a session that could do nothing
     * but this ends too, and a whole one takes its place.
     * @throws AppError TWO_FACTOR_CODE_INVALID
     * @throws AppError CHALLENGE_INVALID when the session or the secret behind the challenge is gone
     */
    async confirm(ctx: Context, user: User, challenge: ChallengeRow, code: string): Promise<TwoFactorEnabled> {
      const platformCtx = rescoped(ctx, platformScope);
      const { sessionId } = challenge;
      const [sealedSecret, facts] = await Promise.all([
        authenticators.findPendingSecret(platformCtx, user.id),
        sessionId === null ? null : sessionFacts.findFacts(platformCtx, sessionId),
      ]);
      if (sealedSecret === null || sessionId === null || facts === null || !facts.live) {
        throw appError('CHALLENGE_INVALID');
      }
      const step = totp.stepOf(secrets.open(sealedSecret, user.id), code, clock.now());
      if (step === null) throw appError('TWO_FACTOR_CODE_INVALID');
      const first = { challenge, sealedSecret, step };
      return facts.isRestricted
        ? enableForNewSession(platformCtx, user, { ...first, keptSessionId: null })
        : enableInSession(platformCtx, user, { ...first, keptSessionId: sessionId }, { id: sessionId, facts });
    },
  };
}

/** With both factors proved, a sign-in has nothing more to ask for. */
export function signedIn(outcome: SignInOutcome): SignedIn {
  if (outcome.status !== 'signed_in') throw new Error(`Both factors were proved, and the outcome is ${outcome.status}`);
  return outcome;
}

const roleIn = ({ platformRole, tenants }: SessionFacts, tenantId: TenantId | null): string =>
  platformRole ?? (tenantId === null ? undefined : tenants[tenantId]?.role) ?? SELF_ROLE;
