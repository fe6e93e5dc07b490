import type { Request } from 'express';
import { appError } from '../errors/app-error.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The request's Idempotency-Key: bare, or quoted as a structured-field string.
 * @returns null when there is none
 * @throws AppError VALIDATION_FAILED for one that is empty, too long or not printable ASCII
 */
export function idempotencyKeyOf(req: Request): string | null {
  const header = req.headers['idempotency-key'];
  if (header === undefined) return null;
  const key = typeof header === 'string' ? header.trim().replace(/^"(.*)"$/, '$1') : '';
  if (!KEY.test(key)) {
    throw appError('VALIDATION_FAILED', {
      details: [{ path: 'headers.idempotency-key', message: 'Must be 1 to 255 printable characters' }],
    });
  }
  return key;
}
