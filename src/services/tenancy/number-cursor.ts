import { appError } from '../../errors/app-error.ts';

const NUMBER = /^[1-9][0-9]{0,8}$/;

/** The cursor of a place in a list that is ordered by a number, such as a version: base64url of it. */
export const encodeNumberCursor = (number: number): string => Buffer.from(String(number)).toString('base64url');

/** @throws AppError VALIDATION_FAILED for anything that encodeNumberCursor can't have made */
export function decodeNumberCursor(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (NUMBER.test(text) && encodeNumberCursor(Number(text)) === cursor) return Number(text);
  throw appError('VALIDATION_FAILED', {
    details: [{ path: 'query.cursor', message: "Must be an earlier answer's meta.nextCursor" }],
  });
}
