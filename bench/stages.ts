import { randomBytes } from 'node:crypto';
import { runProgram } from '../scripts/lib/run-program.ts';
import { type Contestant, startContestant } from './lib/contestant.ts';
import { rowhouseEnvironment } from './lib/contestants.ts';
import { type BenchDatabase, openBenchDatabase } from './lib/database.ts';
import { describeMachine } from './lib/machine.ts';
import { measure, medianOf, type Series } from './lib/measure.ts';
import { type BenchOptions, readOptions } from './lib/options.ts';
import { answerOf } from './lib/same-answers.ts';
import { STAGES } from './lib/stages.ts';
import { fixed, formatTable, percent } from './lib/table.ts';
import { warnOfOthers } from './lib/warn-of-others.ts';
import { createWorkloads, type JwtKey, type Workload } from './lib/workloads.ts';

const NO_PASSWORD = '';

async function startStages(environment: Record<string, string>, answer: string): Promise<Contestant[]> {
  const started: Contestant[] = [];
  for (const [stage, { adds }] of STAGES.entries()) {
    const more = { BENCH_STAGE: String(stage), BENCH_ANSWER: answer };
    started.push(await startContestant({ name: adds, program: 'stage', environment: { ...environment, ...more } }));
  }
  return started;
}

const cpuOf = (series: Series): number => medianOf(series, ({ serverCpu }) => serverCpu);

function report(stages: readonly Series[], server: Series): void {
  const whole = cpuOf(server);
  const totals = stages.map(cpuOf);
  const rows = stages.map(({ name }, index) => {
    const total = totals[index] ?? Number.NaN;
    const added = total - (totals[index - 1] ?? 0);
    return [`${index === 0 ? '' : '+ '}${name}`, fixed(added, 1), fixed(total, 1), percent(added / whole, 1)];
  });
  console.log(formatTable(['stage', 'adds us', 'total us', 'of the server'], rows));
  const sum = totals.at(-1) ?? Number.NaN;
  console.log(
    `The stages add up to ${fixed(sum, 1)} us; the server itself took ${fixed(whole, 1)} us in the same turns (${percent(sum / whole)}).`,
  );
}

async function measureStages(
  database: BenchDatabase,
  key: JwtKey,
  workload: Workload,
  options: BenchOptions,
): Promise<void> {
  const environment = rowhouseEnvironment(database.urls, key);
  const started: Contestant[] = [];
  try {
    const server = await startContestant({ name: 'the server itself', program: 'rowhouse', environment });
    started.push(server);
    const answer = await answerOf(server, workload.requests()().toString(), workload.expectedStatus);
    started.push(...(await startStages(environment, answer)));
    const series = await measure(started, workload, { ...options, warmUpSeconds: 2, admin: database.admin });
    const [whole, ...stages] = series;
    if (whole === undefined) throw new RangeError('The server was not measured');
    report(stages, whole);
    warnOfOthers(series);
  } finally {
    await Promise.all(started.map((contestant) => contestant.stop()));
  }
}

/** npm run bench:stages: where the CPU time of a W1 request goes, by servers that answer one step later each. */
await runProgram(async () => {
  const options = readOptions(process.argv.slice(2), { seconds: '1', rounds: '5' });
  const key = { kid: 'bench', secret: randomBytes(32) };
  const database = await openBenchDatabase(NO_PASSWORD);
  try {
    const [workload] = createWorkloads(key);
    if (workload === undefined) throw new RangeError('There is no W1');
    console.log(describeMachine(database.version));
    console.log(
      `CPU of the server per request of W1; ${options.connections} connections, ${options.rounds} rounds of ${options.seconds} s\n`,
    );
    await measureStages(database, key, workload, options);
  } finally {
    await database.close();
  }
});
