import { randomBytes } from 'node:crypto';
import { runProgram } from '../scripts/lib/run-program.ts';
import { createPasswordHasher } from '../src/services/identity/password-hasher.ts';
import { type Contestants, startContestants } from './lib/contestants.ts';
import { openBenchDatabase } from './lib/database.ts';
import { describeMachine } from './lib/machine.ts';
import { type MeasureOptions, measure, medianOf, ratioOf, type Series } from './lib/measure.ts';
import { type BenchOptions, readOptions } from './lib/options.ts';
import { assertSameAnswers } from './lib/same-answers.ts';
import { fixed, formatTable, percent } from './lib/table.ts';
import { warnOfOthers } from './lib/warn-of-others.ts';
import { createWorkloads, PASSWORD, type Workload } from './lib/workloads.ts';
import { assertRowsWritten, countRows } from './lib/written-rows.ts';

const BCRYPT_COST = 12;
const RLS_GOAL = 0.12;

/** A hash takes a fifth of a second: to count them takes longer, and fewer at a time. */
const SIGN_IN = { connections: 8, secondsFactor: 2.5, rounds: 2 };

const describe = (series: Series, limit: Series): string[] => {
  const milliseconds = medianOf(series, (sample) => sample.p50) < 100 ? 2 : 0;
  return [
    series.name,
    fixed(
      medianOf(series, (sample) => sample.requestsPerSecond),
      medianOf(series, (s) => s.requestsPerSecond) < 100 ? 2 : 0,
    ),
    fixed(
      medianOf(series, (sample) => sample.p50),
      milliseconds,
    ),
    fixed(
      medianOf(series, (sample) => sample.p99),
      milliseconds,
    ),
    fixed(
      medianOf(series, (sample) => sample.serverCpu),
      0,
    ),
    fixed(
      medianOf(series, (sample) => sample.databaseCpu),
      0,
    ),
    fixed(
      medianOf(series, (sample) => sample.loaderCpu),
      0,
    ),
    percent(ratioOf(series, limit)),
  ];
};

const HEAD = ['', 'requests/s', 'p50 ms', 'p99 ms', 'server us', 'postgres us', 'loader us', 'of the first'];

const verdict = (reached: boolean): string => (reached ? 'reached' : 'MISSED');

function report(
  workload: Workload,
  [base, rowhouse, ...others]: readonly Series[],
  withoutWall: Series | undefined,
): void {
  if (base === undefined || rowhouse === undefined) throw new RangeError('There is nothing to compare');
  console.log(`\n${workload.name}: ${workload.title}`);
  console.log(
    formatTable(
      HEAD,
      [base, rowhouse, ...others].map((series) => describe(series, base)),
    ),
  );
  warnOfOthers([base, rowhouse, ...others]);
  const ratio = ratioOf(rowhouse, base);
  console.log(
    `Rowhouse has ${percent(ratio, 1)} of ${base.name}; the goal of ${percent(workload.goal)} is ${verdict(ratio >= workload.goal)}.`,
  );
  if (withoutWall === undefined) return;
  const cost = 1 - ratioOf(rowhouse, withoutWall);
  console.log(
    `Row-level security costs ${percent(cost, 1)}; the goal of less than ${percent(RLS_GOAL)} is ${verdict(cost < RLS_GOAL)}.`,
  );
}

async function compare(workload: Workload, contestants: Contestants, options: MeasureOptions): Promise<void> {
  const { limit, rowhouse, withoutWall, bcrypt } = contestants;
  if (workload.name === 'W4') {
    const { connections, secondsFactor, rounds } = SIGN_IN;
    const seconds = options.seconds * secondsFactor;
    const series = await measure([bcrypt, rowhouse, limit], workload, { ...options, connections, seconds, rounds });
    report(workload, series, undefined);
    return;
  }
  await assertSameAnswers([limit, rowhouse, withoutWall], workload);
  const before = await countRows(options.admin);
  const series = await measure([limit, rowhouse, withoutWall], workload, options);
  if (workload.expectedStatus === 201) await assertRowsWritten(options.admin, before, series);
  report(workload, series, series[2]);
}

async function run(options: BenchOptions): Promise<void> {
  const passwordHash = await createPasswordHasher({ settings: { BCRYPT_COST } }).hash(PASSWORD);
  const key = { kid: 'bench', secret: randomBytes(32) };
  const database = await openBenchDatabase(passwordHash);
  try {
    const { seconds, rounds, connections } = options;
    console.log(describeMachine(database.version));
    console.log(`${connections} connections, ${rounds} rounds of ${seconds} s in turn, medians; CPU is per request`);
    const contestants = await startContestants(database, key, passwordHash, options);
    try {
      const workloads = createWorkloads(key).filter(
        ({ name }) => options.only.length === 0 || options.only.includes(name),
      );
      const measuring = { seconds, warmUpSeconds: Math.max(seconds, 2), rounds, connections, admin: database.admin };
      for (const workload of workloads) await compare(workload, contestants, measuring);
    } finally {
      await contestants.stop();
    }
  } finally {
    await database.close();
  }
}

/** npm run bench: how far Rowhouse is from the least that its answers can cost. */
await runProgram(() => run(readOptions(process.argv.slice(2), { seconds: '2', rounds: '5' })));
