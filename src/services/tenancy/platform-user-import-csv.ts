import { pipeline } from 'node:stream';
import { CsvError, type CsvErrorCode, parse } from 'csv-parse';
import { z } from 'zod';
import type { ImportErrorCode, ImportField } from '../../types/tenancy/platform-user-import.ts';
import { ImportFileError } from './import-file-error.ts';
import { type ImportColumns, type RowFault, readColumns } from './platform-user-import-columns.ts';
import type { ImportSourceRow } from './platform-user-import-source.ts';

export interface CsvLimits {
  /** Bytes of one row. */
  readonly mostRowBytes: number;
}

const REQUIRED = ['kind', 'name', 'email'] as const satisfies readonly ImportField[];
const LINE_BREAK = /\r\n|\r|\n/g;

/** Spreadsheets take such cells for formulas; our exports put an apostrophe in front of them. */
const NEUTRALISED = /^'(?=[=+\-@\t\r])/;

/** The line where a record begins, and its cells. */
const NumberedRecord = z.tuple([z.string()], z.string());

/**
 * Reads CSV (RFC 4180) row by row; the first one names the columns. Empty lines are passed over.
 * @throws ImportFileError IMPORT_HEADER_INVALID, IMPORT_FILE_MALFORMED with the line where the broken row begins
 */
export async function* readCsv(
  source: AsyncIterable<Buffer>,
  { mostRowBytes }: CsvLimits,
): AsyncGenerator<ImportSourceRow> {
  const lines = createLineCount();
  const parser = parse({
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: mostRowBytes,
    on_record: (record, { empty_lines }) => [String(lines.next(record, empty_lines)), ...record],
  });
  pipeline(source, parser, () => undefined);
  let columns: ImportColumns | undefined;
  try {
    for await (const given of parser) {
      const [number, ...record] = NumberedRecord.parse(given);
      const line = Number(number);
      if (record.every((cell) => cell.trim() === '')) continue;
      if (columns === undefined) columns = readHeader(record, line);
      else yield toSourceRow(record, line, columns);
    }
  } catch (error) {
    throw error instanceof CsvError ? malformed(error.code, lines.upcoming(parser.info.empty_lines)) : error;
  }
}

/** Counts lines of the file: csv-parse counts a CRLF in quotes twice. */
function createLineCount() {
  let next = 1;
  let emptyLines = 0;
  /** Where the next row begins. */
  const upcoming = (emptyLinesSoFar: number): number => next + emptyLinesSoFar - emptyLines;
  return {
    upcoming,
    /** @returns the line where a row begins */
    next(record: readonly string[], emptyLinesSoFar: number): number {
      const line = upcoming(emptyLinesSoFar);
      emptyLines = emptyLinesSoFar;
      next = line + 1;
      for (const cell of record) next += cell.match(LINE_BREAK)?.length ?? 0;
      return line;
    },
  };
}

function readHeader(record: readonly string[], line: number): ImportColumns {
  const columns = readColumns(record);
  const missing = REQUIRED.filter((field) => !columns.names.has(field)).map(
    (field): RowFault => ({ column: field, code: 'COLUMN_MISSING', message: 'Every file has this column' }),
  );
  const faults = [...columns.faults, ...missing];
  if (faults.length > 0) {
    throw new ImportFileError(
      'IMPORT_HEADER_INVALID',
      faults.map((fault) => ({ line, ...fault })),
    );
  }
  return columns;
}

function toSourceRow(record: readonly string[], line: number, { fields, names }: ImportColumns): ImportSourceRow {
  if (record.length !== fields.length) {
    const message = `This row has ${record.length} cells, and there are ${fields.length} columns`;
    return { line, fault: { column: null, code: 'CELL_COUNT_WRONG', message } };
  }
  const values: Partial<Record<ImportField, unknown>> = {};
  for (const [index, field] of fields.entries()) {
    const cell = (record[index] ?? '').replace(NEUTRALISED, '').trim();
    if (field !== null && cell !== '') values[field] = field === 'studentEmails' ? cell.split(/[\s;,]+/) : cell;
  }
  return { line, values, names };
}

const TOO_LARGE: CsvErrorCode = 'CSV_MAX_RECORD_SIZE';

function malformed(code: CsvErrorCode, line: number): ImportFileError {
  const [reported, message]: [ImportErrorCode, string] =
    code === TOO_LARGE
      ? ['ROW_TOO_LARGE', 'This row is too large, or a quote that it opens is never closed']
      : [
          'FILE_MALFORMED',
          code === 'CSV_QUOTE_NOT_CLOSED' ? 'A quote is opened and never closed' : 'A quote is misplaced',
        ];
  return new ImportFileError('IMPORT_FILE_MALFORMED', [{ line, column: null, code: reported, message }]);
}
