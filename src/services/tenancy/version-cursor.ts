import { appError } from '../../errors/app-error.ts';

const VERSION = /^[1-9][0-9]{0,8}$/;

/** The cursor of a place in a history that is ordered by version: base64url of its number. */
export const encodeVersionCursor = (version: number): string => Buffer.from(String(version)).toString('base64url');

/** @throws AppError VALIDATION_FAILED for anything that encodeVersionCursor can't have made */
export function decodeVersionCursor(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (VERSION.test(text) && encodeVersionCursor(Number(text)) === cursor) return Number(text);
  throw appError('VALIDATION_FAILED', {
    details: [{ path: 'query.cursor', message: "Must be an earlier answer's meta.nextCursor" }],
  });
}
