import type { ErrorCode } from '../../errors/registry.ts';
import type { AccessRule } from '../../types/access-rule.ts';
import { isGuardedByAddress } from '../address-guard.ts';
import type { DescribedEndpoint } from './described-endpoint.ts';

const SESSION_CODES: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'SESSION_REVOKED',
  'API_KEY_INVALID',
];
const SCOPE_CODES: readonly ErrorCode[] = [
  'VALIDATION_FAILED',
  'TENANT_ACCESS_DENIED',
  'TENANT_SUSPENDED',
  'TENANT_NOT_FOUND',
];
const BODY_CODES: readonly ErrorCode[] = [
  'REQUEST_TIMEOUT',
  'MALFORMED_BODY',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
];
const UPLOAD_CODES: readonly ErrorCode[] = ['VALIDATION_FAILED', 'MALFORMED_BODY', 'UNSUPPORTED_MEDIA_TYPE'];
const IDEMPOTENCY_CODES: readonly ErrorCode[] = [
  'VALIDATION_FAILED',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_IN_PROGRESS',
];

const refusalsOf = (rule: Extract<AccessRule, { kind: 'user' }>): readonly ErrorCode[] => [
  ...(rule.duringEnrolment ? [] : (['SESSION_RESTRICTED'] as const)),
  ...(rule.impersonated ? [] : (['IMPERSONATION_FORBIDDEN'] as const)),
];

function accessCodesOf(rule: AccessRule): readonly ErrorCode[] {
  switch (rule.kind) {
    case 'public':
      return [];
    case 'signature':
      return ['UNAUTHENTICATED'];
    case 'organizationAdmin':
      return ['UNAUTHENTICATED', 'TOKEN_INVALID', 'TOKEN_EXPIRED'];
    case 'user':
      return [...SESSION_CODES, 'VALIDATION_FAILED', 'TENANT_ACCESS_DENIED', 'FORBIDDEN', ...refusalsOf(rule)];
    case 'platform':
      return [...SESSION_CODES, 'FORBIDDEN', 'SESSION_RESTRICTED'];
    case 'tenant': {
      const codes: readonly ErrorCode[] = [...SESSION_CODES, ...SCOPE_CODES, 'FORBIDDEN', 'SESSION_RESTRICTED'];
      return rule.platformWide ? codes : [...codes, 'TENANT_REQUIRED'];
    }
  }
}

/** The codes that an endpoint's access, input and options imply: those of the chain in front of its handler. */
export function impliedErrorCodesOf(endpoint: DescribedEndpoint): ErrorCode[] {
  const { access, entitlement, params, query, body, upload, rawBody, idempotent, success } = endpoint;
  const hasInput = params !== undefined || query !== undefined || body !== undefined;
  const isAsset = 'site' in success || 'document' in success;
  const codes = new Set<ErrorCode>([
    ...accessCodesOf(access.rule),
    ...(entitlement === undefined ? [] : (['ENTITLEMENT_MISSING'] as const)),
    ...(isGuardedByAddress(endpoint) ? (['ADDRESS_NOT_ALLOWED'] as const) : []),
    ...(hasInput ? (['VALIDATION_FAILED'] as const) : []),
    ...(body === undefined ? [] : BODY_CODES),
    ...(upload === undefined ? [] : UPLOAD_CODES),
    ...(rawBody === undefined ? [] : BODY_CODES),
    ...(endpoint.refusesCardNumbers ? (['CARD_NUMBER_REFUSED'] as const) : []),
    ...('file' in success && success.file.seekable === true ? (['RANGE_NOT_SATISFIABLE'] as const) : []),
    ...(idempotent ? IDEMPOTENCY_CODES : []),
    ...('report' in success ? (['NOT_ACCEPTABLE'] as const) : []),
    'RATE_LIMITED',
    'INTERNAL_ERROR',
    ...(isAsset ? [] : (['DATABASE_UNAVAILABLE'] as const)),
  ]);
  return [...codes];
}

/** Every code of the registry that an endpoint can answer: what it declares and what it implies. Anything else is a defect. */
export const errorCodesOf = (endpoint: DescribedEndpoint): ErrorCode[] => [
  ...new Set([...endpoint.errors, ...impliedErrorCodesOf(endpoint)]),
];
