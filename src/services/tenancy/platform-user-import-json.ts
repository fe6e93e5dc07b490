import type { ImportField } from '../../types/tenancy/platform-user-import.ts';
import { JsonListError, type JsonObjectLimits, jsonObjects } from '../../utils/json-objects.ts';
import { ImportFileError } from './import-file-error.ts';
import { readColumns } from './platform-user-import-columns.ts';
import type { ImportSourceRow } from './platform-user-import-source.ts';

/**
 * Reads an array of objects, or one object after the other (NDJSON), each of them by itself.
 * @throws ImportFileError IMPORT_FILE_MALFORMED with the line where the broken object begins
 */
export async function* readJson(
  source: AsyncIterable<Buffer>,
  limits: JsonObjectLimits,
): AsyncGenerator<ImportSourceRow> {
  try {
    for await (const object of jsonObjects(source, limits)) {
      const { line } = object;
      if ('text' in object) yield toSourceRow(object.text, line);
      else if (object.fault === 'too_large') {
        yield { line, fault: { column: null, code: 'ROW_TOO_LARGE', message: 'This row is too large' } };
      } else {
        yield { line, fault: { column: null, code: 'ROW_NESTED_TOO_DEEP', message: 'This row is nested too deep' } };
      }
    }
  } catch (error) {
    throw error instanceof JsonListError ? malformed(error.line, error.message) : error;
  }
}

const malformed = (line: number, message: string): ImportFileError =>
  new ImportFileError('IMPORT_FILE_MALFORMED', [{ line, column: null, code: 'FILE_MALFORMED', message }]);

/** Keys are looked up and never assigned: `__proto__` is an unknown column like any other. */
function toSourceRow(text: string, line: number): ImportSourceRow {
  const given = Object.entries<unknown>({ ...parsed(text, line) });
  const { fields, names, faults } = readColumns(given.map(([key]) => key));
  const [fault] = faults;
  if (fault !== undefined) return { line, fault };
  const values: Partial<Record<ImportField, unknown>> = {};
  for (const [index, field] of fields.entries()) if (field !== null) values[field] = given[index]?.[1];
  return { line, values, names };
}

function parsed(text: string, line: number): object {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(line, 'This is no valid JSON');
  }
}
