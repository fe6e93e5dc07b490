import type { z } from 'zod';
import type { BrowserSessions } from '../../services/identity/browser-session.ts';
import type { Profile, ProfileService } from '../../services/identity/profile.service.ts';
import type { SessionService } from '../../services/identity/session.service.ts';
import type { SignInService } from '../../services/identity/sign-in.service.ts';
import type { TokenRefreshService } from '../../services/identity/token-refresh.service.ts';
import type { Context } from '../../types/context.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import { asTenantId, type TenantId } from '../../types/ids.ts';
import type {
  LoginRequest,
  MeResponse,
  RefreshRequest,
  RefreshResponse,
  SignInResponse,
} from '../../validators/identity/auth.schema.ts';
import { type SignInAnswers, toUserProfile } from './sign-in-answer.ts';

export interface AuthControllerDeps {
  readonly signIn: SignInService;
  readonly tokenRefresh: TokenRefreshService;
  readonly sessions: Pick<SessionService, 'signOut'>;
  readonly profiles: ProfileService;
  readonly browserSessions: BrowserSessions;
  readonly signInAnswers: SignInAnswers;
}

export type AuthController = ReturnType<typeof createAuthController>;

export function createAuthController(deps: AuthControllerDeps) {
  const { signIn, tokenRefresh, sessions, profiles, browserSessions, signInAnswers } = deps;
  return {
    async login(
      ctx: Context,
      { tokenDelivery, ...request }: z.output<typeof LoginRequest>,
      cookies: CookieJar,
    ): Promise<z.input<typeof SignInResponse>> {
      return signInAnswers.answer(await signIn.signIn(ctx, request, cookies), tokenDelivery, cookies);
    },

    async refresh(
      ctx: Context,
      body: z.output<typeof RefreshRequest>,
      cookies: CookieJar,
    ): Promise<z.input<typeof RefreshResponse>> {
      const refreshToken = body.refreshToken ?? browserSessions.refreshTokenIn(cookies) ?? '';
      const tokens = await tokenRefresh.refresh(ctx, { refreshToken, tenantId: toTenantId(body.tenantId) });
      const { accessToken, expiresIn } = tokens;
      const common = { tokenType: 'Bearer' as const, expiresIn };
      return body.refreshToken === undefined
        ? { ...common, csrfToken: browserSessions.open(cookies, tokens) }
        : { ...common, accessToken, refreshToken: tokens.refreshToken };
    },

    async logout(ctx: Context, cookies: CookieJar): Promise<undefined> {
      await sessions.signOut(ctx);
      browserSessions.close(cookies);
    },

    async me(ctx: Context): Promise<z.input<typeof MeResponse>> {
      const { user, role, memberships, activeContext, permissions, session } = await profiles.get(ctx);
      return {
        user: toUserProfile(user, role),
        twoFactorEnabled: session.twoFactorEnabled,
        memberships: memberships.map(toOwnMembership),
        activeContext,
        permissions: [...permissions],
        session: toCurrentSession(session),
        impersonation: session.impersonation,
      };
    },
  };
}

const toTenantId = (id: string | null | undefined): TenantId | null | undefined =>
  typeof id === 'string' ? asTenantId(id) : id;

const toCurrentSession = ({ id, method, twoFactor, expiresAt, isRestricted }: Profile['session']) => ({
  id,
  method,
  twoFactor,
  expiresAt,
  restricted: isRestricted,
});

const toOwnMembership = ({ tenant, role, status }: Profile['memberships'][number]) => ({ tenant, role, status });
