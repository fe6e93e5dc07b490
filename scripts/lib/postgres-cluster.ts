import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PostgresPrograms } from './postgres-programs.ts';
import { runCommand } from './run-command.ts';
import { assertReachable, giveTo, type ServerAccount } from './server-account.ts';
import { hasErrorCode, messageOf, setupError } from './setup-error.ts';

export const SUPERUSER = 'postgres';

export type ClusterOptions = {
  dataDirectory: string;
  ephemeral: boolean;
  programs: PostgresPrograms;
  account: ServerAccount | undefined;
};

/** What has to outlive a start: the superuser's password, and the port, so that clients find the server again. */
export type ClusterSettings = { password: string; port: number };

const SETTINGS_FILE = 'rowhouse.json';
const CONFIGURATION_FILE = 'rowhouse.conf';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasErrorCode(error, 'EPERM');
  }
};

export const readSettings = (dataDirectory: string): ClusterSettings => {
  const path = join(dataDirectory, SETTINGS_FILE);
  try {
    const settings: ClusterSettings = JSON.parse(readFileSync(path, 'utf8'));
    return settings;
  } catch (error) {
    throw setupError(
      `${dataDirectory} is no data directory of Rowhouse (${path} can't be read): restore it, or delete the directory to start with an empty database.`,
      error,
    );
  }
};

const writeSettings = (dataDirectory: string, settings: ClusterSettings, account: ServerAccount | undefined): void => {
  const path = join(dataDirectory, SETTINGS_FILE);
  writeFileSync(path, `${JSON.stringify(settings)}\n`, { mode: 0o600 });
  giveTo(path, account);
};

/** Writes the server's configuration for a start on `port`. What a person changed with ALTER SYSTEM wins over it. */
export const configure = ({ dataDirectory, ephemeral, account }: ClusterOptions, port: number): void => {
  const settings = {
    port,
    listen_addresses: "'127.0.0.1'",
    unix_socket_directories: "''",
    max_connections: 200,
    shared_buffers: '128MB',
    timezone: "'UTC'",
    log_timezone: "'UTC'",
    ...(ephemeral && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const path = join(dataDirectory, CONFIGURATION_FILE);
  writeFileSync(
    path,
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
    { mode: 0o600 },
  );
  giveTo(path, account);
  writeSettings(dataDirectory, { ...readSettings(dataDirectory), port }, account);
};

/** Removes what an initialisation left behind whose process was killed. */
const removeAbandoned = (dataDirectory: string): void => {
  const prefix = `${basename(dataDirectory)}.new-`;
  for (const name of readdirSync(dirname(dataDirectory))) {
    if (name.startsWith(prefix) && !isAlive(Number.parseInt(name.slice(prefix.length), 10))) {
      rmSync(join(dirname(dataDirectory), name), { recursive: true, force: true });
    }
  }
};

const runInitdb = async ({ ephemeral, programs, account }: ClusterOptions, directory: string): Promise<void> => {
  const password = randomBytes(24).toString('hex');
  const passwordFile = `${directory}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    giveTo(passwordFile, account);
    const { exitCode, output } = await runCommand(
      programs.initdb,
      [
        `--pgdata=${directory}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
        ...(ephemeral ? ['--no-sync', '--no-data-checksums'] : []),
      ],
      account,
    );
    if (exitCode !== 0) throw setupError(`PostgreSQL could not be initialised in ${directory}: ${output}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  appendFileSync(join(directory, 'postgresql.conf'), `include '${CONFIGURATION_FILE}'\n`);
  writeSettings(directory, { password, port: 0 }, account);
};

const UNUSABLE_DIRECTORY = ['EACCES', 'EEXIST', 'ENOSPC', 'ENOTDIR', 'ENOTEMPTY', 'EPERM', 'EROFS'];

const unusableDirectory = (dataDirectory: string, error: unknown): Error =>
  setupError(
    `The database can't be made in ${dataDirectory} (${messageOf(error)}): make ${dirname(dataDirectory)} writable, or set DATABASE_URL.`,
    error,
  );

/**
 * Makes the database cluster if `dataDirectory` holds none. It appears there whole or not at all: of two processes that
 * do it at once the first wins, and one that is killed leaves nothing that a later start could mistake for a cluster.
 */
export const ensureCluster = async (options: ClusterOptions): Promise<void> => {
  const { dataDirectory, account } = options;
  if (existsSync(join(dataDirectory, 'PG_VERSION'))) return;
  const draft = `${dataDirectory}.new-${process.pid}`;
  try {
    mkdirSync(dirname(dataDirectory), { recursive: true });
    assertReachable(draft, account);
    removeAbandoned(dataDirectory);
    mkdirSync(draft, { mode: 0o700 });
    giveTo(draft, account);
    await runInitdb(options, draft);
    renameSync(draft, dataDirectory);
  } catch (error) {
    if (hasErrorCode(error, 'ENOTEMPTY', 'EEXIST') && existsSync(join(dataDirectory, 'PG_VERSION'))) return;
    if (hasErrorCode(error, ...UNUSABLE_DIRECTORY)) throw unusableDirectory(dataDirectory, error);
    throw error;
  } finally {
    if (existsSync(draft)) rmSync(draft, { recursive: true, force: true });
  }
};
