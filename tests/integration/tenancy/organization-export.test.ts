import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { anOrganization, ORGANIZATION_PASSWORD, type TestOrganization } from '../../support/organizations.ts';
import { recordStatements } from '../../support/statement-recorder.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let organization: TestOrganization;

const DOCUMENTS = 3000;
const KILOBYTES_EACH = 20;

beforeAll(async () => {
  app = await startTestApp();
  organization = await anOrganization(app);
  await app.rows(
    `insert into ${organization.storage}.documents (id, body)
     select gen_random_uuid(), jsonb_build_object('n', n, 'text', left(repeat(md5(n::text), 32 * ${KILOBYTES_EACH}), 1024 * ${KILOBYTES_EACH}))
     from generate_series(1, ${DOCUMENTS}) n`,
  );
}, 60_000);

afterAll(() => app.close());

test('is a line for each document, each once, in the order of their ids', async () => {
  const answer = await exportOf(organization);
  const text = await answer.text();
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename=documents.ndjson');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const stored = await app.rows(
    `select id::text, version, body, to_json(created_at at time zone 'UTC') #>> '{}' as "createdAt" from ${organization.storage}.documents order by id`,
  );
  expect(lines).toHaveLength(DOCUMENTS);
  expect(lines.map(({ id, version, body }) => ({ id, version, body }))).toEqual(
    stored.map(({ id, version, body }) => ({ id, version, body })),
  );
  const one = await organization.admin.get(`/org/documents/${lines[7].id}`);
  expect(lines[7]).toEqual(one.body.data);
});

test('is not read for a client that asks for its head only', async () => {
  const headers = { authorization: await tokenOf(organization) };
  const { result, statements } = await recordStatements(() =>
    fetch(`${app.url}/org/export`, { method: 'HEAD', headers }),
  );
  expect([result.status, await result.text()]).toEqual([200, '']);
  expect(statements.filter(({ text }) => text.startsWith('select id, line'))).toHaveLength(1);
});

test('of nothing is nothing', async () => {
  const empty = await anOrganization(app);
  const answer = await exportOf(empty);
  expect([answer.status, await answer.text()]).toEqual([200, '']);
  expect((await app.http.get('/org/export')).status).toBe(401);
});

/** Time in which an export that waited for nobody would have come to its end. */
async function otherRequests(): Promise<void> {
  for (let count = 0; count < 150; count += 1)
    expect((await organization.admin.get('/org/documents?limit=1')).status).toBe(200);
}

test('waits for a client that does not read, and stops when it has gone', async () => {
  const { port } = new URL(app.url);
  const authorization = await tokenOf(organization);
  const { statements } = await recordStatements(async () => {
    const socket = connect({ port: Number(port), host: '127.0.0.1' });
    socket.write(
      `GET /org/export HTTP/1.1\r\nHost: here\r\nAuthorization: ${authorization}\r\nAccept-Encoding: identity\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.pause();
    await otherRequests();
    socket.destroy();
    await once(socket, 'close');
    await otherRequests();
  });
  const batches = statements.filter(({ text }) => text.startsWith('select id, line'));
  expect(batches.length).toBeGreaterThan(0);
  expect(batches.length).toBeLessThan((DOCUMENTS * KILOBYTES_EACH) / 2000 / 2);
});

async function tokenOf({ email }: TestOrganization): Promise<string> {
  const answer = await app.http.post('/admin/login', { email, password: ORGANIZATION_PASSWORD });
  return `Bearer ${answer.body.access_token}`;
}

const exportOf = async (of: TestOrganization): Promise<Response> =>
  fetch(`${app.url}/org/export`, { headers: { authorization: await tokenOf(of) } });
