import type { AuthController } from '../../controllers/identity/auth.controller.ts';
import { publicBecause, user } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  LoginRequest,
  MeResponse,
  RefreshRequest,
  RefreshResponse,
  SignInResponse,
} from '../../validators/identity/auth.schema.ts';

export interface AuthRouteDeps {
  readonly auth: AuthController;
}

const endpoint = endpointsFor<AuthRouteDeps>();
const tags = ['Authentication'] as const;

export const login = endpoint({
  method: 'post',
  path: '/api/auth/login',
  operationId: 'login',
  summary: 'Sign in with e-mail and password',
  description:
    'Opens a session. Operators work on the platform; everybody else in the tenant of `subdomain`, or without it in the tenant of their oldest membership that is open.',
  tags,
  access: publicBecause('this is where callers get their token'),
  body: LoginRequest,
  success: { status: 200, schema: SignInResponse },
  errors: ['INVALID_CREDENTIALS', 'TENANT_ACCESS_DENIED', 'SIGN_IN_BUSY'],
  rateLimit: 'auth',
  audit: 'session.created',
  handler: ({ auth }, { body, ctx, cookies }) => auth.login(ctx, body, cookies),
});

export const refresh = endpoint({
  method: 'post',
  path: '/api/auth/refresh',
  operationId: 'refreshTokens',
  summary: 'Exchange a refresh token for new tokens',
  description:
    'A refresh token works once. When the answer was lost, the same token gives the same successor for 30 seconds, as long as that has not been used; used again later, it ends the session.',
  tags,
  access: publicBecause('the access token has expired by then; the refresh token is the proof'),
  body: RefreshRequest,
  success: { status: 200, schema: RefreshResponse },
  errors: ['REFRESH_TOKEN_INVALID'],
  rateLimit: 'auth',
  audit: 'session.refreshed',
  handler: ({ auth }, { body, ctx, cookies }) => auth.refresh(ctx, body, cookies),
});

export const logout = endpoint({
  method: 'post',
  path: '/api/auth/logout',
  operationId: 'logout',
  summary: 'Sign out',
  description: 'Ends the session: its refresh token at once, its access tokens within a second.',
  tags,
  access: user({ duringEnrolment: true, impersonated: true }),
  success: { status: 204 },
  audit: 'session.revoked',
  handler: ({ auth }, { ctx, cookies }) => auth.logout(ctx, cookies),
});

export const me = endpoint({
  method: 'get',
  path: '/api/auth/me',
  operationId: 'getMe',
  summary: 'Get the signed-in user',
  description: 'Profile, memberships, where the user works now, and what they may do there.',
  tags,
  access: user({ duringEnrolment: true, impersonated: true }),
  success: { status: 200, schema: MeResponse },
  handler: ({ auth }, { ctx }) => auth.me(ctx),
});

export const authEndpoints = [login, refresh, logout, me] as const;
