import type { TwoFactorController } from '../../controllers/identity/two-factor.controller.ts';
import { publicBecause, user } from '../../http/access.ts';
import { type Endpoint, endpointsFor } from '../../http/endpoint.ts';
import {
  CreateRecoveryCodesRequest,
  DisableTwoFactorRequest,
  RecoveryCodesResponse,
  SetUpTwoFactorRequest,
  TwoFactorSetupResponse,
  VerifyTwoFactorRequest,
  VerifyTwoFactorResponse,
} from '../../validators/identity/two-factor.schema.ts';

export interface TwoFactorRouteDeps {
  readonly twoFactor: TwoFactorController;
}

const endpoint = endpointsFor<TwoFactorRouteDeps>();
const tags = ['Authentication'] as const;

export const setUpTwoFactor = endpoint({
  method: 'post',
  path: '/api/auth/2fa/setup',
  operationId: 'setUpTwoFactor',
  summary: 'Set up an authenticator app',
  description:
    'Answers with a secret for the app, as text and as QR code. It is asked of nobody until its first code has been sent to /api/auth/2fa/verify. Needs the password again, unless the session waits for this set-up.',
  tags,
  access: user({ duringEnrolment: true }),
  body: SetUpTwoFactorRequest,
  success: { status: 200, schema: TwoFactorSetupResponse },
  errors: [
    'TWO_FACTOR_ALREADY_ENABLED',
    'CURRENT_PASSWORD_WRONG',
    'TOO_MANY_ATTEMPTS',
    'SESSION_REVOKED',
    'SIGN_IN_BUSY',
  ],
  rateLimit: 'auth',
  audit: 'two_factor.setup_started',
  handler: ({ twoFactor }, { body, ctx }) => twoFactor.setUp(ctx, body),
});

export const verifyTwoFactor = endpoint({
  method: 'post',
  path: '/api/auth/2fa/verify',
  operationId: 'verifyTwoFactor',
  summary: 'Answer a challenge of the second factor',
  description:
    'Goes on from a sign-in that answered `two_factor_required`, with a code or a recovery code; or puts a new authenticator app into force with its first code, which ends the other sessions of the user. A code is good once, a challenge for five attempts.',
  tags,
  access: publicBecause('there is no session yet; the challenge is the proof of the first factor'),
  body: VerifyTwoFactorRequest,
  success: { status: 200, schema: VerifyTwoFactorResponse },
  errors: [
    'CHALLENGE_INVALID',
    'TWO_FACTOR_CODE_INVALID',
    'TOO_MANY_ATTEMPTS',
    'TENANT_ACCESS_DENIED',
    'SIGN_IN_METHOD_DISABLED',
  ],
  rateLimit: 'auth',
  audit: 'session.created',
  handler: ({ twoFactor }, { body, ctx, cookies }) => twoFactor.verify(ctx, body, cookies),
});

export const disableTwoFactor = endpoint({
  method: 'post',
  path: '/api/auth/2fa/disable',
  operationId: 'disableTwoFactor',
  summary: 'Disable the second factor',
  description:
    'Needs the password and a code or a recovery code. The recovery codes are void, and the other sessions of the user end.',
  tags,
  access: user(),
  body: DisableTwoFactorRequest,
  success: { status: 204 },
  errors: [
    'TWO_FACTOR_NOT_ENABLED',
    'TWO_FACTOR_REQUIRED_BY_POLICY',
    'CURRENT_PASSWORD_WRONG',
    'TWO_FACTOR_CODE_INVALID',
    'TOO_MANY_ATTEMPTS',
    'SESSION_REVOKED',
    'SIGN_IN_BUSY',
  ],
  rateLimit: 'auth',
  audit: 'two_factor.disabled',
  handler: ({ twoFactor }, { body, ctx }) => twoFactor.disable(ctx, body),
});

export const createRecoveryCodes = endpoint({
  method: 'post',
  path: '/api/auth/2fa/recovery-codes',
  operationId: 'createRecoveryCodes',
  summary: 'Make ten new recovery codes',
  description: 'Those before are void. Needs the password, or a code of the app.',
  tags,
  access: user(),
  body: CreateRecoveryCodesRequest,
  success: { status: 200, schema: RecoveryCodesResponse },
  errors: [
    'TWO_FACTOR_NOT_ENABLED',
    'CURRENT_PASSWORD_WRONG',
    'TWO_FACTOR_CODE_INVALID',
    'TOO_MANY_ATTEMPTS',
    'SESSION_REVOKED',
    'SIGN_IN_BUSY',
  ],
  rateLimit: 'auth',
  audit: 'recovery_codes.replaced',
  handler: ({ twoFactor }, { body, ctx }) => twoFactor.createRecoveryCodes(ctx, body),
});

export const setUpSingerTwoFactor: Endpoint<TwoFactorRouteDeps> = {
  ...setUpTwoFactor,
  path: '/v1/auth/2fa/setup',
  operationId: 'setUpSingerTwoFactor',
  summary: "Set up a singer's authenticator app",
};

export const verifySingerTwoFactor: Endpoint<TwoFactorRouteDeps> = {
  ...verifyTwoFactor,
  path: '/v1/auth/2fa/verify',
  operationId: 'verifySingerTwoFactor',
  summary: "Answer a challenge of a singer's second factor",
};

export const twoFactorEndpoints = [
  setUpTwoFactor,
  verifyTwoFactor,
  disableTwoFactor,
  createRecoveryCodes,
  setUpSingerTwoFactor,
  verifySingerTwoFactor,
] as const;
