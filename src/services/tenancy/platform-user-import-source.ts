import type { z } from 'zod';
import type {
  ImportErrorCode,
  ImportedPerson,
  ImportField,
  ImportRowError,
} from '../../types/tenancy/platform-user-import.ts';
import { ImportedPersonRow } from '../../validators/tenancy/platform-user-import.schema.ts';
import type { RowFault } from './platform-user-import-columns.ts';

/** A row as it stands in a file: its values, or why there are none. */
export type ImportSourceRow =
  | {
      readonly line: number;
      readonly values: Readonly<Partial<Record<ImportField, unknown>>>;
      /** What the file calls each field. */
      readonly names: ReadonlyMap<string, string>;
    }
  | { readonly line: number; readonly fault: RowFault };

/** A row whose values have been looked at: somebody, or what is wrong. */
export type CheckedRow =
  | { readonly line: number; readonly person: ImportedPerson }
  | { readonly line: number; readonly errors: readonly ImportRowError[] };

/** More help nobody: they keep what a batch holds in memory small. */
const MOST_ERRORS_OF_ROW = 10;

/** Validates a row by itself, by the rules of POST /api/platform-users. */
export function checkRow(row: ImportSourceRow): CheckedRow {
  const { line } = row;
  if ('fault' in row) return { line, errors: [{ line, ...row.fault }] };
  const checked = ImportedPersonRow.safeParse(row.values);
  if (checked.success) return { line, person: checked.data };
  const errors = checked.error.issues.slice(0, MOST_ERRORS_OF_ROW).map((issue): ImportRowError => {
    const field = String(issue.path[0]);
    return { line, column: row.names.get(field) ?? field, code: codeOf(issue, row.values), message: issue.message };
  });
  return { line, errors };
}

const codeOf = ({ path }: z.core.$ZodIssue, values: Readonly<Record<string, unknown>>): ImportErrorCode =>
  values[String(path[0])] === undefined ? 'FIELD_REQUIRED' : 'FIELD_INVALID';
