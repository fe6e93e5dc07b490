import { appError } from '../../errors/app-error.ts';
import type {
  ChallengeRow,
  NewChallenge,
  SignInChallengeRepository,
} from '../../repositories/identity/sign-in-challenge.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import { decodeSecretToken, encodeSecretToken, hashSecret, issueSecretToken } from './secret-token.ts';

export interface SignInChallengeServiceDeps {
  readonly challenges: SignInChallengeRepository;
}

/** A challenge in the clear. */
export interface IssuedChallenge {
  readonly challengeToken: string;
  /** Seconds until it is over. */
  readonly expiresIn: number;
}

const CHALLENGE_MINUTES = 5;
const ENROLMENT_MINUTES = 15;

export type SignInChallengeService = ReturnType<typeof createSignInChallengeService>;

/**
 * What stands between a proved first factor and the session: 256 bits that are no session, for five minutes, five attempts and
 * one success (R-ID-4).
 */
export function createSignInChallengeService({ challenges }: SignInChallengeServiceDeps) {
  return {
    async issue(
      ctx: Context<PlatformScope>,
      challenge: Omit<NewChallenge, 'id' | 'secretHash' | 'minutes'>,
    ): Promise<IssuedChallenge> {
      const token = issueSecretToken();
      const minutes = challenge.kind === 'enrolment' ? ENROLMENT_MINUTES : CHALLENGE_MINUTES;
      await challenges.insert(ctx, {
        ...challenge,
        id: token.id,
        secretHash: hashSecret(token.secret),
        minutes,
      });
      return { challengeToken: encodeSecretToken(token), expiresIn: minutes * 60 };
    },

    /**
     * Takes one attempt, before the code is looked at: parallel attempts can't be more than there are.
     * @throws AppError CHALLENGE_INVALID
     */
    async attempt(ctx: Context, challengeToken: string): Promise<ChallengeRow> {
      const token = decodeSecretToken(challengeToken);
      const row =
        token && (await challenges.spendAttempt(rescoped(ctx, platformScope), token.id, hashSecret(token.secret)));
      if (row === null) throw appError('CHALLENGE_INVALID');
      return row;
    },

    /**
     * Uses a challenge up with its success.
     * @throws AppError CHALLENGE_INVALID when another request was quicker
     */
    async consume(txCtx: TxContext<PlatformScope>, id: string): Promise<void> {
      if (!(await challenges.consume(txCtx, id))) throw appError('CHALLENGE_INVALID');
    },

    /** Ends the set-ups of a user that wait for their first code: a new one takes their place. */
    endEnrolmentsOf: (txCtx: TxContext<PlatformScope>, userId: string): Promise<void> =>
      challenges.deleteEnrolmentsOfUser(txCtx, userId),

    /** Ends what waits for a user's second factor, as when their password or second factor has been changed. */
    endAllOf: (txCtx: TxContext<PlatformScope>, userId: string): Promise<void> =>
      challenges.deleteOfUser(txCtx, userId),
  };
}
