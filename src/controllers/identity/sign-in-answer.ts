import type { z } from 'zod';
import type { BrowserSessions } from '../../services/identity/browser-session.ts';
import type { DeviceCookies } from '../../services/identity/device-cookie.ts';
import type { EnrolmentRequired, SignedIn, SignInOutcome } from '../../services/identity/sign-in-completion.service.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import type {
  SignedIn as SignedInResponse,
  SignInResponse,
  TokenDelivery,
} from '../../validators/identity/auth.schema.ts';

export interface SignInAnswersDeps {
  readonly browserSessions: BrowserSessions;
  readonly devices: Pick<DeviceCookies, 'remember'>;
}

type Delivery = z.output<typeof TokenDelivery>;

export type SignInAnswers = ReturnType<typeof createSignInAnswers>;

/** What every way to sign in answers: tokens in the body, or in cookies that no script can read. */
export function createSignInAnswers({ browserSessions, devices }: SignInAnswersDeps) {
  const tokensOf = (
    { accessToken, expiresIn, sessionId, user, standing }: SignedIn | EnrolmentRequired,
    refreshToken: string | null,
    delivery: Delivery,
    cookies: CookieJar,
  ) => {
    const common = { tokenType: 'Bearer' as const, expiresIn, user: toUserProfile(user, standing.role) };
    if (delivery === 'cookie') {
      const csrfToken = browserSessions.open(cookies, { accessToken, expiresIn, refreshToken, sessionId });
      return { ...common, csrfToken };
    }
    return { ...common, accessToken, ...(refreshToken !== null && { refreshToken }) };
  };

  /** Whoever has shown everything that is asked for is known in this browser from now on. */
  const answerSignedIn = (
    outcome: SignedIn,
    delivery: Delivery,
    cookies: CookieJar,
  ): z.input<typeof SignedInResponse> => {
    devices.remember(cookies, outcome.user.id);
    return { status: outcome.status, ...tokensOf(outcome, outcome.refreshToken, delivery, cookies) };
  };

  return {
    answerSignedIn,

    answer(outcome: SignInOutcome, delivery: Delivery, cookies: CookieJar): z.input<typeof SignInResponse> {
      switch (outcome.status) {
        case 'signed_in':
          return answerSignedIn(outcome, delivery, cookies);
        case 'two_factor_required': {
          const { status, challengeToken, expiresIn } = outcome;
          return { status, challengeToken, expiresIn, methods: ['totp', 'recovery_code'] };
        }
        case 'two_factor_enrolment_required':
          return { status: outcome.status, ...tokensOf(outcome, null, delivery, cookies) };
      }
    },
  };
}

export const toUserProfile = (user: SignedIn['user'], role: string) => ({
  id: user.id,
  email: user.email,
  name: user.name,
  phone: user.phone,
  avatarUrl: user.avatarUrl,
  type: user.type,
  role,
  status: user.status,
  locale: user.locale,
  emailVerifiedAt: user.emailVerifiedAt,
  lastLoginAt: user.lastLoginAt,
  createdAt: user.createdAt,
});
