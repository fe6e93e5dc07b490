import { AppError, appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { RecoveryCodeRepository } from '../../repositories/identity/recovery-code.repository.ts';
import type { ThrottleReservation, ThrottleRule } from '../../repositories/identity/throttle.repository.ts';
import type { TotpAuthenticatorRepository } from '../../repositories/identity/totp-authenticator.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';
import type { SecretBox } from '../../utils/secret-box.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { hashRecoveryCode } from './recovery-code.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SignInChallengeService } from './sign-in-challenge.service.ts';
import type { ThrottleService } from './throttle.service.ts';
import type { Totp } from './totp.ts';

export interface TwoFactorServiceDeps {
  readonly authenticators: Pick<TotpAuthenticatorRepository, 'findConfirmedSecret' | 'acceptStep' | 'delete'>;
  readonly recoveryCodes: Pick<RecoveryCodeRepository, 'delete' | 'deleteAll' | 'countRemaining'>;
  readonly challenges: Pick<SignInChallengeService, 'endAllOf'>;
  readonly throttles: ThrottleService;
  readonly totp: Pick<Totp, 'stepOf'>;
  /** Of the purpose `totp`. */
  readonly secrets: Pick<SecretBox, 'open'>;
  readonly securityLog: SecurityLog;
  readonly events: DomainEvents;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
}

/** What somebody shows as their second factor. */
export interface SecondFactorProof {
  readonly type: 'totp' | 'recovery_code';
  readonly code: string;
}

/** Whose second factor it is, and in whose security log its use stands. */
export interface SecondFactorOwner {
  readonly userId: string;
  readonly tenantId: TenantId | null;
}

/**
 * A code of six digits is right by chance 3 times in a million: after five wrong ones the waits grow until a day allows for some
 * thirty, which takes years to hit. The count starts from a right first factor, so that nobody else can make the owner wait.
 */
const WRONG_CODES: ThrottleRule = { free: 5, firstWait: 30, longestWait: 3600, forgottenAfter: 24 * 3600 };

export type TwoFactorService = ReturnType<typeof createTwoFactorService>;

/** The second factor at work: its codes are right once, in whatever place they are shown. */
export function createTwoFactorService(deps: TwoFactorServiceDeps) {
  const { authenticators, recoveryCodes, challenges, throttles, totp, secrets, securityLog, events, tx, clock } = deps;

  const useCode = async (txCtx: TxContext<PlatformScope>, userId: string, code: string): Promise<boolean> => {
    const sealed = await authenticators.findConfirmedSecret(txCtx, userId);
    const step = sealed && totp.stepOf(secrets.open(sealed, userId), code, clock.now());
    return step !== null && authenticators.acceptStep(txCtx, userId, step);
  };

  const useRecoveryCode = async (
    txCtx: TxContext<PlatformScope>,
    { userId, tenantId }: SecondFactorOwner,
    code: string,
  ): Promise<boolean> => {
    const codeHash = hashRecoveryCode(code);
    if (codeHash === null || !(await recoveryCodes.delete(txCtx, userId, codeHash))) return false;
    const remaining = await recoveryCodes.countRemaining(txCtx, userId);
    events.publish(txCtx, 'user.recovery_code_used', userId, { userId, remaining });
    securityLog.record(txCtx, {
      type: 'recovery_code.used',
      userId,
      ...(tenantId !== null && { tenantId }),
      details: { remaining },
    });
    return true;
  };

  /**
   * Uses a code up, if the transaction commits.
   * @throws AppError TWO_FACTOR_CODE_INVALID when it is wrong or has been used
   */
  const use = async (
    txCtx: TxContext<PlatformScope>,
    owner: SecondFactorOwner,
    { type, code }: SecondFactorProof,
  ): Promise<void> => {
    const isRight =
      type === 'totp' ? await useCode(txCtx, owner.userId, code) : await useRecoveryCode(txCtx, owner, code);
    if (!isRight) throw appError('TWO_FACTOR_CODE_INVALID');
  };

  const tellOfThrottle = (ctx: Context, userId: string, type: SecondFactorProof['type']): Promise<void> =>
    tx.run(rescoped(ctx, platformScope), async (txCtx) => {
      events.publish(txCtx, 'user.second_factor_throttled', userId, { userId });
      securityLog.record(txCtx, { type: 'account.throttled', userId, details: { factor: type } });
    });

  /**
   * Runs what depends on a code, counted before it is looked at: so many wrong ones in a row, and each further one has to wait.
   * @param work calls `use`
   * @throws AppError TOO_MANY_ATTEMPTS
   */
  const throttled = async <T>(
    ctx: Context,
    userId: string,
    type: SecondFactorProof['type'],
    work: () => Promise<T>,
  ): Promise<T> => {
    const { key, ...reservation } = reservationOf(userId, type);
    const counts = await throttles.reserve(ctx, [{ key, ...reservation }]);
    try {
      const result = await work();
      await throttles.clear(ctx, [key]);
      return result;
    } catch (error) {
      if (isWrongCode(error) && counts.get(key) === WRONG_CODES.free) await tellOfThrottle(ctx, userId, type);
      throw error;
    }
  };

  return {
    use,
    throttled,

    /**
     * Checks a code of a user's authenticator app outside of a sign-in challenge, and uses it up.
     * @returns false when it is wrong or has been used, or the user has no authenticator that works
     * @throws AppError TOO_MANY_ATTEMPTS after too many wrong ones
     */
    async verifyCode(ctx: Context, userId: string, code: string): Promise<boolean> {
      const owner = { userId, tenantId: null };
      try {
        await throttled(ctx, userId, 'totp', () =>
          tx.run(rescoped(ctx, platformScope), (txCtx) => use(txCtx, owner, { type: 'totp', code })),
        );
        return true;
      } catch (error) {
        if (isWrongCode(error)) return false;
        throw error;
      }
    },

    /**
     * Takes a user's authenticator, recovery codes and open challenges away. Whoever calls it decides what becomes of the
     * user's sessions, and tells and records it.
     * @returns false when the user had no authenticator
     */
    async reset(txCtx: TxContext<PlatformScope>, userId: string): Promise<boolean> {
      const had = await authenticators.delete(txCtx, userId);
      await recoveryCodes.deleteAll(txCtx, userId);
      await challenges.endAllOf(txCtx, userId);
      return had;
    },
  };
}

export const isWrongCode = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'TWO_FACTOR_CODE_INVALID';

const reservationOf = (userId: string, type: SecondFactorProof['type']): ThrottleReservation => {
  const kind = type === 'totp' ? 'two_factor' : 'recovery_code';
  return { key: `${kind}:${userId}`, kind, userId, rule: WRONG_CODES };
};
