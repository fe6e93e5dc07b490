import pg from 'pg';

const TIMESTAMPTZ = 1184;
const INT8 = 20;

/** "2026-11-20 12:55:43.12+00" (the connections' time zone is UTC) -> "2026-11-20T12:55:43.120Z" */
export function toIsoTimestamp(text: string): string {
  if (!text.endsWith('+00') || text.charAt(10) !== ' ') return new Date(text).toISOString();
  const seconds = text.slice(11, 19);
  const fraction = text.slice(20, -3).slice(0, 3).padEnd(3, '0');
  return `${text.slice(0, 10)}T${seconds}.${fraction}Z`;
}

const parsers: Record<number, (text: string) => unknown> = { [TIMESTAMPTZ]: toIsoTimestamp, [INT8]: Number };

/** How columns become values in SQL results: times as ISO strings, bigint counts as numbers, the rest as pg does. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    const parser = format === 'binary' ? undefined : parsers[oid];
    return parser ?? pg.types.getTypeParser(oid, format);
  },
};

/**
 * A value as pg can write it. Objects become JSON here and not in pg, which on a failure (a cycle, a bigint) closes the prepared
 * statement that it goes on using: every later call of it on that connection would fail.
 */
export function toParameter(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value;
  return Array.isArray(value) ? value.map(toParameter) : JSON.stringify(value);
}
