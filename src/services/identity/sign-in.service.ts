import { appError } from '../../errors/app-error.ts';
import type { TotpAuthenticatorRepository } from '../../repositories/identity/totp-authenticator.repository.ts';
import type { UserCredentials, UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import type { DeviceCookies } from './device-cookie.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { SignInCompletion, SignInOutcome } from './sign-in-completion.service.ts';
import type { Claimant, SignInRefusals } from './sign-in-refusals.service.ts';
import type { AdmittedTry, SignInThrottles } from './sign-in-throttles.ts';

/** Checks codes of the second factor, and counts the wrong ones by itself (R-ID-3: separate counters). */
export interface SecondFactorCheck {
  /**
   * Uses a code up.
   * @returns false when it is wrong, has been used, or the user has no second factor
   * @throws AppError TOO_MANY_ATTEMPTS
   */
  verifyCode(ctx: Context, userId: string, code: string): Promise<boolean>;
}

export interface SignInServiceDeps {
  readonly users: Pick<UserRepository, 'findCredentials' | 'replacePasswordHash'>;
  readonly authenticators: Pick<TotpAuthenticatorRepository, 'isConfirmed'>;
  readonly passwords: PasswordHasher;
  readonly secondFactor: SecondFactorCheck;
  readonly throttles: SignInThrottles;
  readonly devices: Pick<DeviceCookies, 'recognize'>;
  readonly refusals: SignInRefusals;
  readonly completion: SignInCompletion;
}

export interface SignInRequest {
  /** In lower case. */
  readonly email: string;
  readonly password: string;
  /** Of the authenticator app; without it, whoever has one is asked for it. */
  readonly twoFactorCode?: string | undefined;
  /** Slug of the tenant to work in. */
  readonly subdomain?: string | undefined;
}

export type SignInService = ReturnType<typeof createSignInService>;

export function createSignInService(deps: SignInServiceDeps) {
  const { users, authenticators, passwords, secondFactor, throttles, devices, refusals, completion } = deps;

  /** A password that could not be looked at was no try. */
  const verify = async (ctx: Context, password: string, hash: string | null, admitted: AdmittedTry) => {
    try {
      return await passwords.verify(password, hash);
    } catch (error) {
      await throttles.refund(ctx, admitted);
      throw error;
    }
  };

  /** Whether a second factor was shown with the password: false where there is none, or it is still to be asked for. */
  const passesTwoFactor = async (
    ctx: Context,
    userId: string,
    code: string | undefined,
  ): Promise<boolean | 'wrong code'> => {
    if (code === undefined || !(await authenticators.isConfirmed(rescoped(ctx, platformScope), userId))) return false;
    return (await secondFactor.verifyCode(ctx, userId, code)) ? true : 'wrong code';
  };

  /**
   * Takes as long, and says the same, whether the account is unknown, has no password, may not sign in or the password is wrong.
   * The try is counted before the password is hashed, and taken back when it was right (R-ID-3: a counter that is read before
   * and written after the hash lets parallel guesses pass).
   */
  const authenticate = async (
    ctx: Context,
    { email, password, twoFactorCode }: SignInRequest,
    found: UserCredentials | null,
    deviceId: string | null,
  ): Promise<UserCredentials & { readonly twoFactorPassed: boolean }> => {
    const user = found?.user ?? null;
    const claimant: Claimant = { email, user, knownDevice: deviceId !== null };
    const admission = await throttles.admit(ctx, { email, userId: user?.id ?? null, deviceId });
    if (!admission.admitted) {
      await refusals.throttled(ctx, claimant, admission);
      throw appError('TOO_MANY_ATTEMPTS', { retryAfter: admission.retryAfter });
    }
    const refuse = async (reason: string): Promise<never> => {
      await refusals.failed(ctx, claimant, { outcome: 'failed', reason }, admission);
      throw appError('INVALID_CREDENTIALS');
    };

    const matches = await verify(ctx, password, found?.passwordHash ?? null, admission);
    if (found === null) return refuse('unknown account');
    if (!matches) return refuse('wrong password');
    const { status, id } = found.user;
    if (status !== 'active' && status !== 'pending') return refuse(`user is ${status}`);
    await throttles.refund(ctx, admission);
    if (status === 'pending') {
      await refusals.failed(ctx, claimant, { outcome: 'failed', reason: 'e-mail is not verified' });
      throw appError('EMAIL_NOT_VERIFIED');
    }
    const twoFactorPassed = await passesTwoFactor(ctx, id, twoFactorCode);
    if (twoFactorPassed === 'wrong code') {
      await refusals.failed(ctx, claimant, { outcome: 'two_factor_failed', reason: 'wrong code' });
      throw appError('INVALID_CREDENTIALS');
    }
    return { ...found, twoFactorPassed };
  };

  return {
    /**
     * Signs in whoever knows the password, as far as the second factor allows.
     * @param cookies of the browser, which tell whether the user has signed in from it before
     * @throws AppError INVALID_CREDENTIALS, also for a wrong code of the second factor
     * @throws AppError TOO_MANY_ATTEMPTS with the time to wait, before the password is looked at
     * @throws AppError EMAIL_NOT_VERIFIED, only to who knows the password
     * @throws AppError TENANT_ACCESS_DENIED when `subdomain` is no tenant that the user is an active member of
     * @throws AppError SIGN_IN_BUSY
     */
    async signIn(ctx: Context, request: SignInRequest, cookies: CookieJar): Promise<SignInOutcome> {
      const { email, password, subdomain } = request;
      const found = await users.findCredentials(rescoped(ctx, platformScope), email);
      const deviceId = found === null ? null : devices.recognize(cookies, found.user.id);
      const { user, passwordHash, twoFactorPassed } = await authenticate(ctx, request, found, deviceId);
      const isOutdated = passwordHash !== null && passwords.needsRehash(passwordHash);
      const replacement = isOutdated ? { current: passwordHash, hash: await passwords.hash(password) } : null;
      return completion.complete(
        ctx,
        {
          user,
          method: 'password',
          wanted: subdomain === undefined ? null : { slug: subdomain },
          twoFactorPassed,
          knownDevice: deviceId !== null,
        },
        async (txCtx) => {
          if (replacement !== null) users.replacePasswordHash(txCtx, user.id, replacement.current, replacement.hash);
          if (deviceId !== null) await throttles.forgetDevice(txCtx, deviceId);
        },
      );
    },
  };
}
