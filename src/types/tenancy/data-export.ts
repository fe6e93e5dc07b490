import type { PageRequest } from '../page.ts';
import type { PlatformUserFilter } from './platform-user.ts';

export type DataExportKind = 'platform_users' | 'tenant';
export type DataExportFormat = 'csv' | 'xlsx' | 'zip';
export type DataExportStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'expired';

/** Which people an export has; a tenant's archive has no filter. */
export type PlatformUserExportFilter = Pick<PlatformUserFilter, 'kind' | 'status' | 'libraryId' | 'search'>;

/** A file with a tenant's data that is made in the background. Times are ISO 8601. */
export interface DataExport {
  readonly id: string;
  readonly kind: DataExportKind;
  readonly format: DataExportFormat;
  readonly filter: PlatformUserExportFilter;
  readonly status: DataExportStatus;
  /** So far, while it is being written. */
  readonly rowsWritten: number;
  readonly storageKey: string | null;
  /** Bytes. */
  readonly size: number | null;
  /** In lower-case hexadecimal digits. */
  readonly sha256: string | null;
  /** A code of the error registry. */
  readonly failureCode: string | null;
  readonly createdBy: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** When its file is deleted. */
  readonly expiresAt: string | null;
}

/** An export that is asked for. */
export type NewDataExport = Pick<DataExport, 'id' | 'kind' | 'format' | 'filter' | 'createdBy' | 'createdAt'>;

/** What an export turned out to be. */
export interface FinishedExport {
  readonly rowsWritten: number;
  readonly size: number;
  readonly sha256: string;
  readonly finishedAt: string;
  readonly expiresAt: string;
}

export interface DataExportFilter extends PageRequest {
  readonly kind?: DataExportKind | undefined;
  readonly status?: DataExportStatus | undefined;
}

/** Somebody as an export has them. */
export interface ExportedPerson {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string | null;
  readonly status: string;
  readonly libraryId: string | null;
  /** Name of the library. */
  readonly library: string | null;
  readonly reference: string | null;
  readonly notes: string | null;
  /** Of a parent: whom they look after. */
  readonly studentEmails: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}
