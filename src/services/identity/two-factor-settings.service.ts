import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { SessionRepository } from '../../repositories/identity/session.repository.ts';
import type { TotpAuthenticatorRepository } from '../../repositories/identity/totp-authenticator.repository.ts';
import type { UserCredentials, UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { User } from '../../types/identity/user.ts';
import { PLATFORM_ID } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { activeContextOf, tenantOf } from './active-context.ts';
import type { Reauthentication } from './reauthentication.service.ts';
import type { RecoveryCodeService } from './recovery-code.service.ts';
import { isPlatformRole } from './roles.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SecurityPolicyService } from './security-policy.service.ts';
import type { SessionService } from './session.service.ts';
import type { SecondFactorProof, TwoFactorService } from './two-factor.service.ts';

export interface TwoFactorSettingsDeps {
  readonly users: Pick<UserRepository, 'findCredentialsById'>;
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly authenticators: Pick<TotpAuthenticatorRepository, 'isConfirmed' | 'lockConfirmed'>;
  readonly sessionFacts: Pick<SessionRepository, 'setTwoFactor'>;
  readonly sessions: Pick<SessionService, 'revokeAllOfUser'>;
  readonly recoveryCodes: RecoveryCodeService;
  readonly reauthentication: Reauthentication;
  readonly twoFactor: TwoFactorService;
  readonly policies: Pick<SecurityPolicyService, 'effective'>;
  readonly securityLog: SecurityLog;
  readonly events: DomainEvents;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

/** Shown again before new recovery codes: one of both. */
export interface RecoveryCodesRequest {
  readonly password?: string | undefined;
  readonly code?: string | undefined;
}

export type TwoFactorSettings = ReturnType<typeof createTwoFactorSettings>;

/** What users do with the second factor they have. */
export function createTwoFactorSettings(deps: TwoFactorSettingsDeps) {
  const { users, memberships, authenticators, sessionFacts, sessions, recoveryCodes, reauthentication } = deps;
  const { twoFactor, policies, securityLog, events, tx, audit } = deps;

  const findUser = async (ctx: Context<PlatformScope>): Promise<UserCredentials> => {
    const userId = invariant(ctx.actor.id, 'Only a user has a second factor');
    const [credentials, isEnabled] = await Promise.all([
      users.findCredentialsById(ctx, userId),
      authenticators.isConfirmed(ctx, userId),
    ]);
    if (credentials === null) throw appError('SESSION_REVOKED');
    if (!isEnabled) throw appError('TWO_FACTOR_NOT_ENABLED');
    return credentials;
  };

  /** Wherever the user works, and not only where they work now. */
  const isRequiredOf = async (ctx: Context<PlatformScope>, user: User): Promise<boolean> => {
    if (user.twoFactorRequired) return true;
    const theirs = await memberships.listOfUser(ctx, user.id);
    const tenantIds = theirs.filter(({ status }) => status === 'active').map(({ tenantId }) => tenantId);
    const policy = await policies.effective(ctx, { tenantIds, isOperator: isPlatformRole(user.platformRole) });
    return policy.twoFactor === 'required';
  };

  return {
    /**
     * Takes the second factor away, with its recovery codes; the user's other sessions end.
     * @throws AppError TWO_FACTOR_NOT_ENABLED, TWO_FACTOR_REQUIRED_BY_POLICY
     * @throws AppError CURRENT_PASSWORD_WRONG, TWO_FACTOR_CODE_INVALID, TOO_MANY_ATTEMPTS, SIGN_IN_BUSY
     */
    async disable(ctx: Context, password: string | undefined, factor: SecondFactorProof): Promise<void> {
      const platformCtx = rescoped(ctx, platformScope);
      const sessionId = invariant(ctx.actor.sessionId, 'A second factor is disabled in a session');
      const tenantId = tenantOf(activeContextOf(ctx));
      const credentials = await findUser(platformCtx);
      const { id: userId } = credentials.user;
      if (await isRequiredOf(platformCtx, credentials.user)) throw appError('TWO_FACTOR_REQUIRED_BY_POLICY');
      await reauthentication.provePassword(ctx, credentials, password);
      await twoFactor.throttled(ctx, userId, factor.type, () =>
        tx.run(platformCtx, async (txCtx) => {
          await twoFactor.use(txCtx, { userId, tenantId }, factor);
          await twoFactor.reset(txCtx, userId);
          await sessions.revokeAllOfUser(txCtx, userId, 'two_factor_changed', sessionId);
          sessionFacts.setTwoFactor(txCtx, sessionId, false);
          events.publish(txCtx, 'user.two_factor_disabled', userId, { userId });
          securityLog.record(txCtx, { type: 'two_factor.disabled', userId, ...(tenantId !== null && { tenantId }) });
          audit.record(txCtx, { resourceType: 'user', resourceId: userId, tenantId: tenantId ?? PLATFORM_ID });
        }),
      );
    },

    /**
     * Gives the user ten new recovery codes; those before are void.
     * @returns the codes in the clear: nobody can read them again
     * @throws AppError TWO_FACTOR_NOT_ENABLED
     * @throws AppError CURRENT_PASSWORD_WRONG, TWO_FACTOR_CODE_INVALID, TOO_MANY_ATTEMPTS, SIGN_IN_BUSY
     */
    async replaceRecoveryCodes(ctx: Context, { password, code }: RecoveryCodesRequest): Promise<readonly string[]> {
      const platformCtx = rescoped(ctx, platformScope);
      const tenantId = tenantOf(activeContextOf(ctx));
      const credentials = await findUser(platformCtx);
      const { id: userId } = credentials.user;
      const replace = (factor: SecondFactorProof | null) =>
        tx.run(platformCtx, async (txCtx) => {
          if (!(await authenticators.lockConfirmed(txCtx, userId))) throw appError('TWO_FACTOR_NOT_ENABLED');
          if (factor !== null) await twoFactor.use(txCtx, { userId, tenantId }, factor);
          const codes = await recoveryCodes.replace(txCtx, userId);
          securityLog.record(txCtx, {
            type: 'recovery_codes.replaced',
            userId,
            ...(tenantId !== null && { tenantId }),
          });
          audit.record(txCtx, { resourceType: 'user', resourceId: userId, tenantId: tenantId ?? PLATFORM_ID });
          return codes;
        });
      if (code !== undefined) {
        return twoFactor.throttled(ctx, userId, 'totp', () => replace({ type: 'totp', code }));
      }
      await reauthentication.provePassword(ctx, credentials, password);
      return replace(null);
    },
  };
}
