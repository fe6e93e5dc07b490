import type { AuthController } from '../../controllers/identity/auth.controller.ts';
import { publicBecause, user } from '../../http/access.ts';
import { type Endpoint, endpointsFor } from '../../http/endpoint.ts';
import {
  LoginRequest,
  MeResponse,
  RefreshRequest,
  RefreshResponse,
  SignInResponse,
  SingerRefreshRequest,
  SingerSignInRequest,
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
    'Opens a session. Operators work on the platform; everybody else in the tenant of `subdomain`, or without it in the tenant of their oldest membership that is open. Who has a second factor gets a challenge, unless `twoFactorCode` is sent along. Wrong passwords make the next try wait, longer each time; a browser that its owner has signed in from is counted by itself, so that strangers can not lock the owner out.',
  tags,
  access: publicBecause('this is where callers get their token'),
  body: LoginRequest,
  success: { status: 200, schema: SignInResponse },
  errors: ['INVALID_CREDENTIALS', 'EMAIL_NOT_VERIFIED', 'TENANT_ACCESS_DENIED', 'TOO_MANY_ATTEMPTS', 'SIGN_IN_BUSY'],
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
    'A refresh token works once. When the answer was lost, the same token gives the same successor for 30 seconds, as long as that has not been used; used again later, it ends the session. `tenantId` says where the new access token works, as in a tab that has switched: refused with 403 it leaves the refresh token as it was. A session that lacks what the policy asks for by now, such as a second factor, can not be renewed: sign in again.',
  tags,
  access: publicBecause('the access token has expired by then; the refresh token is the proof'),
  body: RefreshRequest,
  success: { status: 200, schema: RefreshResponse },
  errors: [
    'REFRESH_TOKEN_INVALID',
    'TENANT_ACCESS_DENIED',
    'OPERATOR_CONTEXT_FIXED',
    'TWO_FACTOR_REQUIRED',
    'REAUTHENTICATION_REQUIRED',
  ],
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
  description:
    'Profile, memberships, where the user works now and what they may do there, the session, and the operator who works in their place, if one does.',
  tags,
  access: user({ duringEnrolment: true, impersonated: true }),
  success: { status: 200, schema: MeResponse },
  handler: ({ auth }, { ctx }) => auth.me(ctx),
});

export const signInSinger = endpoint({
  method: 'post',
  path: '/v1/auth/signin',
  operationId: 'signInSinger',
  summary: "Sign in to the singers' app",
  description: 'As `POST /api/auth/login`, with the tokens in the body.',
  tags,
  access: publicBecause('this is where singers get their token'),
  body: SingerSignInRequest,
  success: { status: 200, schema: SignInResponse },
  errors: ['INVALID_CREDENTIALS', 'EMAIL_NOT_VERIFIED', 'TENANT_ACCESS_DENIED', 'TOO_MANY_ATTEMPTS', 'SIGN_IN_BUSY'],
  rateLimit: 'auth',
  audit: 'session.created',
  handler: ({ auth }, { body, ctx, cookies }) => auth.login(ctx, { ...body, tokenDelivery: 'body' }, cookies),
});

export const signOutSinger: Endpoint<AuthRouteDeps> = {
  ...logout,
  path: '/v1/auth/signout',
  operationId: 'signOutSinger',
  summary: "Sign out of the singers' app",
};

export const refreshSingerTokens = endpoint({
  method: 'post',
  path: '/v1/auth/refresh',
  operationId: 'refreshSingerTokens',
  summary: "Exchange a refresh token of the singers' app",
  description: 'As `POST /api/auth/refresh`, with the token in the body.',
  tags,
  access: publicBecause('the access token has expired by then; the refresh token is the proof'),
  body: SingerRefreshRequest,
  success: { status: 200, schema: RefreshResponse },
  errors: ['REFRESH_TOKEN_INVALID', 'TWO_FACTOR_REQUIRED', 'REAUTHENTICATION_REQUIRED'],
  rateLimit: 'auth',
  audit: 'session.refreshed',
  handler: ({ auth }, { body, ctx, cookies }) => auth.refresh(ctx, body, cookies),
});

export const authEndpoints = [login, refresh, logout, me, signInSinger, signOutSinger, refreshSingerTokens] as const;
