import { defineErrors } from './error-definition.ts';

export const identityErrors = defineErrors({
  UNAUTHENTICATED: { status: 401, message: 'Sign in first.', action: 'caller' },
  TOKEN_INVALID: { status: 401, message: 'The access token is not valid.', action: 'caller' },
  TOKEN_EXPIRED: { status: 401, message: 'The access token has expired.', action: 'caller' },
  SESSION_REVOKED: { status: 401, message: 'This session has ended. Sign in again.', action: 'caller' },
  INVALID_CREDENTIALS: { status: 401, message: 'E-mail or password is wrong.', action: 'caller' },
  REFRESH_TOKEN_INVALID: { status: 401, message: 'The refresh token is not valid. Sign in again.', action: 'caller' },
  FORBIDDEN: { status: 403, message: 'You lack the permission for this.', action: 'caller' },
  SIGN_IN_BUSY: {
    status: 503,
    message: 'Too many people are signing in right now. Try again in a moment.',
    action: 'operator',
  },
  TOO_MANY_ATTEMPTS: { status: 429, message: 'Too many attempts: wait and try again.', action: 'caller' },
  SESSION_RESTRICTED: {
    status: 403,
    message: 'Set up a second factor first: this is required here.',
    action: 'caller',
  },
  IMPERSONATION_FORBIDDEN: {
    status: 403,
    message: 'This can not be done in the place of somebody else.',
    action: 'caller',
  },
  CSRF_TOKEN_INVALID: { status: 403, message: 'The header X-CSRF-Token is missing or wrong.', action: 'caller' },
  TWO_FACTOR_REQUIRED: {
    status: 403,
    message: 'This tenant asks for a second factor. Sign in with one.',
    action: 'caller',
  },
  CHALLENGE_INVALID: {
    status: 401,
    message: 'The challenge is over, used, or was never given. Sign in again.',
    action: 'caller',
  },
  SIGN_IN_METHOD_DISABLED: {
    status: 403,
    message: 'This way to sign in is turned off here.',
    action: 'caller',
  },
  EMAIL_TAKEN: { status: 409, message: 'This e-mail address is already in use.', action: 'caller' },
});
