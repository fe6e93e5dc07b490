import type pg from 'pg';
import { backendsCpuTime, machineCpuTime, totalOf } from './cpu-time.ts';
import { fixed } from './table.ts';

/** How long some work took, and whose cores were busy meanwhile. */
export interface BoundWork<T> {
  readonly result: T;
  readonly seconds: number;
  readonly binding: string;
}

export async function measureBoundWork<T>(admin: pg.Client, work: () => Promise<T>): Promise<BoundWork<T>> {
  const backendsBefore = (await backendsCpuTime(admin)) ?? 0;
  const [ownBefore, machineBefore, startedAt] = [process.cpuUsage(), machineCpuTime(), performance.now()];
  const result = await work();
  const elapsed = (performance.now() - startedAt) * 1000;
  const own = totalOf(process.cpuUsage(ownBefore));
  const backends = Math.max(0, ((await backendsCpuTime(admin)) ?? 0) - backendsBefore);
  const others = Math.max(0, machineCpuTime() - machineBefore - own - backends);
  return {
    result,
    seconds: elapsed / 1_000_000,
    binding:
      `cores busy: ${fixed(backends / elapsed, 2)} database, ${fixed(own / elapsed, 2)} this process, ` +
      `${fixed(others / elapsed, 2)} others`,
  };
}
