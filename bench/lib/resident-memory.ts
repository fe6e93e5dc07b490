import { readFileSync } from 'node:fs';

const SAMPLE_MS = 50;
const KIBIBYTE = 1024;

function bytesOf(pid: number, line: RegExp): number {
  if (process.platform !== 'linux') return Number.NaN;
  const [, kibibytes] = line.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * KIBIBYTE;
}

/** Bytes of a process that are in memory; NaN where the system does not tell. */
export const residentBytes = (pid: number): number => bytesOf(pid, /^VmRSS:\s+(\d+) kB$/m);

/** As above, without what it shares with others, such as PostgreSQL's buffers. */
export const privateBytes = (pid: number): number => bytesOf(pid, /^RssAnon:\s+(\d+) kB$/m);

/** Looks at a process while something is done. @returns by how many bytes it grew at the most, and what was done */
export async function growthDuring<T>(pid: number, work: () => Promise<T>): Promise<{ bytes: number; result: T }> {
  const before = residentBytes(pid);
  let most = before;
  const sampling = setInterval(() => {
    most = Math.max(most, residentBytes(pid));
  }, SAMPLE_MS);
  try {
    const result = await work();
    return { bytes: most - before, result };
  } finally {
    clearInterval(sampling);
  }
}
