import { type ClientBase, escapeIdentifier } from 'pg';

/** Rows of one table: objects with the same keys, which are its columns in camel case. */
export interface TableRows {
  readonly table: string;
  readonly rows: readonly object[];
}

const columnOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Inserts all rows by one statement; columns that the rows do not name get their defaults. */
export async function insertRows(client: ClientBase, { table, rows }: TableRows): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
    .map((key) => escapeIdentifier(columnOf(key)))
    .join(', ');
  const target = escapeIdentifier(table);
  const records = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [columnOf(key), value])),
  );
  await client.query(
    `insert into ${target} (${columns}) select ${columns} from jsonb_populate_recordset(null::${target}, $1::jsonb)`,
    [JSON.stringify(records)],
  );
}
