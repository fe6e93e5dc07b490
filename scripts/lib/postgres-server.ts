import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { findFreePort } from './free-port.ts';
import { type ClusterOptions, configure, readSettings, SUPERUSER } from './postgres-cluster.ts';
import { disownStalePidFile, findServerProcess } from './postgres-process.ts';
import { runCommand } from './run-command.ts';
import { hasErrorCode, setupError } from './setup-error.ts';

export const LOG_FILE = 'server.log';

const START_TIMEOUT_MS = 60_000;
const MAX_FAILED_STARTS = 10;
const RETRY_INTERVAL_MS = 200;
const INVALID_PASSWORD = '28P01';

/** Session lock, shared by every process that uses the server: who gets it exclusively is the last one. */
const USERS_LOCK = 7_692_001;

/** The superuser's URL of the database `postgres`. */
export const toAdminUrl = (dataDirectory: string): string => {
  const { password, port } = readSettings(dataDirectory);
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
};

/** A connection that shows, while it is open, that this process uses the server; undefined if it takes none yet. */
const joinServer = async (dataDirectory: string): Promise<Client | undefined> => {
  const client = new Client({
    connectionString: toAdminUrl(dataDirectory),
    application_name: 'rowhouse-start',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock_shared($1)', [USERS_LOCK]);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    if (!hasErrorCode(error, INVALID_PASSWORD)) return undefined;
    throw setupError(`PostgreSQL on ${dataDirectory} refuses the password kept there: was it changed by hand?`, error);
  }
};

const startServer = async (options: ClusterOptions): Promise<boolean> => {
  const { dataDirectory, programs, account } = options;
  disownStalePidFile(dataDirectory);
  configure(options, await findFreePort(readSettings(dataDirectory).port));
  const log = join(dataDirectory, LOG_FILE);
  rmSync(log, { force: true });
  const wait = ['--wait', '--timeout', String(START_TIMEOUT_MS / 1_000)];
  const { exitCode } = await runCommand(
    programs.pgCtl,
    ['start', '--pgdata', dataDirectory, '--log', log, ...wait, '--silent'],
    account,
  );
  return exitCode === 0;
};

const readLastFailure = (dataDirectory: string): string => {
  const log = join(dataDirectory, LOG_FILE);
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  const failure = lines.findLastIndex((line) => /FATAL|PANIC/.test(line));
  return failure === -1 ? 'it wrote no log' : lines.slice(failure, failure + 2).join(' ');
};

/**
 * Uses the server that runs on the data directory (another terminal's, or one whose parent was killed) or starts one.
 * A start that fails is tried again: the port can be taken meanwhile, and backends that outlive a killed server keep
 * its shared memory for a moment.
 *
 * Returns the connection that counts this process as a user of the server: end it with `leaveServer`.
 */
export const joinOrStartServer = async (options: ClusterOptions): Promise<Client> => {
  const { dataDirectory } = options;
  const deadline = Date.now() + START_TIMEOUT_MS;
  let failedStarts = 0;
  while (Date.now() < deadline && failedStarts < MAX_FAILED_STARTS) {
    const runs = findServerProcess(dataDirectory) !== undefined || (await startServer(options));
    if (!runs) failedStarts += 1;
    const client = runs ? await joinServer(dataDirectory) : undefined;
    if (client) return client;
    await delay(RETRY_INTERVAL_MS);
  }
  throw setupError(`PostgreSQL does not start on ${dataDirectory}: ${readLastFailure(dataDirectory)}`);
};

/** `fast` disconnects every client and writes a checkpoint; `immediate` leaves recovery to the next start. */
export const stopServer = async (options: ClusterOptions, mode: 'fast' | 'immediate'): Promise<void> => {
  const { dataDirectory, programs, account } = options;
  const { exitCode, output } = await runCommand(
    programs.pgCtl,
    ['stop', '--pgdata', dataDirectory, '--mode', mode, '--wait', '--silent'],
    account,
  );
  if (exitCode !== 0 && findServerProcess(dataDirectory) !== undefined) {
    throw setupError(`PostgreSQL could not be stopped: ${output}`);
  }
};

const isLastUser = async (client: Client): Promise<boolean> => {
  await client.query('select pg_advisory_unlock_shared($1)', [USERS_LOCK]);
  const { rows } = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [USERS_LOCK]);
  return rows[0]?.last === true;
};

/** Stops the server if no other process uses it. `client` stays open until then, so that none joins in between. */
export const leaveServer = async (options: ClusterOptions, client: Client): Promise<void> => {
  const { dataDirectory } = options;
  if (findServerProcess(dataDirectory) === undefined) return;
  const connected = await client.query('select').then(
    () => true,
    () => false,
  );
  const user = connected ? client : await joinServer(dataDirectory);
  try {
    if (!user || (await isLastUser(user))) await stopServer(options, 'fast');
  } finally {
    await user?.end().catch(() => undefined);
  }
};
