import type { TenantId } from '../ids.ts';
import type { PageRequest } from '../page.ts';

/** A file of a tenant whose content is in the storage. Times are ISO 8601. */
export interface StoredFile {
  readonly id: string;
  readonly name: string;
  /** By its content, not by what the upload claimed. */
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content, in lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly storageKey: string;
  /** The user who uploaded it; null for machines. */
  readonly createdBy: string | null;
  readonly createdAt: string;
}

/** A file whose content is still coming. */
export type PendingFile = Pick<StoredFile, 'id' | 'name' | 'storageKey' | 'createdBy' | 'createdAt'>;

/** An upload that was begun and never completed. */
export interface AbandonedUpload {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly storageKey: string;
}

/** What content turned out to be. */
export type ContentFacts = Pick<StoredFile, 'contentType' | 'size' | 'sha256'>;

/** What a tenant has stored. */
export interface StorageUsage {
  readonly files: number;
  readonly bytes: number;
}

/** How much a tenant may store. */
export interface StorageLimits {
  /** Of one file. */
  readonly fileBytes: number;
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
}

export interface FileFilter extends PageRequest {
  readonly search?: string | undefined;
}
