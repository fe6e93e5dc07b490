import { stringify } from 'csv-stringify/sync';
import type { ImportReportEntry } from '../../types/tenancy/platform-user-import.ts';

/** A report as CSV, with a header; what a spreadsheet would take for a formula is text. */
export const toReportCsv = (entries: readonly ImportReportEntry[]): string =>
  stringify([...entries], {
    header: true,
    columns: ['line', 'column', 'code', 'message'],
    escape_formulas: true,
    record_delimiter: 'windows',
  });
