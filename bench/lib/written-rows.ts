import type pg from 'pg';
import type { Series } from './measure.ts';

const COUNT = `
  select (select count(*) from invoices)::int as invoices, (select count(*) from invoice_items)::int as items,
    (select count(*) from audit_entries)::int as entries, (select count(*) from idempotency_keys where response is not null)::int as keys`;

export interface RowCounts {
  readonly invoices: number;
  readonly items: number;
  readonly entries: number;
  readonly keys: number;
}

export async function countRows(admin: pg.Client): Promise<RowCounts> {
  const { rows } = await admin.query<RowCounts>(COUNT);
  const [counts] = rows;
  if (counts === undefined) throw new Error('The rows could not be counted');
  return counts;
}

/**
 * Makes sure that every creation that was answered is in the database, once and whole.
 * @throws Error when rows are missing or there are too many
 */
export async function assertRowsWritten(admin: pg.Client, before: RowCounts, series: readonly Series[]): Promise<void> {
  const after = await countRows(admin);
  const created = series.reduce((sum, { answered }) => sum + answered, 0);
  const isWhole =
    after.invoices - before.invoices === created &&
    after.items - before.items === 3 * created &&
    after.entries - before.entries === created &&
    after.keys - before.keys === created;
  if (!isWhole)
    throw new Error(
      `${created} creations were answered, and ${JSON.stringify(before)} became ${JSON.stringify(after)}`,
    );
}
