import { defineErrors } from './error-definition.ts';

export const commonErrors = defineErrors({
  VALIDATION_FAILED: { status: 400, message: 'The request is not valid.', action: 'caller' },
  MALFORMED_BODY: { status: 400, message: 'The body could not be read.', action: 'caller' },
  TENANT_REQUIRED: { status: 400, message: 'Name the tenant to work on in the X-Tenant-Id header.', action: 'caller' },
  ROUTE_NOT_FOUND: { status: 404, message: 'There is no such endpoint.', action: 'caller' },
  NOT_ACCEPTABLE: { status: 406, message: 'The answer is JSON or CSV: accept one of them.', action: 'caller' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This endpoint does not answer to that method.', action: 'caller' },
  BODY_TOO_LARGE: { status: 413, message: 'The body is larger than this endpoint accepts.', action: 'caller' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: 'The body must be application/json in UTF-8, or multipart/form-data where a file is taken.',
    action: 'caller',
  },
  RANGE_NOT_SATISFIABLE: { status: 416, message: 'The file has no such range of bytes.', action: 'caller' },
  REQUEST_TIMEOUT: { status: 408, message: 'The body took too long to arrive.', action: 'caller' },
  VERSION_CONFLICT: { status: 409, message: 'Somebody changed it in the meantime: read it again.', action: 'caller' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    message: 'This Idempotency-Key belongs to another request.',
    action: 'caller',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    message: 'A request with this Idempotency-Key is still running.',
    action: 'caller',
  },
  RATE_LIMITED: { status: 429, message: 'Too many requests: wait and try again.', action: 'caller' },
  INTERNAL_ERROR: { status: 500, message: 'Something went wrong on our side.', action: 'developer' },
  DATABASE_UNAVAILABLE: {
    status: 503,
    message: 'The database does not answer. Try again shortly.',
    action: 'operator',
  },
  NOT_READY: { status: 503, message: 'A part of the service does not answer.', action: 'operator' },
  STORAGE_UNAVAILABLE: {
    status: 503,
    message: 'The file storage does not answer. Try again shortly.',
    action: 'operator',
  },
});
