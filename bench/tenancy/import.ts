import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { growthDuring } from '../lib/resident-memory.ts';
import { fixed } from '../lib/table.ts';
import type { TenancyProduct } from '../lib/tenancy-product.ts';

export interface ImportFigures {
  /** From the first byte of the upload until the last row is one of the tenant's people. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Of the process that takes the upload and runs the job. */
  readonly rssGrowthBytes: number;
}

const ROWS = 100_000;
const WARM_UP_ROWS = 2000;
const POLL_MS = 100;
const MEGABYTE = 1024 * 1024;
const GOAL = { seconds: 60, megabytes: 150 } as const;

const Progress = z.object({
  data: z.object({ id: z.string(), status: z.string(), rowsImported: z.number(), failureCode: z.string().nullable() }),
});

/** Students, and a parent of every tenth one. */
function peopleFile(rows: number, prefix: string): Blob {
  const lines = ['kind,name,email,phone,reference,notes,student_emails\n'];
  for (let row = 0; row < rows; row += 1) {
    const email = `${prefix}-${row}@people.bench.example`;
    lines.push(
      row % 10 === 9
        ? `parent,Ravi Nair ${row},${email},+91 80 4718 ${1000 + (row % 9000)},,,${prefix}-${row - 1}@people.bench.example\n`
        : `student,Meera Nair ${row},${email},,LAKE-${row},"Prefers a seat at the window, ${row}",\n`,
    );
  }
  return new Blob(lines);
}

async function importFile({ url, tokens }: TenancyProduct, file: Blob): Promise<number> {
  const headers = { authorization: `Bearer ${tokens.users[0]}` };
  const body = new FormData();
  body.append('file', file, 'people.csv');
  const sent = await fetch(`${url}/api/platform-users/bulk-import`, { method: 'POST', headers, body });
  if (!sent.ok) throw new Error(`The file was refused: ${await sent.text()}`);
  const { id } = Progress.parse(await sent.json()).data;
  for (;;) {
    const answer = await fetch(`${url}/api/platform-users/imports/${id}`, { headers });
    const { status, rowsImported, failureCode } = Progress.parse(await answer.json()).data;
    if (status === 'succeeded') return rowsImported;
    if (status === 'failed') throw new Error(`The import failed: ${failureCode}`);
    await setTimeout(POLL_MS);
  }
}

/** Sends 100,000 people over HTTP and waits until they are there. */
export async function measureImport(product: TenancyProduct): Promise<ImportFigures> {
  await importFile(product, peopleFile(WARM_UP_ROWS, 'warm-up'));
  const file = peopleFile(ROWS, 'measured');
  const startedAt = performance.now();
  const { bytes, result } = await growthDuring(product.rowhouse.pid, () => importFile(product, file));
  const seconds = (performance.now() - startedAt) / 1000;
  if (result !== ROWS) throw new Error(`${result} rows were imported, not ${ROWS}`);
  return { seconds, rowsPerSecond: ROWS / seconds, rssGrowthBytes: bytes };
}

/** What the bench says of an import. */
export async function reportImport(product: TenancyProduct): Promise<string> {
  const { seconds, rowsPerSecond, rssGrowthBytes } = await measureImport(product);
  const megabytes = rssGrowthBytes / MEGABYTE;
  const reached = seconds <= GOAL.seconds && megabytes <= GOAL.megabytes;
  return (
    `Import of ${ROWS} people: ${fixed(seconds, 1)} s, ${fixed(rowsPerSecond, 0)} rows/s, ` +
    `${fixed(megabytes, 0)} MB more in memory at the most; ` +
    `the goal of ${GOAL.seconds} s and ${GOAL.megabytes} MB is ${reached ? 'reached' : 'MISSED'}.`
  );
}
