import { z } from 'zod';
import { appError } from '../../errors/app-error.ts';
import type { AuditPosition } from '../../types/insight/audit-entry.ts';

const Position = z.tuple([
  z.iso.datetime({ precision: 3 }).refine((value) => !value.startsWith('0000')),
  z.uuid().lowercase(),
]);

/** The cursor of a position: base64url of `occurredAt|id`. It grants nothing: the scope decides what a list shows. */
export const encodeCursor = ({ occurredAt, id }: AuditPosition): string =>
  Buffer.from(`${occurredAt}|${id}`).toString('base64url');

/** @throws AppError VALIDATION_FAILED for anything that encodeCursor can't have made */
export function decodeCursor(cursor: string): AuditPosition {
  const parsed = Position.safeParse(Buffer.from(cursor, 'base64url').toString().split('|'));
  if (parsed.success) {
    const [occurredAt, id] = parsed.data;
    if (encodeCursor({ occurredAt, id }) === cursor) return { occurredAt, id };
  }
  throw appError('VALIDATION_FAILED', {
    details: [{ path: 'query.cursor', message: "Must be an earlier answer's meta.nextCursor" }],
  });
}
