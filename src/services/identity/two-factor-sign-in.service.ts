import { appError } from '../../errors/app-error.ts';
import type { ChallengeRow } from '../../repositories/identity/sign-in-challenge.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { User } from '../../types/identity/user.ts';
import type { LoginAttempts } from './login-attempts.service.ts';
import type { SignInChallengeService } from './sign-in-challenge.service.ts';
import type { SignedIn, SignInCompletion } from './sign-in-completion.service.ts';
import { isWrongCode, type SecondFactorProof, type TwoFactorService } from './two-factor.service.ts';
import { signedIn, type TwoFactorEnabled, type TwoFactorEnrolment } from './two-factor-enrolment.service.ts';

export interface TwoFactorSignInDeps {
  readonly users: Pick<UserRepository, 'findById'>;
  readonly challenges: Pick<SignInChallengeService, 'attempt' | 'consume'>;
  readonly enrolment: Pick<TwoFactorEnrolment, 'confirm'>;
  readonly twoFactor: Pick<TwoFactorService, 'use' | 'throttled'>;
  readonly completion: SignInCompletion;
  readonly loginAttempts: LoginAttempts;
}

export type TwoFactorSignIn = ReturnType<typeof createTwoFactorSignIn>;

/** Answers to challenges: of a sign-in that waits for the second factor, and of an authenticator that waits for its first code. */
export function createTwoFactorSignIn(deps: TwoFactorSignInDeps) {
  const { users, challenges, enrolment, twoFactor, completion, loginAttempts } = deps;

  /** The code, the challenge and the session commit together: each code and each challenge is good for one session. */
  const signIn = async (
    ctx: Context,
    user: User,
    { id, method, wantedTenantId: tenantId }: ChallengeRow,
    factor: SecondFactorProof,
    knownDevice: boolean,
  ): Promise<SignedIn> => {
    const wanted = tenantId === null ? null : { id: tenantId };
    const proof = { user, method, wanted, twoFactorPassed: true, knownDevice };
    try {
      const outcome = await twoFactor.throttled(ctx, user.id, factor.type, () =>
        completion.complete(ctx, proof, async (txCtx) => {
          await twoFactor.use(txCtx, { userId: user.id, tenantId }, factor);
          await challenges.consume(txCtx, id);
        }),
      );
      return signedIn(outcome);
    } catch (error) {
      if (isWrongCode(error)) {
        const outcome = 'two_factor_failed';
        await loginAttempts.record(ctx, { user, email: user.email, tenantId, method, outcome, knownDevice });
      }
      throw error;
    }
  };

  return {
    /**
     * Takes one of the challenge's five attempts, right or wrong.
     * @param isKnownDevice whether the user has signed in from this browser before
     * @throws AppError CHALLENGE_INVALID when it is over, used up, or was never given
     * @throws AppError TWO_FACTOR_CODE_INVALID
     * @throws AppError TOO_MANY_ATTEMPTS after too many wrong codes of the account
     */
    async verify(
      ctx: Context,
      challengeToken: string,
      factor: SecondFactorProof,
      isKnownDevice: (userId: string) => boolean,
    ): Promise<SignedIn | TwoFactorEnabled> {
      const challenge = await challenges.attempt(ctx, challengeToken);
      const user = await users.findById(rescoped(ctx, platformScope), challenge.userId);
      if (user === null || user.status !== 'active') throw appError('CHALLENGE_INVALID');
      if (challenge.kind === 'two_factor') return signIn(ctx, user, challenge, factor, isKnownDevice(user.id));
      if (factor.type !== 'totp') throw appError('TWO_FACTOR_CODE_INVALID');
      return enrolment.confirm(ctx, user, challenge, factor.code);
    },
  };
}
