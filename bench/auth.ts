import { randomBytes } from 'node:crypto';
import { runProgram } from '../scripts/lib/run-program.ts';
import { createContainer } from '../src/composition/index.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { createPasswordHasher } from '../src/services/identity/password-hasher.ts';
import { type Contestant, startContestant } from './lib/contestant.ts';
import { rowhouseEnvironment } from './lib/contestants.ts';
import { type BenchDatabase, openBenchDatabase } from './lib/database.ts';
import { type LoadResult, runLoad } from './lib/load.ts';
import { describeMachine } from './lib/machine.ts';
import { measure, median, ratioOf } from './lib/measure.ts';
import { measureAuthentication } from './lib/middleware-cost.ts';
import { type BenchOptions, readOptions } from './lib/options.ts';
import { fixed, formatTable, percent } from './lib/table.ts';
import { warnOfOthers } from './lib/warn-of-others.ts';
import { createWorkloads, type JwtKey, PASSWORD, signTokens, type Workload } from './lib/workloads.ts';

const BCRYPT_COST = 12;
const CHAIN_GOAL_MICROSECONDS = 60;
const STORM_GOAL = 3;
const STORM_CONNECTIONS = 8;
/** A hash takes a fifth of a second: to count them takes longer. */
const SIGN_IN_SECONDS_FACTOR = 2.5;

const verdict = (reached: boolean): string => (reached ? 'reached' : 'MISSED');

async function compareChain(database: BenchDatabase, key: JwtKey): Promise<void> {
  const container = createContainer(
    readEnvironment({ NODE_ENV: 'production', ...rowhouseEnvironment(database.urls, key) }),
  );
  try {
    await container.start();
    const cost = await measureAuthentication(container, signTokens(key).users);
    console.log(
      `Authentication, tenant and permission of a known session: ${fixed(cost, 1)} us of CPU per request; ` +
        `the goal of ${CHAIN_GOAL_MICROSECONDS} us is ${verdict(cost <= CHAIN_GOAL_MICROSECONDS)}.`,
    );
  } finally {
    await container.close();
  }
}

interface Storm {
  readonly quiet: LoadResult;
  readonly stormy: LoadResult;
  readonly signIns: LoadResult;
}

async function weather(
  { port }: Contestant,
  [reading, signingIn]: readonly [Workload, Workload],
  { seconds, connections }: BenchOptions,
): Promise<Storm> {
  const load = (workload: Workload, sockets: number) =>
    runLoad({
      port,
      connections: sockets,
      seconds: seconds * SIGN_IN_SECONDS_FACTOR,
      expectedStatus: workload.expectedStatus,
      next: workload.requests(),
    });
  const quiet = await load(reading, connections);
  const [stormy, signIns] = await Promise.all([load(reading, connections), load(signingIn, STORM_CONNECTIONS)]);
  return { quiet, stormy, signIns };
}

/** What reading invoices takes while others sign in, in parts of what it takes when nobody does. */
async function compareStorm(
  rowhouse: Contestant,
  workloads: readonly [Workload, Workload],
  options: BenchOptions,
): Promise<void> {
  await weather(rowhouse, workloads, options);
  const rounds: Storm[] = [];
  for (let round = 0; round < options.rounds; round += 1) rounds.push(await weather(rowhouse, workloads, options));
  const row = (name: string, load: (storm: Storm) => LoadResult): string[] => {
    const of = (figure: (result: LoadResult) => number) => median(rounds.map((storm) => figure(load(storm))));
    return [
      name,
      fixed(
        of(({ requestsPerSecond }) => requestsPerSecond),
        1,
      ),
      fixed(
        of(({ p50 }) => p50),
        2,
      ),
      fixed(
        of(({ p99 }) => p99),
        2,
      ),
    ];
  };
  console.log(
    formatTable(
      ['', 'requests/s', 'p50 ms', 'p99 ms'],
      [
        row('W1, nobody signs in', ({ quiet }) => quiet),
        row('W1, in the storm', ({ stormy }) => stormy),
        row('sign-ins of the storm', ({ signIns }) => signIns),
      ],
    ),
  );
  const ratio = median(rounds.map(({ quiet, stormy }) => stormy.p99 / quiet.p99));
  console.log(
    `In a storm of sign-ins W1's p99 is ${fixed(ratio, 2)} times as long; the goal of ${STORM_GOAL} is ${verdict(ratio <= STORM_GOAL)}.`,
  );
}

async function compareSignIn(
  contestants: readonly Contestant[],
  workload: Workload,
  { seconds, rounds }: BenchOptions,
  { admin }: BenchDatabase,
): Promise<void> {
  const [bcrypt, rowhouse] = await measure(contestants, workload, {
    seconds: seconds * SIGN_IN_SECONDS_FACTOR,
    warmUpSeconds: 2,
    rounds,
    connections: STORM_CONNECTIONS,
    admin,
  });
  if (bcrypt === undefined || rowhouse === undefined) throw new RangeError('There is nothing to compare');
  const ratio = ratioOf(rowhouse, bcrypt);
  console.log(
    `${workload.name}, ${workload.title}: ${percent(ratio, 1)} of ${bcrypt.name}; the goal of ${percent(workload.goal)} is ${verdict(ratio >= workload.goal)}.`,
  );
  warnOfOthers([bcrypt, rowhouse]);
}

async function run(options: BenchOptions): Promise<void> {
  const passwordHash = await createPasswordHasher({ settings: { BCRYPT_COST } }).hash(PASSWORD);
  const key = { kid: 'bench', secret: randomBytes(32) };
  const database = await openBenchDatabase(passwordHash);
  const started: Contestant[] = [];
  try {
    const workloads = createWorkloads(key);
    const reading = workloads.find(({ name }) => name === 'W1');
    const signingIn = workloads.find(({ name }) => name === 'W4');
    if (reading === undefined || signingIn === undefined) throw new RangeError('There is no W1 or no W4');
    console.log(describeMachine(database.version));
    console.log(`${options.connections} connections, ${options.rounds} rounds of ${options.seconds} s, medians\n`);
    await compareChain(database, key);
    const bcrypt = await startContestant({
      name: 'bare bcrypt',
      program: 'bcrypt',
      environment: { BENCH_PASSWORD_HASH: passwordHash },
    });
    started.push(bcrypt);
    const environment = { ...rowhouseEnvironment(database.urls, key), BCRYPT_COST: String(BCRYPT_COST) };
    const rowhouse = await startContestant({ name: 'Rowhouse', program: 'rowhouse', environment });
    started.push(rowhouse);
    console.log();
    await compareStorm(rowhouse, [reading, signingIn], options);
    console.log();
    await compareSignIn([bcrypt, rowhouse], signingIn, options, database);
  } finally {
    await Promise.all(started.map((contestant) => contestant.stop()));
    await database.close();
  }
}

/** npm run bench:auth: what authentication costs each request, and what sign-ins cost everybody else. */
await runProgram(() => run(readOptions(process.argv.slice(2), { seconds: '2', rounds: '3' })));
