import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { demoLogins, seed } from '../../prisma/seed.ts';
import { eventually } from '../support/eventually.ts';
import type { HttpClient } from '../support/http-client.ts';
import { type ServerProcess, serverEnvironment, startServer } from '../support/server-process.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../support/template-database.ts';

let database: ClonedDatabase;
let environment: Record<string, string>;
let here: ServerProcess;
let there: ServerProcess;
let admin: pg.Client;

beforeAll(async () => {
  database = await cloneTemplateDatabase();
  environment = serverEnvironment(database);
  await seed(environment);
  [here, there] = await Promise.all([startServer(environment), startServer(environment)]);
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
}, 60_000);

afterAll(async () => {
  await admin.end();
  await Promise.all([here.stop(), there.stop()]);
  await database.drop();
});

const loginOf = (role: string) => {
  const found = demoLogins.find((login) => login.role === role);
  if (found === undefined) throw new Error(`The demo has no ${role}`);
  return { email: found.email, password: found.password };
};

const signIn = async (server: ServerProcess, role: string) =>
  (await server.http.post('/api/auth/login', loginOf(role))).body.data;

const as = (server: ServerProcess, { accessToken }: { accessToken: string }): HttpClient =>
  server.http.with({ authorization: `Bearer ${accessToken}` });

/** Milliseconds until the other process answers so. */
async function heardAfter(client: HttpClient, path: string, status: number): Promise<number> {
  const startedAt = performance.now();
  await eventually(async () => (await client.get(path)).status === status, `${path} answers ${status}`);
  return performance.now() - startedAt;
}

test('what is done in one process holds in another within a second', async () => {
  const manager = await signIn(here, 'manager');
  const managerThere = as(there, manager);
  expect((await managerThere.get('/api/rbac/roles')).status).toBe(200);
  const owner = as(here, await signIn(here, 'owner'));
  const { id } = manager.user;
  expect((await owner.post(`/api/rbac/users/${id}/roles`, { roleId: 'member' })).status).toBeLessThan(300);
  expect(await heardAfter(managerThere, '/api/rbac/roles', 403)).toBeLessThan(1000);

  expect((await as(here, manager).post('/api/auth/logout')).status).toBe(204);
  expect(await heardAfter(managerThere, '/api/auth/me', 401)).toBeLessThan(1000);
});

/** Sends a request and never listens to its answer. */
const sendWithoutListening = (url: URL, body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => {
      const head = `POST /api/auth/refresh HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      socket.pause().end(head + body, () => resolve());
    });
    socket.on('error', reject);
  });

test('a process that is killed between the commit and the answer of a refresh costs nobody their session', async () => {
  const process = await startServer(environment);
  const [, address = ''] = /API\s+(http:\/\/\S+)/.exec(process.output()) ?? [];
  const { refreshToken } = await signIn(process, 'staff');
  const [id = randomUUID()] = refreshToken.split('.');
  await sendWithoutListening(new URL(address.replace('localhost', '127.0.0.1')), JSON.stringify({ refreshToken }));
  await eventually(async () => {
    const { rows } = await admin.query('select 1 from refresh_tokens where id = $1 and used_at is not null', [id]);
    return rows.length === 1;
  }, 'the rotation is committed');
  await process.stop('SIGKILL');

  const retried = await here.http.post('/api/auth/refresh', { refreshToken });
  expect(retried.status).toBe(200);
  const again = await there.http.post('/api/auth/refresh', { refreshToken });
  expect(again.body.data.refreshToken).toBe(retried.body.data.refreshToken);
  const { rows } = await admin.query(
    `select count(*)::int as tokens, bool_and(s.revoked_at is null) as live
     from sessions s join refresh_tokens t on t.session_id = s.id
     where s.id = (select session_id from refresh_tokens where id = $1)`,
    [id],
  );
  expect(rows).toEqual([{ tokens: 2, live: true }]);
  expect((await as(there, retried.body.data).get('/api/auth/me')).status).toBe(200);
});
