import type { TenantId } from '../ids.ts';

/** What was deleted of a tenant whose retention period was over, and what was kept. Times are ISO 8601. */
export interface TenantPurge {
  readonly tenantId: TenantId;
  /** Rows by table. */
  readonly deletedRows: Readonly<Record<string, number>>;
  readonly deletedObjects: number;
  readonly deletedBytes: number;
  /** Why the rest stays, by table and `storage:<folder>`. */
  readonly keptTables: Readonly<Record<string, string>>;
  readonly startedAt: string;
  /** Null while it goes on. */
  readonly finishedAt: string | null;
}

/** Objects in the storage. */
export interface ObjectTotals {
  readonly objects: number;
  readonly bytes: number;
}
