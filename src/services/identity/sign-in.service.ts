import type { Logger } from '../../config/logger.ts';
import { appError } from '../../errors/app-error.ts';
import type { UserCredentials, UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { SignInCompletion, SignInOutcome } from './sign-in-completion.service.ts';

export interface SignInServiceDeps {
  readonly users: Pick<UserRepository, 'findCredentials' | 'replacePasswordHash'>;
  readonly passwords: PasswordHasher;
  readonly completion: SignInCompletion;
  readonly log: Pick<Logger, 'info'>;
}

export interface SignInRequest {
  /** In lower case. */
  readonly email: string;
  readonly password: string;
  /** Slug of the tenant to work in. */
  readonly subdomain?: string | undefined;
}

export type SignInService = ReturnType<typeof createSignInService>;

export function createSignInService({ users, passwords, completion, log }: SignInServiceDeps) {
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
     * Signs in whoever knows the password, as far as the second factor allows.
     * @throws AppError INVALID_CREDENTIALS
     * @throws AppError TENANT_ACCESS_DENIED when `subdomain` is no tenant that the user is an active member of
     * @throws AppError SIGN_IN_BUSY
     */
    async signIn(ctx: Context, request: SignInRequest): Promise<SignInOutcome> {
      const { user, passwordHash } = await authenticate(ctx, request);
      const { subdomain, password } = request;
      const isOutdated = passwordHash !== null && passwords.needsRehash(passwordHash);
      const replacement = isOutdated ? { current: passwordHash, hash: await passwords.hash(password) } : null;
      return completion.complete(
        ctx,
        {
          user,
          method: 'password',
          wanted: subdomain === undefined ? null : { slug: subdomain },
          twoFactorPassed: false,
          knownDevice: false,
        },
        async (txCtx) => {
          if (replacement !== null) users.replacePasswordHash(txCtx, user.id, replacement.current, replacement.hash);
        },
      );
    },
  };
}
