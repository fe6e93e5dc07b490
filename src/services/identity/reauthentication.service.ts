import { appError } from '../../errors/app-error.ts';
import type { ThrottleRule } from '../../repositories/identity/throttle.repository.ts';
import type { UserCredentials } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { ThrottleService } from './throttle.service.ts';

export interface ReauthenticationDeps {
  readonly passwords: Pick<PasswordHasher, 'verify'>;
  readonly throttles: ThrottleService;
}

const KIND = 'reauthentication';
const HOUR = 3600;

/** Whoever has got hold of a session must not find the password out with it, nor keep the owner's other sessions from theirs. */
const OF_SESSION: ThrottleRule = { free: 5, firstWait: 30, longestWait: HOUR, forgottenAfter: 24 * HOUR };
const OF_ACCOUNT: ThrottleRule = { free: 20, firstWait: 30, longestWait: HOUR, forgottenAfter: 24 * HOUR };

export type Reauthentication = ReturnType<typeof createReauthentication>;

/** The password again, before what a stolen session must not do. */
export function createReauthentication({ passwords, throttles }: ReauthenticationDeps) {
  return {
    /**
     * Passes with the right password, and for users who have none. Not for the inside of a transaction: hashing is slow.
     * @throws AppError VALIDATION_FAILED without a password
     * @throws AppError CURRENT_PASSWORD_WRONG, SIGN_IN_BUSY
     * @throws AppError TOO_MANY_ATTEMPTS after too many wrong ones
     */
    async provePassword(
      ctx: Context,
      { user, passwordHash }: UserCredentials,
      password: string | undefined,
    ): Promise<void> {
      if (passwordHash === null) return;
      if (password === undefined) {
        throw appError('VALIDATION_FAILED', { details: [{ path: 'body.password', message: 'Is needed for this' }] });
      }
      const { id: userId } = user;
      const reservations = [
        { key: `${KIND}:session:${ctx.actor.sessionId}`, kind: KIND, userId, rule: OF_SESSION },
        { key: `${KIND}:account:${userId}`, kind: KIND, userId, rule: OF_ACCOUNT },
      ];
      await throttles.reserve(ctx, reservations);
      if (!(await passwords.verify(password, passwordHash))) throw appError('CURRENT_PASSWORD_WRONG');
      await throttles.clear(
        ctx,
        reservations.map(({ key }) => key),
      );
    },
  };
}
