/** Reasons by column. */
type ColumnReasons = Readonly<Record<string, string>>;

/** Whether a tenant gets a table's rows with the archive of all its data. */
export type TableExport =
  | {
      readonly included: true;
      /** Columns that stay here, each with its reason. */
      readonly omitted: ColumnReasons;
      /** Columns that sound secret and are none, each with its reason. */
      readonly harmless: ColumnReasons;
    }
  | { readonly included: false; readonly reason: string };

/** What a purge does with a table's rows. */
export type TablePurge =
  | { readonly kind: 'delete' }
  | { readonly kind: 'keep'; readonly reason: string }
  /** Deletes the rows that `where` says (SQL on the table's own columns and $1, the tenant) and keeps the others. */
  | { readonly kind: 'delete_some'; readonly where: string; readonly reason: string };

/** A table with rows of tenants, and what becomes of them when a tenant takes its data along, or is gone. */
export interface TenantTable {
  readonly name: string;
  /** The columns of its primary key after the tenant's: the order in which it is read. */
  readonly key: readonly string[];
  readonly export: TableExport;
  readonly purge: TablePurge;
}

/** A row as the archive has it, and where it stands in the table's order. */
export interface ExportedRow {
  /** A JSON object without line breaks. */
  readonly json: string;
  readonly key: readonly string[];
}
