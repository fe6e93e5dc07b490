import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anOrganization, type TestOrganization } from '../../support/organizations.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let organization: TestOrganization;

beforeAll(async () => {
  app = await startTestApp({ settings: { BODY_LIMIT_KB: '600' } });
  organization = await anOrganization(app);
});

afterAll(() => app.close());

const storedIn = ({ storage }: TestOrganization) =>
  app.rows(`select id::text, body, version from ${storage}.documents order by id`);

const auditOf = (organizationId: string) =>
  app.rows(
    `select action, resource_id, actor_type, changes from audit_entries
     where changes->'after'->>'organizationId' = $1 and resource_type = 'organization_document' order by occurred_at, id`,
    [organizationId],
  );

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

describe('writing', () => {
  test('one, with its row and its entry in the log', async () => {
    const own = await anOrganization(app);
    const body = { name: 'Lena & Tom', guests: 84, venue: { city: 'Udaipur' }, tags: ['a', null, 1.5], ok: true };
    const answer = await own.admin.post('/org/documents', body);
    expect(answer.status).toBe(201);
    const { id, createdAt } = answer.body.data;
    expect(answer.body).toEqual({ success: true, data: { id, body, version: 1, createdAt, updatedAt: createdAt } });
    expect(await storedIn(own)).toEqual([{ id, body, version: 1 }]);
    expect(await auditOf(own.id)).toEqual([
      {
        action: 'organization_document.created',
        resource_id: id,
        actor_type: 'organization_admin',
        changes: { after: { organizationId: own.id, documents: 1 } },
      },
    ]);
  });

  test('many, in their order, in one entry of the log; a thousand at once', async () => {
    const own = await anOrganization(app);
    const bodies = Array.from({ length: 1000 }, (_, n) => ({ n }));
    const answer = await own.admin.post('/org/documents', bodies);
    expect(answer.status).toBe(201);
    expect(answer.body.data.map(({ body }: { body: unknown }) => body)).toEqual(bodies);
    expect(await storedIn(own)).toHaveLength(1000);
    expect(await auditOf(own.id)).toMatchObject([{ resource_id: null, changes: { after: { documents: 1000 } } }]);
  });

  test.each([
    ['a list with something else in it', [{ a: 1 }, 'b'], 'body.1'],
    ['an empty list', [], 'body'],
    ['a thousand and one', Array.from({ length: 1001 }, () => ({})), 'body'],
    ['nothing but a text', '"a"', undefined],
    ['a thousand levels', nested(1000), 'body'],
    ['33 levels, in a list', `[{"a":1},${nested(33)}]`, 'body.0'],
    ['the name __proto__', '{"a":{"__proto__":{"admin":true}}}', 'body.a'],
    ['the name constructor', '{"constructor":{"prototype":{}}}', 'body'],
    ['a NUL character', '{"a":"x\\u0000y"}', 'body.a'],
    ['a NUL character in a name', '{"a\\u0000":1}', 'body'],
    ['half a character', '{"a":"\\ud800"}', 'body.a'],
    ['a number beyond all', '{"a":1e400}', 'body.a'],
    [
      '300 kilobytes',
      { a: 'x'.repeat(60_000), b: ['x'.repeat(60_000), 'x'.repeat(60_000), 'x'.repeat(60_000), 'x'.repeat(60_000)] },
      'body',
    ],
    ['no JSON', '{"a":', undefined],
  ])('refuses %s, and adds nothing', async (_what, body, path) => {
    const before = await storedIn(organization);
    const answer = await organization.admin.post('/org/documents', body);
    expect(answer.status).toBe(400);
    if (path !== undefined && path !== 'body.0') expect(answer.body.error.details[0].path).toBe(path);
    expect(await storedIn(organization)).toEqual(before);
  });

  test('more than a body may be is 413, and another type 415', async () => {
    const large = await organization.admin.post('/org/documents', { a: 'x'.repeat(1_100_000) });
    expect(large.status).toBe(413);
    const typed = await organization.admin.post('/org/documents', 'a=1', { 'content-type': 'text/plain' });
    expect(typed.status).toBe(415);
    const patchType = { 'content-type': 'application/merge-patch+json' };
    expect((await organization.admin.post('/org/documents', '{}', patchType)).status).toBe(415);
  });
});

describe('changing', () => {
  const aDocument = async (body: object = { name: 'Lena', guests: 84, venue: { city: 'Udaipur', hall: 'Lake' } }) =>
    (await organization.admin.post('/org/documents', body)).body.data;

  const storedBody = async (id: string) =>
    (await app.rows(`select body, version from ${organization.storage}.documents where id = $1`, [id]))[0];

  test('replaces all of it', async () => {
    const { id } = await aDocument();
    const answer = await organization.admin.put(`/org/documents/${id}?version=1`, { name: 'Tom' });
    expect([answer.status, answer.body.data.body, answer.body.data.version]).toEqual([200, { name: 'Tom' }, 2]);
    expect(await storedBody(id)).toEqual({ body: { name: 'Tom' }, version: 2 });
  });

  test.each(['application/json', 'application/merge-patch+json'])('patches it as %s', async (type) => {
    const { id } = await aDocument();
    const answer = await organization.admin.send('PATCH', `/org/documents/${id}`, {
      headers: { 'content-type': type },
      body: JSON.stringify({ guests: null, venue: { hall: null, seats: 200 }, tags: ['x'] }),
    });
    const body = { name: 'Lena', venue: { city: 'Udaipur', seats: 200 }, tags: ['x'] };
    expect([answer.status, answer.body.data.body]).toEqual([200, body]);
    expect(await storedBody(id)).toEqual({ body, version: 2 });
  });

  test('by a version that is out of date is a conflict, with the current state', async () => {
    const { id } = await aDocument({ n: 1 });
    await organization.admin.put(`/org/documents/${id}`, { n: 2 });
    for (const [method, body] of [
      ['PUT', { n: 3 }],
      ['PATCH', { n: 3 }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await organization.admin.send(method, `/org/documents/${id}?version=1`, { body });
      expect([answer.status, answer.body.error.code, answer.body.error.details.current.body]).toEqual([
        409,
        'VERSION_CONFLICT',
        { n: 2 },
      ]);
    }
    expect(await storedBody(id)).toEqual({ body: { n: 2 }, version: 2 });
  });

  test('at the same time loses no patch', async () => {
    const { id } = await aDocument({});
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        organization.admin.send('PATCH', `/org/documents/${id}`, { body: { [`n${n}`]: n } }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const stored = await storedBody(id);
    expect([stored?.version, Object.keys(Object(stored?.body))]).toEqual([21, expect.any(Array)]);
    expect(Object.keys(Object(stored?.body))).toHaveLength(20);
  });

  test('refuses a patch that makes too much of it', async () => {
    const { id } = await aDocument({ a: 'x'.repeat(60_000), b: 'x'.repeat(60_000), c: 'x'.repeat(60_000) });
    const patch = { d: 'x'.repeat(60_000), e: 'x'.repeat(60_000) };
    const answer = await organization.admin.send('PATCH', `/org/documents/${id}`, { body: patch });
    expect([answer.status, answer.body.error.code]).toEqual([422, 'ORGANIZATION_DOCUMENT_TOO_LARGE']);
    expect((await storedBody(id))?.version).toBe(1);
  });

  test('deletes it', async () => {
    const { id } = await aDocument();
    expect((await organization.admin.delete(`/org/documents/${id}`)).status).toBe(204);
    expect(await storedBody(id)).toBeUndefined();
    const gone = await organization.admin.get(`/org/documents/${id}`);
    expect([gone.status, gone.body.error.code]).toEqual([404, 'ORGANIZATION_DOCUMENT_NOT_FOUND']);
  });

  test("knows neither strangers nor another organization's documents", async () => {
    const other = await anOrganization(app);
    const { id } = await aDocument();
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', {}],
      ['PATCH', {}],
      ['DELETE', undefined],
    ] as const) {
      const path = `/org/documents/${id}`;
      expect((await app.http.send(method, path, { body })).status).toBe(401);
      expect((await other.admin.send(method, path, { body })).status).toBe(404);
      expect((await organization.admin.send(method, `/org/documents/${randomUUID()}`, { body })).status).toBe(404);
      expect((await organization.admin.send(method, '/org/documents/7', { body })).status).toBe(400);
    }
    expect((await storedBody(id))?.version).toBe(1);
    expect((await other.admin.get('/org/documents')).body.meta.total).toBe(0);
  });
});

describe('listing', () => {
  let own: TestOrganization;

  const documents = [
    { key: 'a', guests: 10, city: 'Udaipur', venue: { city: 'Lake' }, vip: true, note: null },
    { key: 'b', guests: 20, city: 'Goa', venue: { city: 'Beach' }, vip: false, note: 'x' },
    { key: 'c', guests: '20', city: 'Goa', venue: 'none', vip: 'true' },
    { key: 'd', guests: [20], city: "O'Hare; drop table documents", 'a.b': 1, note: 'null' },
    { key: 'e', guests: 5.5, date: '2026-02-01', tags: ['x', 'y'] },
    { key: 'f', date: '2026-11-20', 'quo"te': { 'ba\\ck': 7 } },
  ];

  beforeAll(async () => {
    own = await anOrganization(app);
    for (const document of documents) await own.admin.post('/org/documents', document);
  });

  const keysOf = async (query: Record<string, string>): Promise<string> => {
    const answer = await own.admin.get(`/org/documents?${new URLSearchParams({ sort: 'createdAt', ...query })}`);
    if (answer.status !== 200) return `${answer.status} ${answer.body.error.details[0].path}`;
    expect(answer.body.meta.total).toBeGreaterThanOrEqual(answer.body.data.length);
    return answer.body.data.map(({ body }: { body: { key: string } }) => body.key).join('');
  };

  test.each([
    [{ 'filter[city]': 'Goa' }, 'bc'],
    [{ 'filter[venue.city]': 'Lake' }, 'a'],
    [{ 'filter[city]': 'Goa', 'filter[guests]': '20' }, 'bc'],
    [{ 'filter[city]': 'Goa', 'filter[venue.city]': 'Beach' }, 'b'],
    [{ 'filter[guests]': '20' }, 'bc'],
    [{ 'filter[guests]': '5.5' }, 'e'],
    [{ 'filter[vip]': 'true' }, 'ac'],
    [{ 'filter[note]': 'null' }, 'ad'],
    [{ 'filter[city]': "O'Hare; drop table documents" }, 'd'],
    [{ "filter[city') or true --]": 'x' }, ''],
    [{ 'filter[quo"te.ba\\ck]': '7' }, 'f'],
    [{ 'filter[quo"te.ba\\ck][gt]': '6' }, 'f'],
    [{ 'filter[quo"te.ba\\ck][exists]': 'true' }, 'f'],
    [{ 'filter[venue]': 'none', 'filter[venue.city]': 'Lake' }, ''],
    [{ 'filter[guests][gt]': '10' }, 'b'],
    [{ 'filter[guests][gte]': '10' }, 'ab'],
    [{ 'filter[guests][lt]': '10' }, 'e'],
    [{ 'filter[guests][lte]': '10', 'filter[vip]': 'true' }, 'a'],
    [{ 'filter[date][gte]': '2026-06-01' }, 'f'],
    [{ 'filter[date][lt]': '2026-06-01' }, 'e'],
    [{ 'filter[date][gt]': '2026-01-01', 'filter[date][lte]': '2026-11-20' }, 'ef'],
    [{ 'filter[city][ne]': 'Goa' }, 'adef'],
    [{ 'filter[guests][ne]': '20' }, 'adef'],
    [{ 'filter[city][ne]': 'Goa', 'filter[key][ne]': 'a' }, 'def'],
    [{ 'filter[note][exists]': 'true' }, 'abd'],
    [{ 'filter[note][exists]': 'false' }, 'cef'],
    [{ 'filter[note][exists]': 'false', 'filter[date][exists]': 'false' }, 'c'],
    [{ 'filter[venue.city][exists]': 'true' }, 'ab'],
    [{ 'filter[__proto__]': '1' }, ''],
    [{ sort: '-createdAt' }, 'fedcba'],
    [{ sort: 'updatedAt' }, 'abcdef'],
    [{ sort: 'body.date' }, 'efabcd'],
    [{ sort: '-body.guests', 'filter[city]': 'Goa' }, 'bc'],
    [{ sort: '-body.venue.city' }, 'abfedc'],
    [{ page: '2', limit: '4' }, 'ef'],
    [{ sort: 'name' }, '400 query.sort'],
    [{ sort: 'body.' }, '400 query.sort'],
    [{ sort: 'body.a..b' }, '400 query.sort'],
    [{ limit: '101' }, '400 query.limit'],
    [{ page: '0' }, '400 query.page'],
    [{ search: 'x' }, '400 query.search'],
    [{ 'filter[]': 'x' }, '400 query.filter[]'],
    [{ 'filter[a][like]': 'x' }, '400 query.filter[a][like]'],
    [{ 'filter[a][b][c]': 'x' }, '400 query.filter[a][b][c]'],
    [{ 'filter[a..b]': 'x' }, '400 query.filter[a..b]'],
    [{ 'filter[a\0]': 'x' }, '400 query.filter[a\0]'],
    [{ 'filter[a]': 'x\0' }, '400 query.filter[a]'],
    [{ 'filter[a][exists]': 'maybe' }, '400 query.filter[a][exists]'],
    [{ [`filter[${'a.'.repeat(10)}a]`]: 'x' }, `400 query.filter[${'a.'.repeat(10)}a]`],
    [Object.fromEntries([...'abcdef'].map((name) => [`filter[${name}]`, '1'])), '400 query.filter'],
  ])('%j', async (query, expected) => {
    expect(await keysOf({ ...query })).toBe(expected);
  });

  test('counts exactly what it pages', async () => {
    const answer = await own.admin.get('/org/documents?limit=2&page=2&filter[key][exists]=true');
    expect(answer.body.meta).toEqual({ page: 2, limit: 2, total: 6, totalPages: 3 });
    expect((await app.http.get('/org/documents')).status).toBe(401);
  });

  test('a filter twice is refused', async () => {
    expect((await own.admin.get('/org/documents?filter[a]=1&filter[a]=2')).status).toBe(400);
  });
});
