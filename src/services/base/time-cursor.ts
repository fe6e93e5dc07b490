import { z } from 'zod';
import { appError } from '../../errors/app-error.ts';
import type { Slice, SlicePart, SliceRequest, TimePosition } from '../../types/page.ts';

const Position = z.tuple([
  z.iso.datetime({ precision: 3 }).refine((value) => !value.startsWith('0000')),
  z.uuid().lowercase(),
]);

/** The cursor of a position: base64url of `occurredAt|id`. It grants nothing: the scope decides what a list shows. */
const encodeCursor = ({ occurredAt, id }: TimePosition): string =>
  Buffer.from(`${occurredAt}|${id}`).toString('base64url');

/** @throws AppError VALIDATION_FAILED for anything that encodeCursor can't have made */
function decodeCursor(cursor: string): TimePosition {
  const parsed = Position.safeParse(Buffer.from(cursor, 'base64url').toString().split('|'));
  if (parsed.success) {
    const [occurredAt, id] = parsed.data;
    if (encodeCursor({ occurredAt, id }) === cursor) return { occurredAt, id };
  }
  throw appError('VALIDATION_FAILED', {
    details: [{ path: 'query.cursor', message: "Must be an earlier answer's meta.nextCursor" }],
  });
}

/**
 * A slice of an endless list that runs from the newest row to the oldest. One row more than it shows is read, which tells
 * whether another slice follows.
 * @throws AppError VALIDATION_FAILED for a cursor that no answer gave
 */
export async function readSlice<Row extends TimePosition>(
  { limit, cursor }: SliceRequest,
  read: (part: SlicePart) => Promise<readonly Row[]>,
): Promise<Slice<Row>> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const found = await read({ limit: limit + 1, after });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, limit, nextCursor: found.length > limit && last !== undefined ? encodeCursor(last) : null };
}
