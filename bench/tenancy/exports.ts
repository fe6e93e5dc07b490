import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import * as data from '../lib/data-set.ts';
import { growthDuring } from '../lib/resident-memory.ts';
import { fixed } from '../lib/table.ts';
import type { TenancyProduct } from '../lib/tenancy-product.ts';

export interface ExportFigures {
  /** From the request until the file can be had. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Of the file. */
  readonly bytes: number;
  /** Of the process that takes the request and runs the job. */
  readonly rssGrowthBytes: number;
}

const FORMATS = ['csv', 'xlsx'] as const;
const ROWS = 100_000;
const WARM_UP_ROWS = 2000;
const POLL_MS = 100;
const MEGABYTE = 1024 * 1024;

const Progress = z.object({
  data: z.object({
    id: z.string(),
    status: z.string(),
    rowsWritten: z.number(),
    size: z.number().nullable(),
    failureCode: z.string().nullable(),
  }),
});

async function exportPeople({ url, tokens }: TenancyProduct, format: string, search: string) {
  const headers = { authorization: `Bearer ${tokens.users[0]}`, 'content-type': 'application/json' };
  const asked = await fetch(`${url}/api/platform-users/bulk-export`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ format, search }),
  });
  if (!asked.ok) throw new Error(`The export was refused: ${await asked.text()}`);
  const { id } = Progress.parse(await asked.json()).data;
  for (;;) {
    const answer = await fetch(`${url}/api/exports/${id}`, { headers });
    const { status, rowsWritten, size, failureCode } = Progress.parse(await answer.json()).data;
    if (status === 'succeeded') return { rowsWritten, bytes: size ?? 0 };
    if (status === 'failed') throw new Error(`The export failed: ${failureCode}`);
    await setTimeout(POLL_MS);
  }
}

/** The tenant of the first token gets people whose addresses begin with `prefix`. */
const addPeople = ({ database }: TenancyProduct, tenantId: string, prefix: string, rows: number) =>
  database.admin.query(
    `insert into platform_users (tenant_id, id, kind, name, email, phone, reference, notes, updated_at)
     select $1, uuidv7(), 'student', 'Meera Nair ' || n, $2 || '-' || n || '@people.bench.example', '+91 80 4718 2200',
       'LAKE-' || n, 'Prefers a seat at the window, ' || n, now()
     from generate_series(1, $3::int) n`,
    [tenantId, prefix, rows],
  );

/** Asks for 100,000 people in one format and waits until their file can be had. */
export async function measureExport(product: TenancyProduct, format: string): Promise<ExportFigures> {
  await exportPeople(product, format, 'warm-up');
  const startedAt = performance.now();
  const { bytes, result } = await growthDuring(product.rowhouse.pid, () => exportPeople(product, format, 'measured'));
  const seconds = (performance.now() - startedAt) / 1000;
  if (result.rowsWritten !== ROWS) throw new Error(`${result.rowsWritten} rows were exported, not ${ROWS}`);
  return { seconds, rowsPerSecond: ROWS / seconds, bytes: result.bytes, rssGrowthBytes: bytes };
}

/** What the bench says of exports. */
export async function reportExports(product: TenancyProduct): Promise<string> {
  const tenantId = data.tenantId(data.tenantOfUser(1));
  await addPeople(product, tenantId, 'warm-up', WARM_UP_ROWS);
  await addPeople(product, tenantId, 'measured', ROWS);
  await product.database.admin.query('vacuum (analyze) platform_users');
  const lines = [];
  for (const format of FORMATS) {
    const { seconds, rowsPerSecond, bytes, rssGrowthBytes } = await measureExport(product, format);
    lines.push(
      `Export of ${ROWS} people to ${format}: ${fixed(seconds, 1)} s, ${fixed(rowsPerSecond, 0)} rows/s, ` +
        `a file of ${fixed(bytes / MEGABYTE, 1)} MB, ${fixed(rssGrowthBytes / MEGABYTE, 0)} MB more in memory at the most.`,
    );
  }
  return lines.join('\n');
}
