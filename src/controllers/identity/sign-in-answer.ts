import type { z } from 'zod';
import type { User } from '../../repositories/identity/user.repository.ts';
import type { BrowserSessions } from '../../services/identity/browser-session.ts';
import type { SignInOutcome } from '../../services/identity/sign-in-completion.service.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import type { SignInResponse, TokenDelivery } from '../../validators/identity/auth.schema.ts';

export interface SignInAnswersDeps {
  readonly browserSessions: BrowserSessions;
}

export type SignInAnswers = ReturnType<typeof createSignInAnswers>;

/** What every way to sign in answers: tokens in the body, or in cookies that no script can read. */
export function createSignInAnswers({ browserSessions }: SignInAnswersDeps) {
  return {
    answer(
      outcome: SignInOutcome,
      delivery: z.output<typeof TokenDelivery>,
      cookies: CookieJar,
    ): z.input<typeof SignInResponse> {
      if (outcome.status === 'two_factor_required') {
        const { status, challengeToken, expiresIn } = outcome;
        return { status, challengeToken, expiresIn, methods: ['totp', 'recovery_code'] };
      }
      const { status, accessToken, expiresIn, sessionId, user, standing } = outcome;
      const refreshToken = outcome.status === 'signed_in' ? outcome.refreshToken : null;
      const common = { tokenType: 'Bearer' as const, expiresIn, user: toUserProfile(user, standing.role) };
      if (delivery === 'cookie') {
        const csrfToken = browserSessions.open(cookies, { accessToken, expiresIn, refreshToken, sessionId });
        return { status, ...common, csrfToken };
      }
      return { status, ...common, accessToken, ...(refreshToken !== null && { refreshToken }) };
    },
  };
}

export const toUserProfile = (user: User, role: string) => ({
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
