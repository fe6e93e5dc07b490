import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import { type MadeTenant, type Platform, startPlatform } from './tenancy-fixture.ts';

const LIBRARIES = '/api/libraries';

let platform: Platform;
let lakeside: MadeTenant;
let hillside: MadeTenant;
let count = 0;

beforeAll(async () => {
  platform = await startPlatform();
  lakeside = await platform.addTenant({ timeZone: 'Asia/Kolkata' });
  hillside = await platform.addTenant();
});
afterAll(() => platform.app.close());

const libraryBody = (fields: Record<string, unknown> = {}) => {
  count += 1;
  return { name: `Room ${count}`, code: `R-${count}`, seats: 40, ...fields };
};

async function addLibrary(fields: Record<string, unknown> = {}, client: HttpClient = lakeside.owner): Promise<string> {
  const answer = await client.post(LIBRARIES, libraryBody(fields));
  if (answer.status !== 201) throw new Error(`The library was refused: ${answer.text}`);
  return answer.body.data.id;
}

const rowOf = async (id: string) => (await platform.app.rows('select * from libraries where id = $1', [id]))[0];

const entriesOf = (id: string) =>
  platform.app.rows(
    'select action, resource_type, tenant_id, changes from audit_entries where resource_id = $1 order by occurred_at, id',
    [id],
  );

const outcome = ({ status, body }: Awaited<ReturnType<HttpClient['get']>>) => [status, body?.error?.code];

const HOURS = [
  { day: 6, opens: '10:00', closes: '24:00' },
  { day: 1, opens: '14:00', closes: '22:00' },
  { day: 1, opens: '08:00', closes: '14:00' },
];

describe('creating a library', () => {
  test('stands in its table in the time zone of the tenant, is audited, and is read as it was answered', async () => {
    const answer = await lakeside.owner.post(
      LIBRARIES,
      libraryBody({ openingHours: HOURS, email: 'Desk@Room.example' }),
    );
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      timeZone: 'Asia/Kolkata',
      status: 'active',
      version: 1,
      email: 'desk@room.example',
      openingHours: [HOURS[2], HOURS[1], HOURS[0]],
      addressLines: [],
      phone: null,
    });
    const { id } = answer.body.data;
    expect(await rowOf(id)).toMatchObject({ tenant_id: lakeside.id, seats: 40, version: 1 });
    expect((await lakeside.owner.get(`${LIBRARIES}/${id}`)).body.data).toEqual(answer.body.data);
    expect(await entriesOf(id)).toEqual([
      {
        action: 'library.created',
        resource_type: 'library',
        tenant_id: lakeside.id,
        changes: { after: expect.objectContaining({ seats: 40, timeZone: 'Asia/Kolkata' }) },
      },
    ]);
  });

  test('takes a time zone of its own', async () => {
    const answer = await lakeside.owner.post(LIBRARIES, libraryBody({ timeZone: 'Asia/Dubai' }));
    expect(answer.body.data.timeZone).toBe('Asia/Dubai');
  });

  test('refuses a code of another one, in whichever case, and lets other tenants have it', async () => {
    await addLibrary({ code: 'Main-1' });
    const taken = await lakeside.owner.post(LIBRARIES, libraryBody({ code: 'mAIN-1' }));
    expect(outcome(taken)).toEqual([409, 'LIBRARY_CODE_TAKEN']);
    expect((await hillside.owner.post(LIBRARIES, libraryBody({ code: 'Main-1' }))).status).toBe(201);
    expect(await platform.app.rows("select count(*)::int as n from libraries where lower(code) = 'main-1'")).toEqual([
      { n: 2 },
    ]);
  });

  test('by twenty at once with one code makes one', async () => {
    const body = libraryBody();
    const answers = await Promise.all(Array.from({ length: 20 }, () => lakeside.owner.post(LIBRARIES, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)]);
    expect(await platform.app.rows('select name from libraries where code = $1', [body.code])).toHaveLength(1);
  });

  test.each([
    ['no seats', { seats: 0 }, 'body.seats'],
    ['half a seat', { seats: 1.5 }, 'body.seats'],
    ['a code with a space', { code: 'A B' }, 'body.code'],
    ['a time zone that does not exist', { timeZone: 'Asia/Nowhere' }, 'body.timeZone'],
    ['an unknown status', { status: 'open' }, 'body.status'],
    ['an eighth day', { openingHours: [{ day: 8, opens: '08:00', closes: '09:00' }] }, 'body.openingHours.0.day'],
    [
      'an hour that is none',
      { openingHours: [{ day: 1, opens: '24:00', closes: '24:00' }] },
      'body.openingHours.0.opens',
    ],
    [
      'to close as it opens',
      { openingHours: [{ day: 1, opens: '08:00', closes: '08:00' }] },
      'body.openingHours.0.closes',
    ],
    [
      'hours that overlap',
      {
        openingHours: [
          { day: 1, opens: '12:00', closes: '20:00' },
          { day: 1, opens: '08:00', closes: '12:01' },
        ],
      },
      'body.openingHours',
    ],
    ["somebody else's tenant", { tenantId: randomUUID() }, 'body.tenantId'],
  ])('refuses %s and leaves nothing behind', async (_what, fields, path) => {
    const body = libraryBody(fields);
    const answer = await lakeside.owner.post(LIBRARIES, body);
    expect(outcome(answer)).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.error.details.map((detail: { path: string }) => detail.path)).toContain(path);
    expect(await platform.app.rows('select from libraries where name = $1', [body.name])).toHaveLength(0);
  });
});

describe('changing a library', () => {
  test('leaves what is absent, clears what is null, closes it, and records what differs', async () => {
    const id = await addLibrary({ phone: '+91 80 4718 2200', description: 'Upstairs', openingHours: HOURS });
    const answer = await lakeside.owner.put(`${LIBRARIES}/${id}`, { phone: null, status: 'closed', version: 1 });
    expect(answer.body.data).toMatchObject({ version: 2, phone: null, description: 'Upstairs', status: 'closed' });
    expect(await rowOf(id)).toMatchObject({ version: 2, phone: null, status: 'closed', seats: 40 });
    expect((await entriesOf(id)).at(-1)).toMatchObject({
      action: 'library.updated',
      changes: { before: { phone: '+91 80 4718 2200', status: 'active' }, after: { phone: null, status: 'closed' } },
    });
  });

  test('of one version succeeds once, and a code that is taken changes nothing', async () => {
    const [id, other] = [await addLibrary(), await addLibrary({ code: 'TAKEN' })];
    const answers = await Promise.all([
      lakeside.owner.put(`${LIBRARIES}/${id}`, { version: 1, seats: 41 }),
      lakeside.owner.put(`${LIBRARIES}/${id}`, { version: 1, seats: 42 }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.error).toMatchObject({
      code: 'VERSION_CONFLICT',
      details: { current: { id, version: 2 } },
    });
    const taken = await lakeside.owner.put(`${LIBRARIES}/${id}`, { code: 'taken' });
    expect(outcome(taken)).toEqual([409, 'LIBRARY_CODE_TAKEN']);
    expect((await lakeside.owner.put(`${LIBRARIES}/${other}`, { code: 'taken' })).status).toBe(200);
    expect(await rowOf(id)).toMatchObject({ version: 2 });
  });
});

describe('deleting a library', () => {
  const join = (libraryId: string) =>
    lakeside.owner.post('/api/platform-users', {
      kind: 'student',
      name: 'Meera Nair',
      email: `${randomUUID()}@students.example`,
      libraryId,
    });

  test('is refused while somebody belongs to it', async () => {
    const id = await addLibrary();
    const { body } = await join(id);
    expect(outcome(await lakeside.owner.delete(`${LIBRARIES}/${id}`))).toEqual([409, 'LIBRARY_IN_USE']);
    expect(await rowOf(id)).toBeDefined();
    await lakeside.owner.put(`/api/platform-users/${body.data.id}`, { libraryId: null });
    expect((await lakeside.owner.delete(`${LIBRARIES}/${id}`)).status).toBe(204);
    expect(await rowOf(id)).toBeUndefined();
    expect((await entriesOf(id)).at(-1)).toMatchObject({ action: 'library.deleted' });
    expect(outcome(await lakeside.owner.delete(`${LIBRARIES}/${id}`))).toEqual([404, 'LIBRARY_NOT_FOUND']);
  });

  test('while people join it, leaves either the library and its people or neither', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await addLibrary();
      const [deleted, ...joined] = await Promise.all([
        lakeside.owner.delete(`${LIBRARIES}/${id}`),
        ...Array.from({ length: 6 }, () => join(id)),
      ]);
      const [row] = await platform.app.rows<{ n: number }>(
        'select count(*)::int as n from platform_users where library_id = $1',
        [id],
      );
      expect(row?.n).toBe(joined.filter(({ status }) => status === 201).length);
      if (deleted.status === 204) expect(joined.map(outcome)).toEqual(Array(6).fill([422, 'LIBRARY_UNKNOWN']));
      else expect(outcome(deleted)).toEqual([409, 'LIBRARY_IN_USE']);
    }
  });
});

test('a list pages, sorts, filters and searches with an exact total', async () => {
  const { owner } = await platform.addTenant();
  for (const [name, code, status] of [
    ['Zeta 100%', 'Z1', 'active'],
    ['Alpha', 'A1', 'closed'],
    ['Beta_', 'B1', 'active'],
  ]) {
    await addLibrary({ name, code, status }, owner);
  }
  const names = async (query: string) => {
    const { body } = await owner.get(`${LIBRARIES}${query}`);
    return [body.data.map((row: { name: string }) => row.name), body.meta.total];
  };
  expect(await names('?sort=name&limit=2')).toEqual([['Alpha', 'Beta_'], 3]);
  expect(await names('?sort=name&limit=2&page=2')).toEqual([['Zeta 100%'], 3]);
  expect(await names('')).toEqual([['Beta_', 'Alpha', 'Zeta 100%'], 3]);
  expect(await names('?status=closed')).toEqual([['Alpha'], 1]);
  expect(await names('?search=a_')).toEqual([['Beta_'], 1]);
  expect(await names('?search=0%25')).toEqual([['Zeta 100%'], 1]);
  expect(await names('?search=b1')).toEqual([['Beta_'], 1]);
  expect((await owner.get(`${LIBRARIES}?sort=seats`)).status).toBe(400);
});

describe('who may', () => {
  test('see, change and delete them: not everybody, and only their own', async () => {
    const id = await addLibrary();
    const staff = await platform.addMember(lakeside.id, 'staff');
    const member = await platform.addMember(lakeside.id, 'member');
    const manager = await platform.addMember(lakeside.id, 'manager');
    expect((await staff.get(`${LIBRARIES}/${id}`)).status).toBe(200);
    expect(outcome(await staff.put(`${LIBRARIES}/${id}`, { seats: 1 }))).toEqual([403, 'FORBIDDEN']);
    expect(outcome(await staff.post(LIBRARIES, libraryBody()))).toEqual([403, 'FORBIDDEN']);
    expect(outcome(await member.get(LIBRARIES))).toEqual([403, 'FORBIDDEN']);
    expect((await manager.put(`${LIBRARIES}/${id}`, { seats: 41 })).status).toBe(200);
    expect(outcome(await platform.app.http.get(LIBRARIES))).toEqual([401, 'UNAUTHENTICATED']);
    expect(outcome(await platform.operator.get(LIBRARIES))).toEqual([400, 'TENANT_REQUIRED']);
  });

  test('nobody of another tenant', async () => {
    const id = await addLibrary();
    const path = `${LIBRARIES}/${id}`;
    expect(outcome(await hillside.owner.get(path))).toEqual([404, 'LIBRARY_NOT_FOUND']);
    expect(outcome(await hillside.owner.put(path, { name: 'Stolen' }))).toEqual([404, 'LIBRARY_NOT_FOUND']);
    expect(outcome(await hillside.owner.delete(path))).toEqual([404, 'LIBRARY_NOT_FOUND']);
    expect((await hillside.owner.get(`${LIBRARIES}?limit=100`)).text).not.toContain(id);
    expect(await rowOf(id)).toMatchObject({ version: 1 });
  });
});
