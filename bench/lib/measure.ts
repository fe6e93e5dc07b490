import type pg from 'pg';
import type { Contestant } from './contestant.ts';
import { backendsCpuTime, machineCpuTime, totalOf } from './cpu-time.ts';
import { runLoad } from './load.ts';
import type { Workload } from './workloads.ts';

/** One measurement of one contestant. CPU is in microseconds per request. */
export interface Sample {
  readonly requestsPerSecond: number;
  readonly completed: number;
  readonly p50: number;
  readonly p99: number;
  readonly serverCpu: number;
  /** null where the system does not tell. */
  readonly databaseCpu: number | null;
  readonly loaderCpu: number;
  /** Cores that other programs kept busy meanwhile; null where the system does not tell. */
  readonly othersCores: number | null;
}

export interface MeasureOptions {
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  readonly connections: number;
  readonly admin: pg.Client;
}

/** The samples of a contestant, one for each round. */
export interface Series {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** Answers to all requests, those of the warm-up too. */
  readonly answered: number;
}

async function measureOnce(
  contestant: Contestant,
  workload: Workload,
  seconds: number,
  options: MeasureOptions,
): Promise<Sample> {
  const { port } = contestant;
  const { expectedStatus } = workload;
  const before = await readCpuTimes(contestant, options.admin);
  const load = { port, connections: options.connections, seconds, expectedStatus, next: workload.requests() };
  const { completed, requestsPerSecond, p50, p99 } = await runLoad(load);
  const after = await readCpuTimes(contestant, options.admin);
  const server = after.server - before.server;
  const loader = after.loader - before.loader;
  const database = after.database === null || before.database === null ? null : after.database - before.database;
  const others = database === null ? null : after.machine - before.machine - server - loader - database;
  return {
    requestsPerSecond,
    completed,
    p50,
    p99,
    serverCpu: server / completed,
    databaseCpu: database === null ? null : database / completed,
    loaderCpu: loader / completed,
    othersCores: others === null ? null : others / ((after.at - before.at) * 1000),
  };
}

async function readCpuTimes(contestant: Contestant, admin: pg.Client) {
  return {
    at: performance.now(),
    machine: machineCpuTime(),
    database: await backendsCpuTime(admin),
    server: await contestant.cpuTime(),
    loader: totalOf(process.cpuUsage()),
  };
}

/** Warms every contestant up, then lets them take turns, so that what slows the machine down slows all of them down. */
export async function measure(
  contestants: readonly Contestant[],
  workload: Workload,
  options: MeasureOptions,
): Promise<Series[]> {
  const measured = contestants.map((contestant) => ({ contestant, samples: [] as Sample[], answered: 0 }));
  for (const one of measured)
    one.answered += (await measureOnce(one.contestant, workload, options.warmUpSeconds, options)).completed;
  for (let round = 0; round < options.rounds; round += 1) {
    for (const one of round % 2 === 0 ? measured : measured.toReversed()) {
      const sample = await measureOnce(one.contestant, workload, options.seconds, options);
      one.samples.push(sample);
      one.answered += sample.completed;
    }
  }
  return measured.map(({ contestant: { name }, samples, answered }) => ({ name, samples, answered }));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of a figure over the rounds. */
export const medianOf = ({ samples }: Series, figure: (sample: Sample) => number | null): number =>
  median(samples.map((sample) => figure(sample) ?? Number.NaN));

/** The median, over the rounds, of one contestant's rate in parts of another's in the same round. */
export const ratioOf = (series: Series, base: Series): number =>
  median(
    series.samples.map(
      ({ requestsPerSecond }, round) => requestsPerSecond / (base.samples[round]?.requestsPerSecond ?? Number.NaN),
    ),
  );
