import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type pg from 'pg';

/** What Linux counts CPU time in; it is the same on every machine that Node runs on. */
const TICK_MICROSECONDS = 10_000;

interface ProcessTimes {
  readonly parent: number;
  /** User and system time in microseconds. */
  readonly own: number;
  /** The same of its children that have ended. */
  readonly children: number;
}

/** null when there is no such process any more. */
function timesOf(pid: number): ProcessTimes | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = (field: number): number => Number(fields[field]) * TICK_MICROSECONDS;
    return { parent: Number(fields[1]), own: ticks(11) + ticks(12), children: ticks(13) + ticks(14) };
  } catch {
    return null;
  }
}

/** CPU microseconds that the server's backends have used so far, those that have ended too; null where the system does not tell. */
export async function backendsCpuTime(admin: pg.Client): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const { rows } = await admin.query<{ pid: number }>(
    "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
  const backends = rows.map(({ pid }) => timesOf(pid));
  const postmaster = backends.map((times) => times?.parent).find((parent) => parent !== undefined);
  const ended = postmaster === undefined ? 0 : (timesOf(postmaster)?.children ?? 0);
  return backends.reduce((sum, times) => sum + (times?.own ?? 0), ended);
}

/** Microseconds of both kinds. */
export const totalOf = ({ user, system }: NodeJS.CpuUsage): number => user + system;

/** CPU microseconds that all programs of the machine have used so far. */
export const machineCpuTime = (): number =>
  cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + (user + nice + sys + irq) * 1000, 0);
