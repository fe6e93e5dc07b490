import type { z } from 'zod';
import type { Profile, ProfileService } from '../../services/identity/profile.service.ts';
import type { SessionService } from '../../services/identity/session.service.ts';
import type { IssuedTokens, SignedIn, SignInService } from '../../services/identity/sign-in.service.ts';
import type { TokenRefreshService } from '../../services/identity/token-refresh.service.ts';
import type { Context } from '../../types/context.ts';
import type {
  LoginRequest,
  LoginResponse,
  MeResponse,
  RefreshRequest,
  RefreshResponse,
} from '../../validators/identity/auth.schema.ts';

export interface AuthControllerDeps {
  readonly signIn: SignInService;
  readonly tokenRefresh: TokenRefreshService;
  readonly sessions: Pick<SessionService, 'signOut'>;
  readonly profiles: ProfileService;
}

export type AuthController = ReturnType<typeof createAuthController>;

export function createAuthController({ signIn, tokenRefresh, sessions, profiles }: AuthControllerDeps) {
  return {
    async login(ctx: Context, body: z.output<typeof LoginRequest>): Promise<z.input<typeof LoginResponse>> {
      const signedIn = await signIn.signIn(ctx, body);
      return { ...toTokens(signedIn), user: toUserProfile(signedIn.user, signedIn.standing.role) };
    },

    async refresh(ctx: Context, body: z.output<typeof RefreshRequest>): Promise<z.input<typeof RefreshResponse>> {
      return toTokens(await tokenRefresh.refresh(ctx, body.refreshToken));
    },

    async logout(ctx: Context): Promise<undefined> {
      await sessions.signOut(ctx);
    },

    async me(ctx: Context): Promise<z.input<typeof MeResponse>> {
      const { user, role, memberships, activeContext, permissions } = await profiles.get(ctx);
      return {
        user: toUserProfile(user, role),
        memberships: memberships.map(toOwnMembership),
        activeContext,
        permissions: [...permissions],
      };
    },
  };
}

const toTokens = ({ accessToken, expiresIn, refreshToken }: IssuedTokens) => ({
  accessToken,
  tokenType: 'Bearer' as const,
  expiresIn,
  refreshToken,
});

const toUserProfile = (user: SignedIn['user'], role: string) => ({
  id: user.id,
  email: user.email,
  name: user.name,
  phone: user.phone,
  type: user.type,
  role,
  status: user.status,
  locale: user.locale,
  emailVerifiedAt: user.emailVerifiedAt,
  lastLoginAt: user.lastLoginAt,
  createdAt: user.createdAt,
});

const toOwnMembership = ({ tenant, role, status }: Profile['memberships'][number]) => ({ tenant, role, status });
