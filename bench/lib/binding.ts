import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { backendsCpuTime, machineCpuTime, totalOf } from './cpu-time.ts';
import { fixed, percent } from './table.ts';

const SAMPLE_MS = 20;

/** What serving backends of the database are at right now. A backend that waits for nothing computes. */
const WAITS = `
  select coalesce(wait_event_type || ':' || wait_event, 'computing') as wait, count(*)::int as backends
  from pg_stat_activity
  where usename in ('rowhouse_tenant', 'rowhouse_platform') and state in ('active', 'idle in transaction')
  group by 1`;

/** A rate, and what kept it from being higher. */
export interface BoundRate {
  readonly perSecond: number;
  readonly binding: string;
}

/**
 * Measures how often `work` is done within some seconds by several at once, and looks meanwhile at what the database waits for
 * and whose CPU is busy.
 */
export async function measureBoundRate(
  admin: pg.Client,
  { seconds, writers }: { readonly seconds: number; readonly writers: number },
  work: (writer: number, round: number) => Promise<number>,
): Promise<BoundRate> {
  const waits = new Map<string, number>();
  const backendsBefore = await backendsCpuTime(admin);
  const [ownBefore, machineBefore, startedAt] = [process.cpuUsage(), machineCpuTime(), performance.now()];
  const ends = startedAt + seconds * 1000;
  let done = 0;
  const write = async (writer: number): Promise<void> => {
    for (let round = 0; performance.now() < ends; round += 1) {
      const finished = await work(writer, round);
      done += finished;
    }
  };
  const look = async (): Promise<void> => {
    while (performance.now() < ends) {
      const { rows } = await admin.query<{ wait: string; backends: number }>(WAITS);
      for (const { wait, backends } of rows) waits.set(wait, (waits.get(wait) ?? 0) + backends);
      await delay(SAMPLE_MS);
    }
  };
  await Promise.all([look(), ...Array.from({ length: writers }, (_, writer) => write(writer))]);
  const elapsed = (performance.now() - startedAt) * 1000;
  const own = totalOf(process.cpuUsage(ownBefore));
  const backends = Math.max(0, ((await backendsCpuTime(admin)) ?? 0) - (backendsBefore ?? 0));
  const others = Math.max(0, machineCpuTime() - machineBefore - own - backends);
  const samples = [...waits.values()].reduce((sum, count) => sum + count, 0);
  const most = [...waits]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([wait, count]) => `${wait} ${percent(count / samples)}`);
  return {
    perSecond: (done * 1_000_000) / elapsed,
    binding:
      `cores busy: ${fixed(backends / elapsed, 2)} database, ${fixed(own / elapsed, 2)} this process, ` +
      `${fixed(others / elapsed, 2)} others; the database's transactions: ${most.join(', ')}`,
  };
}
