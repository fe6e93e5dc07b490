import type { AccountController } from '../../controllers/identity/account.controller.ts';
import { publicBecause, user } from '../../http/access.ts';
import { type Endpoint, endpointsFor } from '../../http/endpoint.ts';
import {
  AddressRequest,
  ChangePasswordRequest,
  MagicLinkRequest,
  MagicLinkRequested,
  MailRequested,
  ResetPasswordRequest,
  SignUpRequest,
  UpdateMeRequest,
  VerifyEmailRequest,
  VerifyMagicLinkRequest,
} from '../../validators/identity/account.schema.ts';
import { SignInResponse, UserProfile } from '../../validators/identity/auth.schema.ts';

export interface AccountRouteDeps {
  readonly accounts: AccountController;
}

const endpoint = endpointsFor<AccountRouteDeps>();
const tags = ['Accounts'] as const;

export const signUp = endpoint({
  method: 'post',
  path: '/api/auth/signup',
  operationId: 'signUp',
  summary: 'Sign up',
  description:
    'Makes an account that can be used once its address is verified by the mailed link. The answer is the same for an address that has an account already: its owner learns of it by e-mail.',
  tags,
  access: publicBecause('whoever signs up has no account yet'),
  body: SignUpRequest,
  success: { status: 202, schema: MailRequested },
  errors: ['PASSWORD_REFUSED', 'SIGN_IN_BUSY'],
  rateLimit: 'auth',
  audit: 'user.signed_up',
  handler: ({ accounts }, { body, ctx }) => accounts.signUp(ctx, body),
});

export const verifyEmail = endpoint({
  method: 'post',
  path: '/api/auth/verify-email',
  operationId: 'verifyEmail',
  summary: 'Verify an e-mail address',
  description: 'Uses up the token of the mailed link. Opening the link alone changes nothing.',
  tags,
  access: publicBecause('the mailed token is the proof'),
  body: VerifyEmailRequest,
  success: { status: 204 },
  errors: ['ONE_TIME_TOKEN_INVALID'],
  rateLimit: 'auth',
  audit: 'user.email_verified',
  handler: ({ accounts }, { body, ctx }) => accounts.verifyEmail(ctx, body),
});

export const resendVerification = endpoint({
  method: 'post',
  path: '/api/auth/resend-verification',
  operationId: 'resendVerification',
  summary: 'Send the verification mail again',
  description: 'The answer is the same for every address. The newest link is the one that works.',
  tags,
  access: publicBecause('whoever asks can not sign in yet'),
  body: AddressRequest,
  success: { status: 202, schema: MailRequested },
  rateLimit: 'auth',
  audit: 'user.verification_requested',
  handler: ({ accounts }, { body, ctx }) => accounts.resendVerification(ctx, body),
});

export const requestPasswordReset = endpoint({
  method: 'post',
  path: '/api/auth/forgot-password',
  operationId: 'requestPasswordReset',
  summary: 'Ask for a link to set a new password',
  description:
    'The answer is the same for every address. The password stays what it is until the link is used; the newest link is the one that works.',
  tags,
  access: publicBecause('whoever has forgotten the password can not sign in'),
  body: AddressRequest,
  success: { status: 202, schema: MailRequested },
  rateLimit: 'auth',
  audit: 'user.password_reset_requested',
  handler: ({ accounts }, { body, ctx }) => accounts.requestPasswordReset(ctx, body),
});

export const resetPassword = endpoint({
  method: 'post',
  path: '/api/auth/reset-password',
  operationId: 'resetPassword',
  summary: 'Set a new password by a mailed token',
  description:
    'Ends every session and signs nobody in; a second factor is still asked for. A password that is refused does not use up the token.',
  tags,
  access: publicBecause('the mailed token is the proof'),
  body: ResetPasswordRequest,
  success: { status: 204 },
  errors: ['ONE_TIME_TOKEN_INVALID', 'PASSWORD_REFUSED', 'SIGN_IN_BUSY'],
  rateLimit: 'auth',
  audit: 'user.password_reset',
  handler: ({ accounts }, { body, ctx }) => accounts.resetPassword(ctx, body),
});

export const changePassword = endpoint({
  method: 'post',
  path: '/api/auth/change-password',
  operationId: 'changePassword',
  summary: 'Change the password',
  description: 'Every other session ends, this one goes on.',
  tags,
  access: user(),
  body: ChangePasswordRequest,
  success: { status: 204 },
  errors: ['CURRENT_PASSWORD_WRONG', 'PASSWORD_REFUSED', 'TOO_MANY_ATTEMPTS', 'SIGN_IN_BUSY'],
  rateLimit: 'auth',
  audit: 'user.password_changed',
  handler: ({ accounts }, { body, ctx }) => accounts.changePassword(ctx, body),
});

export const requestMagicLink = endpoint({
  method: 'post',
  path: '/api/auth/magic-link',
  operationId: 'requestMagicLink',
  summary: 'Ask for a link that signs in',
  description:
    'The answer is the same for every address. The link works in the browser that asked; another one needs the confirmation code as well.',
  tags,
  access: publicBecause('this is a way to sign in'),
  body: MagicLinkRequest,
  success: { status: 202, schema: MagicLinkRequested },
  rateLimit: 'auth',
  audit: 'user.magic_link_requested',
  handler: ({ accounts }, { body, ctx, cookies }) => accounts.requestMagicLink(ctx, body, cookies),
});

export const verifyMagicLink = endpoint({
  method: 'post',
  path: '/api/auth/magic-link/verify',
  operationId: 'verifyMagicLink',
  summary: 'Sign in with a mailed token',
  description:
    'Exchanges the token for a session, or for the question for the second factor. A missing code does not use up the token; five wrong ones do for other browsers than the one that asked.',
  tags,
  access: publicBecause('this is a way to sign in'),
  body: VerifyMagicLinkRequest,
  success: { status: 200, schema: SignInResponse },
  errors: [
    'ONE_TIME_TOKEN_INVALID',
    'CONFIRMATION_CODE_REQUIRED',
    'CONFIRMATION_CODE_WRONG',
    'TENANT_ACCESS_DENIED',
    'SIGN_IN_METHOD_DISABLED',
  ],
  rateLimit: 'auth',
  audit: 'session.created',
  handler: ({ accounts }, { body, ctx, cookies }) => accounts.verifyMagicLink(ctx, body, cookies),
});

export const updateMe = endpoint({
  method: 'patch',
  path: '/api/auth/me',
  operationId: 'updateMe',
  summary: 'Change the own profile',
  description: 'What is absent stays.',
  tags,
  access: user(),
  body: UpdateMeRequest,
  success: { status: 200, schema: UserProfile },
  audit: 'user.profile_updated',
  handler: ({ accounts }, { body, ctx }) => accounts.updateMe(ctx, body),
});

export const signUpSinger: Endpoint<AccountRouteDeps> = {
  ...signUp,
  path: '/v1/auth/signup',
  operationId: 'signUpSinger',
  summary: 'Sign up as a singer',
  description: 'As `/api/auth/signup`: a singer is a user without a membership.',
};

export const requestSingerPasswordReset: Endpoint<AccountRouteDeps> = {
  ...requestPasswordReset,
  path: '/v1/auth/forgot-password',
  operationId: 'requestSingerPasswordReset',
  summary: 'Ask for a link to set a new password (singers)',
};

export const resetSingerPassword: Endpoint<AccountRouteDeps> = {
  ...resetPassword,
  path: '/v1/auth/reset-password',
  operationId: 'resetSingerPassword',
  summary: 'Set a new password by a mailed token (singers)',
};

export const verifySingerEmail: Endpoint<AccountRouteDeps> = {
  ...verifyEmail,
  path: '/v1/auth/verify-email',
  operationId: 'verifySingerEmail',
  summary: 'Verify an e-mail address (singers)',
};

export const requestSingerMagicLink: Endpoint<AccountRouteDeps> = {
  ...requestMagicLink,
  path: '/v1/auth/magic-link',
  operationId: 'requestSingerMagicLink',
  summary: 'Ask for a link that signs in (singers)',
};

export const accountEndpoints = [
  signUp,
  verifyEmail,
  resendVerification,
  requestPasswordReset,
  resetPassword,
  changePassword,
  requestMagicLink,
  verifyMagicLink,
  updateMe,
  signUpSinger,
  requestSingerPasswordReset,
  resetSingerPassword,
  verifySingerEmail,
  requestSingerMagicLink,
] as const;
