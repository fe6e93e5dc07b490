import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { withClient } from '../../../scripts/lib/database-roles.ts';
import { startEmbeddedPostgres } from '../../../scripts/lib/embedded-postgres.ts';
import { findServerProcess } from '../../../scripts/lib/postgres-process.ts';

/** Starts the server in a process of its own, prints a line, and holds on to it until it is killed. */
const HOLDER = `
const { startEmbeddedPostgres } = await import(process.argv[1]);
await startEmbeddedPostgres(JSON.parse(process.argv[2]));
console.log('started');
setInterval(() => undefined, 60_000);
`;

const BUILT = pathToFileURL(resolve('dist/scripts/lib/embedded-postgres.js')).href;

const root = mkdtempSync(join(tmpdir(), 'rowhouse-embedded-'));
chmodSync(root, 0o755);
let dataDirectory: string;
let cases = 0;

const holdInOtherProcess = async (): Promise<ChildProcess> => {
  const parameters = ['--input-type=module', '-e', HOLDER, BUILT, JSON.stringify({ dataDirectory })];
  const holder = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(holder, 'exit').then(() => {
    throw new Error('The process that starts the server has ended.');
  });
  await Promise.race([once(holder.stdout, 'data'), exit]);
  exit.catch(() => undefined);
  return holder;
};

const kill = async (holder: ChildProcess): Promise<void> => {
  const exit = once(holder, 'exit');
  holder.kill('SIGKILL');
  await exit;
};

const run = async (url: string, sql: string) => await withClient(url, async (client) => (await client.query(sql)).rows);

const processOfServer = (): number => findServerProcess(dataDirectory) ?? -1;

beforeEach(() => {
  cases += 1;
  dataDirectory = join(root, String(cases), 'postgres');
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the embedded PostgreSQL', () => {
  test('keeps data, port and password over a restart, and nothing runs in between', async () => {
    const first = await startEmbeddedPostgres({ dataDirectory });
    await run(first.adminUrl, 'create table kept as select 1 as one');
    await first.stop();
    expect(processOfServer()).toBe(-1);

    const second = await startEmbeddedPostgres({ dataDirectory });
    try {
      expect(second.adminUrl).toBe(first.adminUrl);
      expect(await run(second.adminUrl, 'select one from kept')).toEqual([{ one: 1 }]);
      expect(
        await run(second.adminUrl, "select current_setting('fsync') as fsync, current_setting('timezone') as zone"),
      ).toEqual([{ fsync: 'on', zone: 'UTC' }]);
    } finally {
      await second.stop();
    }
  });

  test('takes connections only with the password, which only its user can read', async () => {
    const { adminUrl, stop } = await startEmbeddedPostgres({ dataDirectory });
    try {
      const forged = new URL(adminUrl);
      forged.password = 'guess';
      await expect(run(forged.href, 'select')).rejects.toThrow(/password authentication failed/);
      expect(statSync(join(dataDirectory, 'rowhouse.json')).mode & 0o777).toBe(0o600);
    } finally {
      await stop();
    }
  });

  test('stops only with the last process that uses it', async () => {
    const holder = await holdInOtherProcess();
    const server = processOfServer();
    const joined = await startEmbeddedPostgres({ dataDirectory });
    await joined.stop();
    expect(processOfServer()).toBe(server);

    await kill(holder);
    const last = await startEmbeddedPostgres({ dataDirectory });
    expect(processOfServer()).toBe(server);
    await last.stop();
    expect(processOfServer()).toBe(-1);
  });

  test('recovers what was committed when server and starter are killed', async () => {
    const holder = await holdInOtherProcess();
    const joined = await startEmbeddedPostgres({ dataDirectory });
    await run(joined.adminUrl, 'create table kept as select 1 as one');
    process.kill(processOfServer(), 'SIGKILL');
    await kill(holder);

    const recovered = await startEmbeddedPostgres({ dataDirectory });
    try {
      expect(await run(recovered.adminUrl, 'select one from kept')).toEqual([{ one: 1 }]);
    } finally {
      await recovered.stop();
    }
  });

  test('starts over a pid file whose number another program has got', async () => {
    const { stop } = await startEmbeddedPostgres({ dataDirectory });
    const pidFile = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8');
    await stop();
    writeFileSync(join(dataDirectory, 'postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)));

    const again = await startEmbeddedPostgres({ dataDirectory });
    expect(processOfServer()).toBeGreaterThan(0);
    await again.stop();
  });

  test('says in one line that its directory is a file', async () => {
    mkdirSync(join(dataDirectory, '..', '..'), { recursive: true });
    writeFileSync(join(dataDirectory, '..'), '');
    await expect(startEmbeddedPostgres({ dataDirectory })).rejects.toThrow(
      /^The database can't be made in .* writable/,
    );
    expect(existsSync(dataDirectory)).toBe(false);
  });
});
