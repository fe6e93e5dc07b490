import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { createOrganization, signInAdmin } from '../support/organizations.ts';
import { type ServerProcess, serverEnvironment, startServer } from '../support/server-process.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../support/template-database.ts';

let database: ClonedDatabase;
let environment: Record<string, string>;
let server: ServerProcess;
let admin: pg.Client;
let blocker: pg.Client;

beforeAll(async () => {
  database = await cloneTemplateDatabase();
  environment = serverEnvironment(database);
  server = await startServer(environment);
  [admin, blocker] = await Promise.all([connected(), connected()]);
}, 60_000);

afterAll(async () => {
  await Promise.all([admin.end(), blocker.end()]);
  await server.stop();
  await database.drop();
});

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  return client;
}

const storages = async (): Promise<unknown[]> =>
  (await admin.query(`select nspname from pg_namespace where nspname ~ '^org_[0-9a-f]{32}$'`)).rows;

test('a process that is killed while it creates an organization leaves nothing of it', async () => {
  const doomed = await startServer(environment);
  await blocker.query('begin');
  await blocker.query('lock table audit_entries in access exclusive mode');
  const answer = createOrganization(doomed.http, 'Cut Off', 'owner@cut-off.example').catch(() => null);
  await eventually(async () => {
    const { rows } = await admin.query(
      `select from pg_locks join pg_stat_activity using (pid)
       where relation = 'audit_entries'::regclass and not granted and query like 'insert into audit_entries%'`,
    );
    return rows.length === 1;
  }, 'all but the last statement has been sent');
  await doomed.stop('SIGKILL');
  expect(await answer).toBeNull();
  await blocker.query('rollback');
  await eventually(async () => {
    const { rows } = await admin.query(
      `select from pg_stat_activity where datname = current_database() and query like '%audit_entries%' and pid <> pg_backend_pid() and state <> 'idle'`,
    );
    return rows.length === 0;
  }, 'PostgreSQL has noticed');

  const { rows } = await admin.query('select name from organizations');
  const made = await storages();
  expect([rows, made]).toEqual(rows.length === 0 ? [[], []] : [[{ name: 'Cut Off' }], [expect.anything()]]);
  const again = await createOrganization(server.http, 'Cut Off', 'owner@cut-off.example');
  expect(again.status).toBe(rows.length === 0 ? 201 : 409);
  expect(await storages()).toHaveLength(1);
  const owner = await signInAdmin(server.http, 'owner@cut-off.example');
  expect((await owner.get('/org/documents')).body.meta.total).toBe(0);
});

test('a process that is killed after it has deleted one leaves the rest to another', async () => {
  await createOrganization(server.http, 'Gone', 'owner@gone.example');
  const owner = await signInAdmin(server.http, 'owner@gone.example');
  const before = (await storages()).length;
  expect((await owner.delete('/org/delete?org_name=gone')).status).toBe(200);
  await server.stop('SIGKILL');
  server = await startServer(environment);
  await eventually(async () => (await storages()).length === before - 1, 'the other process drops the storage');
});

/** Runs a program of scripts/ on a database. @returns what it printed, and its exit code */
const runScript = (name: string, parameters: readonly string[], on: ClonedDatabase) =>
  promisify(execFile)(process.execPath, [join(process.cwd(), 'dist', 'scripts', `${name}.js`), ...parameters], {
    env: serverEnvironment(on),
  }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: unknown) => ({ code: 1, output: Object(error).stderr }),
  );

test('a dump of one organization becomes the same one in another database, once', async () => {
  await createOrganization(server.http, 'Archive', 'owner@archive.example');
  const owner = await signInAdmin(server.http, 'owner@archive.example');
  await owner.post('/org/documents', [{ n: 1 }, { n: 2, text: 'ü 𝄞' }]);
  const file = join(server.varDirectory, 'archive.ndjson.gz');

  const dumped = await runScript('org-dump', ['archive', '--out', file], database);
  expect(dumped).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^Archive: 2 documents, sha256 [0-9a-f]{64}, in /),
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')).toHaveLength(4);
  expect((await runScript('org-dump', ['archive', '--out', file], database)).output).toMatch(/^EEXIST: [^\n]*\n$/);

  const elsewhere = await cloneTemplateDatabase();
  const restored = await runScript('org-restore', [file], elsewhere);
  expect(restored.code).toBe(0);
  expect(dumped.output).toContain(restored.output.trim());
  expect(await runScript('org-restore', [file], elsewhere)).toEqual({
    code: 1,
    output: 'Another organization has this name, or one that looks like it.\n',
  });
  await elsewhere.drop();
});
