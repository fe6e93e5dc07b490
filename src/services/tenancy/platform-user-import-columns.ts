import type { ImportField, ImportRowError } from '../../types/tenancy/platform-user-import.ts';

/** What is wrong with a row before its values are looked at. */
export type RowFault = Omit<ImportRowError, 'line'>;

/** The columns of a file or the keys of an object, in their order; null where one is unknown or stands there twice. */
export interface ImportColumns {
  readonly fields: ReadonlyArray<ImportField | null>;
  /** What the file calls each field. */
  readonly names: ReadonlyMap<ImportField, string>;
  readonly faults: readonly RowFault[];
}

const FIELDS = [
  'kind',
  'name',
  'email',
  'phone',
  'status',
  'libraryId',
  'reference',
  'notes',
  'studentEmails',
] as const satisfies readonly ImportField[];

const LONGEST_NAME = 60;

/** `library_id`, `libraryId` and `Library ID` are the same column. */
const keyOf = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '');

const fieldsByKey: ReadonlyMap<string, ImportField> = new Map(FIELDS.map((field) => [keyOf(field), field]));

const shortened = (name: string): string => Array.from(name).slice(0, LONGEST_NAME).join('');

/** Tells which field each column is. */
export function readColumns(names: readonly string[]): ImportColumns {
  const known = new Map<ImportField, string>();
  const faults: RowFault[] = [];
  const fields = names.map((name) => {
    const field = fieldsByKey.get(keyOf(name));
    if (field === undefined) {
      faults.push({ column: shortened(name), code: 'COLUMN_UNKNOWN', message: 'There is no such column' });
      return null;
    }
    if (known.has(field)) {
      faults.push({ column: shortened(name), code: 'COLUMN_REPEATED', message: 'This column is there already' });
      return null;
    }
    known.set(field, shortened(name));
    return field;
  });
  return { fields, names: known, faults };
}
