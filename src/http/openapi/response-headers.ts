import { type Components, componentRef, type Header, type Reference } from './openapi-document.ts';

/** Headers of answers. RateLimit and RateLimit-Policy: draft-ietf-httpapi-ratelimit-headers-10. */
export const responseHeaders = {
  'X-Request-Id': {
    description: "Names this request in logs and audit entries: the caller's own X-Request-Id where it is a sane one.",
    schema: { type: 'string', examples: ['7b0c1f4e-6a55-4c0e-9d3a-2f61a0d4c9b7'] },
  },
  RateLimit: {
    description: 'What is left of the budget (r) and the seconds until it is whole again (t).',
    schema: { type: 'string', examples: ['"read";r=598;t=41'] },
  },
  'RateLimit-Policy': {
    description: 'The budget: requests (q) per window of seconds (w).',
    schema: { type: 'string', examples: ['"read";q=600;w=60'] },
  },
  'Retry-After': {
    description: 'Seconds to wait before trying again.',
    schema: { type: 'integer', minimum: 0, examples: [41] },
  },
  'WWW-Authenticate': {
    description: 'The scheme to authenticate with.',
    schema: { type: 'string', examples: ['Bearer'] },
  },
  'Idempotent-Replayed': {
    description: 'Present where the answer is the stored one of an earlier request with the same Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
  'Content-Disposition': {
    description: "The file's name.",
    schema: { type: 'string', examples: ['attachment; filename="INV-2026-000041.pdf"'] },
  },
  ETag: {
    description: 'The version of the content, for If-Range.',
    schema: { type: 'string', examples: ['"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"'] },
  },
  'Accept-Ranges': {
    description: 'Parts of the content can be asked for.',
    schema: { type: 'string', const: 'bytes' },
  },
  'Content-Range': {
    description: 'Which part of the content this is, and how long all of it is.',
    schema: { type: 'string', examples: ['bytes 0-1023/146515'] },
  },
} as const satisfies Components['headers'];

type HeaderName = keyof typeof responseHeaders;

const ALWAYS: readonly HeaderName[] = ['X-Request-Id', 'RateLimit', 'RateLimit-Policy'];

/** The headers of an answer with this status, and those its kind adds. */
export function headersOf(status: number, added: readonly HeaderName[] = []): Record<string, Header | Reference> {
  const names: HeaderName[] = [...ALWAYS, ...added];
  if (status === 429 || status === 503) names.push('Retry-After');
  if (status === 401) names.push('WWW-Authenticate');
  return Object.fromEntries(names.map((name) => [name, componentRef('headers', name)]));
}
