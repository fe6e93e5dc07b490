import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { ExportedPerson } from '../../types/tenancy/data-export.ts';
import { type SpreadsheetRow, spreadsheetStream } from '../../utils/spreadsheet.ts';

/** The columns of an export, in their order. */
const COLUMNS: Readonly<Record<string, (person: ExportedPerson) => string | null>> = {
  id: ({ id }) => id,
  kind: ({ kind }) => kind,
  name: ({ name }) => name,
  email: ({ email }) => email,
  phone: ({ phone }) => phone,
  status: ({ status }) => status,
  libraryId: ({ libraryId }) => libraryId,
  library: ({ library }) => library,
  reference: ({ reference }) => reference,
  notes: ({ notes }) => notes,
  studentEmails: ({ studentEmails }) => (studentEmails.length === 0 ? null : studentEmails.join(';')),
  createdAt: ({ createdAt }) => createdAt,
  updatedAt: ({ updatedAt }) => updatedAt,
};

const HEADER = Object.keys(COLUMNS);
const cellsOf = Object.values(COLUMNS);

async function* rowsOf(batches: AsyncIterable<readonly ExportedPerson[]>): AsyncGenerator<readonly SpreadsheetRow[]> {
  for await (const batch of batches) yield batch.map((person) => cellsOf.map((cellOf) => cellOf(person)));
}

/**
 * Text that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection). RFC 4180; the byte order
 * mark tells Excel that it is UTF-8.
 */
const toCsv = (rows: readonly SpreadsheetRow[], bom = false): string =>
  stringify([...rows], { bom, escape_formulas: true, record_delimiter: 'windows' });

async function* csvOf(batches: AsyncIterable<readonly ExportedPerson[]>): AsyncGenerator<string> {
  yield toCsv([HEADER], true);
  for await (const rows of rowsOf(batches)) if (rows.length > 0) yield toCsv(rows);
}

/** People as a file that is made while it is read, a batch at a time. */
export const platformUserFile = (
  format: 'csv' | 'xlsx',
  batches: AsyncIterable<readonly ExportedPerson[]>,
): Readable =>
  format === 'csv'
    ? Readable.from(csvOf(batches), { objectMode: false })
    : spreadsheetStream({ sheetName: 'People', header: HEADER, batches: rowsOf(batches) });
