import type { TenantId } from '../ids.ts';

import type { PlatformUserKind, PlatformUserStatus } from './platform-user.ts';

export type ImportFormat = 'csv' | 'json';

/** What becomes of the valid rows of a file that has others: nothing, or all that the file is without them. */
export type ImportMode = 'all_or_nothing' | 'skip_invalid';

export type ImportStatus = 'queued' | 'running' | 'succeeded' | 'failed';

/** How far an import has come. */
export interface ImportProgress {
  /** Of the file. */
  readonly bytesRead: number;
  readonly rowsRead: number;
  /** Rows with at least one error. */
  readonly rowsInvalid: number;
  /** All of them; not all are kept. */
  readonly errorCount: number;
}

/** People brought into a tenant from a file. Times are ISO 8601. */
export interface PlatformUserImport extends ImportProgress {
  readonly id: string;
  readonly format: ImportFormat;
  readonly mode: ImportMode;
  readonly fileName: string;
  /** Of the file, in lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Where the file is until the import has ended; null afterwards. */
  readonly storageKey: string | null;
  readonly status: ImportStatus;
  /** Bytes. */
  readonly fileSize: number;
  readonly rowsImported: number;
  /** Why it failed, as a code of the error registry. */
  readonly failureCode: string | null;
  readonly createdBy: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export type NewPlatformUserImport = Pick<
  PlatformUserImport,
  'id' | 'format' | 'mode' | 'fileName' | 'sha256' | 'fileSize' | 'createdBy' | 'createdAt'
> & { readonly storageKey: string };

/** An import whose file is still there although nobody works at it. */
export interface LeftImport {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly storageKey: string | null;
  readonly status: ImportStatus;
}

/** One run of an import. A later run takes the import over: what an earlier one still writes is refused. */
export interface ImportRun {
  readonly importId: string;
  /** When the run began, later than any before it. */
  readonly startedAt: string;
  readonly format: ImportFormat;
}

/** The fields of a person that a file may have. */
export type ImportField =
  | 'kind'
  | 'name'
  | 'email'
  | 'phone'
  | 'status'
  | 'libraryId'
  | 'reference'
  | 'notes'
  | 'studentEmails';

/** Somebody in a file, valid by themselves. */
export interface ImportedPerson {
  readonly kind: PlatformUserKind;
  readonly name: string;
  readonly email: string;
  readonly phone: string | null;
  readonly status: PlatformUserStatus;
  readonly libraryId: string | null;
  readonly reference: string | null;
  readonly notes: string | null;
  /** Of a parent: the students they look after. */
  readonly studentEmails: readonly string[];
}

/** A valid row that waits for the end of its file. */
export interface StagedRow {
  /** Which row of the file it is, from 1. */
  readonly row: number;
  readonly person: ImportedPerson;
}

export type ImportErrorCode =
  | 'CELL_COUNT_WRONG'
  | 'COLUMN_MISSING'
  | 'COLUMN_REPEATED'
  | 'COLUMN_UNKNOWN'
  | 'EMAIL_REPEATED'
  | 'EMAIL_TAKEN'
  | 'FIELD_INVALID'
  | 'FIELD_REQUIRED'
  | 'FILE_MALFORMED'
  | 'LIBRARY_UNKNOWN'
  | 'ROW_NESTED_TOO_DEEP'
  | 'ROW_TOO_LARGE'
  | 'STUDENT_UNKNOWN'
  | 'TOO_MANY_ROWS';

/** What is wrong with a row. */
export interface ImportRowError {
  /** Of the file, from 1: where the row begins. */
  readonly line: number;
  /** As the file calls it; null where the row as a whole is wrong. */
  readonly column: string | null;
  readonly code: ImportErrorCode;
  /** Says nothing of what stands in the file. */
  readonly message: string;
}

/** An error in its place in the report, counted from 1. */
export interface ImportReportEntry extends ImportRowError {
  readonly position: number;
}
