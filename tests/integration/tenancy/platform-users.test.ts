import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { outcome, PEOPLE, type People, personBody, startPeople } from './people-fixture.ts';

let people: People;

beforeAll(async () => {
  people = await startPeople();
});
afterAll(() => people.platform.app.close());

describe('adding somebody', () => {
  test('stands in the table, is audited without notes and numbers, and is read as it was answered', async () => {
    const libraryId = await people.addLibrary(people.lakeside.owner);
    const email = `Asha-${randomUUID()}@People.example`;
    const body = personBody({ kind: 'staff', email, phone: '+91 80 4718 2200', libraryId, notes: 'Night shift' });
    const answer = await people.lakeside.owner.post(PEOPLE, body);
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      kind: 'staff',
      email: email.toLowerCase(),
      status: 'active',
      libraryId,
      reference: null,
      version: 1,
      students: [],
      parents: [],
    });
    const { id } = answer.body.data;
    expect(await people.rowOf(id)).toMatchObject({
      tenant_id: people.lakeside.id,
      email: email.toLowerCase(),
      notes: 'Night shift',
    });
    expect((await people.lakeside.owner.get(`${PEOPLE}/${id}`)).body.data).toEqual(answer.body.data);
    expect(await people.lastEntryOf(id)).toEqual({
      action: 'platform_user.created',
      resource_type: 'platform_user',
      tenant_id: people.lakeside.id,
      changes: {
        after: {
          kind: 'staff',
          name: 'Meera Nair',
          email: email.toLowerCase(),
          status: 'active',
          libraryId,
          studentIds: [],
        },
      },
    });
  });

  test('of a hundred at once with one address makes one row, and another tenant may have it too', async () => {
    const body = personBody();
    const answers = await Promise.all(Array.from({ length: 100 }, () => people.lakeside.owner.post(PEOPLE, body)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body: { error } }) => error?.code === 'PLATFORM_USER_EMAIL_TAKEN')).toHaveLength(99);
    expect(await people.countOf(body.email)).toBe(1);
    expect((await people.hillside.owner.post(PEOPLE, body)).status).toBe(201);
  });

  test('is done once for an Idempotency-Key', async () => {
    const [body, headers] = [personBody(), { 'idempotency-key': randomUUID() }];
    const first = await people.lakeside.owner.post(PEOPLE, body, headers);
    const second = await people.lakeside.owner.post(PEOPLE, body, headers);
    expect([second.status, second.text]).toEqual([201, first.text]);
  });

  test('refuses a library of another tenant', async () => {
    const libraryId = await people.addLibrary(people.hillside.owner);
    const body = personBody({ libraryId });
    const answer = await people.lakeside.owner.post(PEOPLE, body);
    expect(outcome(answer)).toEqual([422, 'LIBRARY_UNKNOWN']);
    expect(answer.body.error.details).toEqual({ libraryId });
    expect(await people.countOf(body.email)).toBe(0);
  });

  test.each([
    ['an unknown kind', { kind: 'teacher' }, 'body.kind'],
    ['no address', { email: 'nobody' }, 'body.email'],
    ['a status', { status: 'inactive' }, 'body.status'],
    ['students of a student', { studentIds: [] }, 'body.studentIds'],
    [
      'too many students',
      { kind: 'parent', studentIds: Array.from({ length: 51 }, () => randomUUID()) },
      'body.studentIds',
    ],
    ['a student twice', { kind: 'parent', studentIds: Array(2).fill(randomUUID()) }, 'body.studentIds'],
  ])('refuses %s', async (_what, fields, path) => {
    const body = personBody(fields);
    const answer = await people.lakeside.owner.post(PEOPLE, body);
    expect(outcome(answer)).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.error.details.map((detail: { path: string }) => detail.path)).toContain(path);
    expect(await people.countOf(body.email)).toBe(0);
  });
});

describe('changing somebody', () => {
  test('leaves what is absent, clears what is null, and keeps what is private out of the log', async () => {
    const libraryId = await people.addLibrary(people.lakeside.owner);
    const id = await people.addPerson({ libraryId, phone: '+91 80 4718 2200', notes: 'Allergic to cats' });
    const answer = await people.lakeside.owner.put(`${PEOPLE}/${id}`, {
      libraryId: null,
      phone: null,
      reference: 'R-1',
    });
    expect(answer.body.data).toMatchObject({
      libraryId: null,
      phone: null,
      reference: 'R-1',
      notes: 'Allergic to cats',
    });
    expect(await people.rowOf(id)).toMatchObject({ library_id: null, phone: null, reference: 'R-1', version: 2 });
    expect(await people.lastEntryOf(id)).toMatchObject({
      action: 'platform_user.updated',
      changes: {
        before: { libraryId, redacted: null },
        after: { libraryId: null, redacted: ['phone', 'reference'] },
      },
    });
  });

  test('never the kind, and not to the address of somebody else', async () => {
    const other = personBody();
    await people.lakeside.owner.post(PEOPLE, other);
    const id = await people.addPerson();
    expect(outcome(await people.lakeside.owner.put(`${PEOPLE}/${id}`, { kind: 'parent' }))).toEqual([
      400,
      'VALIDATION_FAILED',
    ]);
    const taken = await people.lakeside.owner.put(`${PEOPLE}/${id}`, { email: other.email.toUpperCase() });
    expect(outcome(taken)).toEqual([409, 'PLATFORM_USER_EMAIL_TAKEN']);
    const away = await people.lakeside.owner.put(`${PEOPLE}/${id}`, {
      libraryId: await people.addLibrary(people.hillside.owner),
    });
    expect(outcome(away)).toEqual([422, 'LIBRARY_UNKNOWN']);
    expect(await people.rowOf(id)).toMatchObject({ kind: 'student', version: 1, library_id: null });
  });

  test('of one version succeeds once', async () => {
    const id = await people.addPerson();
    const answers = await Promise.all(
      ['First', 'Second'].map((name) => people.lakeside.owner.put(`${PEOPLE}/${id}`, { version: 1, name })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const conflict = answers.find(({ status }) => status === 409);
    expect(conflict?.body.error).toMatchObject({ code: 'VERSION_CONFLICT', details: { current: { id, version: 2 } } });
  });

  test('deactivates and activates once each, however many ask', async () => {
    const id = await people.addPerson();
    for (const [verb, status] of [
      ['deactivate', 'inactive'],
      ['activate', 'active'],
    ]) {
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => people.lakeside.owner.post(`${PEOPLE}/${id}/${verb}`)),
      );
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
      expect(answers.filter(({ body }) => body.error?.code === 'PLATFORM_USER_STATE_CONFLICT')).toHaveLength(5);
      expect(await people.rowOf(id)).toMatchObject({ status });
      expect(await people.lastEntryOf(id)).toMatchObject({
        action: `platform_user.${verb}d`,
        changes: { after: { status } },
      });
    }
  });
});

test('deleting somebody is for good, ends their guardianships, and leaves name and address in the log', async () => {
  const student = await people.addPerson({ notes: 'Secret', phone: '+91 80 4718 2200' });
  const parent = await people.addPerson({ kind: 'parent', studentIds: [student] });
  expect((await people.lakeside.owner.delete(`${PEOPLE}/${student}`)).status).toBe(204);
  expect(await people.rowOf(student)).toBeUndefined();
  expect(await people.studentsOf(parent)).toEqual([]);
  const entry = await people.lastEntryOf(student);
  expect(entry).toMatchObject({ action: 'platform_user.deleted', changes: { before: { name: 'Meera Nair' } } });
  expect(JSON.stringify(entry)).not.toMatch(/Secret|4718/);
  expect(outcome(await people.lakeside.owner.delete(`${PEOPLE}/${student}`))).toEqual([404, 'PLATFORM_USER_NOT_FOUND']);
});

test('lists page, sort, filter and search with an exact total, all kinds or one', async () => {
  const { owner } = await people.platform.addTenant();
  const libraryId = await people.addLibrary(owner);
  const rows: [string, string, object][] = [
    ['student', 'Zeta 100%', { libraryId }],
    ['student', 'Alpha', { email: 'Under_Score@People.example' }],
    ['parent', 'Beta_', { libraryId }],
    ['owner', 'Omega', {}],
    ['staff', 'Sigma', {}],
  ];
  for (const [kind, name, fields] of rows) await people.addPerson({ kind, name, ...fields }, owner);
  const [student] = (await owner.get(`${PEOPLE}/students?search=alpha`)).body.data;
  await owner.post(`${PEOPLE}/${student.id}/deactivate`);
  const names = async (query: string) => {
    const { body } = await owner.get(`${PEOPLE}${query}`);
    return [body.data.map((row: { name: string }) => row.name), body.meta.total];
  };
  expect(await names('?sort=name&limit=2&page=2')).toEqual([['Omega', 'Sigma'], 5]);
  expect(await names('')).toEqual([['Sigma', 'Omega', 'Beta_', 'Alpha', 'Zeta 100%'], 5]);
  expect(await names('?kind=student&sort=-name')).toEqual([['Zeta 100%', 'Alpha'], 2]);
  expect(await names(`?libraryId=${libraryId}&sort=name`)).toEqual([['Beta_', 'Zeta 100%'], 2]);
  expect(await names('?status=inactive')).toEqual([['Alpha'], 1]);
  expect(await names('?search=UNDER_')).toEqual([['Alpha'], 1]);
  expect(await names('?search=%25')).toEqual([['Zeta 100%'], 1]);
  expect(await names('/students?sort=name')).toEqual([['Alpha', 'Zeta 100%'], 2]);
  expect(await names(`/students?libraryId=${libraryId}&status=active`)).toEqual([['Zeta 100%'], 1]);
  expect(await names('/parents')).toEqual([['Beta_'], 1]);
  expect(await names('/owners')).toEqual([['Omega'], 1]);
  expect(await names('/staff?sort=name')).toEqual([['Sigma'], 1]);
  expect((await owner.get(`${PEOPLE}/staff?kind=owner`)).status).toBe(400);
  expect((await owner.get(`${PEOPLE}?sort=email`)).status).toBe(400);
});

describe('who may', () => {
  test('work with them, and delete them: not everybody', async () => {
    const id = await people.addPerson();
    const staff = await people.platform.addMember(people.lakeside.id, 'staff');
    const member = await people.platform.addMember(people.lakeside.id, 'member');
    expect((await staff.post(PEOPLE, personBody())).status).toBe(201);
    expect((await staff.put(`${PEOPLE}/${id}`, { name: 'Meera' })).status).toBe(200);
    expect(outcome(await staff.delete(`${PEOPLE}/${id}`))).toEqual([403, 'FORBIDDEN']);
    expect(outcome(await member.get(PEOPLE))).toEqual([403, 'FORBIDDEN']);
    expect(outcome(await people.platform.app.http.get(PEOPLE))).toEqual([401, 'UNAUTHENTICATED']);
    expect(outcome(await people.platform.operator.get(PEOPLE))).toEqual([400, 'TENANT_REQUIRED']);
    const operator = people.platform.operator.with({ 'x-tenant-id': people.lakeside.id });
    expect((await operator.get(`${PEOPLE}/${id}`)).status).toBe(200);
  });

  test('nobody of another tenant', async () => {
    const id = await people.addPerson();
    const path = `${PEOPLE}/${id}`;
    const { owner } = people.hillside;
    const answers = await Promise.all([
      owner.get(path),
      owner.get(`${PEOPLE}/students/${id}`),
      owner.get(`${path}/activity`),
      owner.put(path, { name: 'Stolen' }),
      owner.post(`${path}/deactivate`),
      owner.delete(path),
    ]);
    expect(answers.map(outcome)).toEqual(Array(6).fill([404, 'PLATFORM_USER_NOT_FOUND']));
    expect((await owner.get(`${PEOPLE}?limit=100`)).text).not.toContain(id);
    expect(await people.rowOf(id)).toMatchObject({ name: 'Meera Nair', status: 'active', version: 1 });
  });
});
