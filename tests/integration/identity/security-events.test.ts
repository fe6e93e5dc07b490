import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { failure, NIL, type SecurityFixture, startSecurity, UNKNOWN_ID } from './security-fixture.ts';

interface Entry {
  readonly id: string;
  readonly tenantId: string | null;
}

let fixture: SecurityFixture;

beforeAll(async () => {
  fixture = await startSecurity();
});

afterAll(() => fixture.close());

const entriesOf = (answer: HttpAnswer): Entry[] => answer.body.data;
const idsOf = (answer: HttpAnswer): string[] => entriesOf(answer).map(({ id }) => id);
const tenantsOf = (answer: HttpAnswer) => new Set(entriesOf(answer).map(({ tenantId }) => tenantId));
const cursorOf = (text: string): string => Buffer.from(text).toString('base64url');

/** The slices of a list; `between` runs after each of them. */
async function walk(client: HttpClient, address: string, between: () => Promise<unknown> = async () => undefined) {
  const slices: string[][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const answer: HttpAnswer = await client.get(`${address}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(answer.status).toBe(200);
    slices.push(idsOf(answer));
    cursor = answer.body.meta.nextCursor;
    await between();
  }
  return slices;
}

const lists = [
  {
    path: '/api/security/events',
    table: 'security_events',
    add: (tenantId: string, occurredAt: string, userId: string | null) =>
      fixture.addEvent(tenantId, occurredAt, { user_id: userId }),
    filter: 'type=password.changed',
    other: 'type=policy.changed',
    wrong: ['type=everything', 'outcome=failed', 'actorId=me'],
  },
  {
    path: '/api/security/login-attempts',
    table: 'login_attempts',
    add: (tenantId: string, occurredAt: string, userId: string | null) =>
      fixture.addAttempt(tenantId, occurredAt, { user_id: userId }),
    filter: 'outcome=failed',
    other: 'outcome=throttled',
    wrong: ['outcome=perfect', 'type=password.changed', 'email=asha@lakeside.example'],
  },
] as const;

describe.each(lists)('GET $path', ({ path, table, add, filter, other, wrong }) => {
  test("shows a tenant its own rows, and operators everybody's and the platform's", async () => {
    const { lakeside, riverside, operator, operatorIn } = fixture;
    const now = new Date().toISOString();
    const [own, foreign, ofPlatform] = [
      await add(lakeside.id, now, null),
      await add(riverside.id, now, null),
      await add(NIL, now, null),
    ];

    const inTenant = await lakeside.owner.get(`${path}?limit=100`);
    const onPlatform = await operator.get(`${path}?limit=100`);
    const named = await operatorIn(riverside.id).get(`${path}?limit=100`);

    expect(tenantsOf(inTenant)).toEqual(new Set([lakeside.id]));
    expect(idsOf(inTenant)).toContain(own);
    expect(tenantsOf(named)).toEqual(new Set([riverside.id]));
    expect(tenantsOf(onPlatform)).toEqual(new Set([lakeside.id, riverside.id, null]));
    expect(idsOf(onPlatform)).toEqual(expect.arrayContaining([own, foreign, ofPlatform]));
    expect(entriesOf(onPlatform).find(({ id }) => id === ofPlatform)?.tenantId).toBeNull();
  });

  test('is walked without a gap or a repetition, though rows are added meanwhile', async () => {
    const { lakeside, riverside, app } = fixture;
    const userId = uuidv7();
    const moments = ['10:00:00.001Z', '10:00:00.000Z', '10:00:00.000Z', '10:00:00.000Z', '09:59:59.999Z'];
    for (const moment of moments) await add(lakeside.id, `2021-03-01T${moment}`, userId);
    await add(riverside.id, '2021-03-01T10:00:00.000Z', userId);
    const rows = await app.rows(
      `select id from ${table} where tenant_id = $1 and user_id = $2 order by occurred_at desc, id desc`,
      [lakeside.id, userId],
    );
    const expected = rows.map(({ id }) => id);

    for (const limit of [1, 2, 5, 6]) {
      const newer = () => add(lakeside.id, new Date().toISOString(), userId);
      const slices = await walk(
        lakeside.owner,
        `${path}?limit=${limit}&userId=${userId}&to=2021-03-02T00:00:00Z`,
        newer,
      );
      expect(slices.flat()).toEqual(expected);
      expect(slices).toHaveLength(Math.ceil(moments.length / limit));
    }
    const before = idsOf(await lakeside.owner.get(`${path}?limit=100&userId=${userId}`));
    const slices = await walk(lakeside.owner, `${path}?limit=2&userId=${userId}`, () =>
      add(lakeside.id, new Date(Date.now() + 60_000).toISOString(), userId),
    );
    expect(slices.flat()).toEqual(before);
  });

  test("never shows another tenant's rows, whatever the cursor", async () => {
    const { lakeside, riverside } = fixture;
    const foreign = await add(riverside.id, '2030-01-01T00:00:00.000Z', null);

    const answer = await lakeside.owner.get(
      `${path}?limit=100&cursor=${cursorOf(`2031-01-01T00:00:00.000Z|${foreign}`)}`,
    );

    expect(answer.status).toBe(200);
    expect(tenantsOf(answer)).toEqual(new Set([lakeside.id]));
  });

  test('filters by kind, user and period', async () => {
    const { lakeside, riverside } = fixture;
    const userId = uuidv7();
    const [first, second, third] = [
      await add(lakeside.id, '2022-01-01T00:00:00.000Z', userId),
      await add(lakeside.id, '2022-01-02T00:00:00.000Z', null),
      await add(lakeside.id, '2022-01-03T00:00:00.000Z', userId),
    ];
    const period = 'from=2022-01-01T00:00:00Z&to=2022-01-04T00:00:00Z';
    const found = async (query: string) => idsOf(await lakeside.owner.get(`${path}?${query}`));

    expect(await found(period)).toEqual([third, second, first]);
    expect(await found(`${period}&${filter}`)).toEqual([third, second, first]);
    expect(await found(`${period}&${other}`)).toEqual([]);
    expect(await found(`userId=${userId}`)).toEqual([third, first]);
    expect(await found('from=2022-01-01T00:00:00Z&to=2022-01-03T00:00:00Z')).toEqual([second, first]);
    expect(await found('from=2022-01-02T00:00:00.001Z&to=2022-01-04T00:00:00Z')).toEqual([third]);
    expect(idsOf(await riverside.owner.get(`${path}?userId=${userId}`))).toEqual([]);
  });

  test.each([
    'limit=0',
    'limit=101',
    'page=2',
    'userId=me',
    'from=yesterday',
    'to=0000-01-01T00:00:00Z',
    'cursor=',
    'cursor=not.base64url',
    `cursor=${cursorOf(`2026-01-01|${UNKNOWN_ID}`)}`,
    `cursor=${cursorOf("2026-01-01T00:00:00.000Z|' or true --")}`,
    ...wrong,
  ])('refuses %s', async (query) => {
    expect(failure(await fixture.lakeside.owner.get(`${path}?${query}`))).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('is for who may read it', async () => {
    const { app, lakeside, riverside, addMember } = fixture;
    const manager = await addMember(lakeside.id, 'manager');

    expect(failure(await app.http.get(path))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await manager.get(path))).toEqual([403, 'FORBIDDEN']);
    for (const tenantId of [riverside.id, NIL]) {
      const foreign = await lakeside.owner.get(path, { headers: { 'x-tenant-id': tenantId } });
      expect(failure(foreign)).toEqual([403, 'TENANT_ACCESS_DENIED']);
    }
  });
});

test('a security event is shown as it was written', async () => {
  const { lakeside, addEvent } = fixture;
  const [userId, actorId] = [uuidv7(), uuidv7()];
  const id = await addEvent(lakeside.id, '2023-01-01T00:00:00.000Z', {
    type: 'session.revoked',
    user_id: userId,
    actor_id: actorId,
    ip_address: '203.0.113.7',
    user_agent: 'events-test/1',
    details: { reason: 'test' },
  });

  const answer = await lakeside.owner.get(`/api/security/events?userId=${userId}`);

  expect(answer.body).toMatchObject({ meta: { limit: 20, nextCursor: null } });
  expect(answer.body.data).toEqual([
    {
      id,
      tenantId: lakeside.id,
      type: 'session.revoked',
      userId,
      actorId,
      ipAddress: '203.0.113.7',
      userAgent: 'events-test/1',
      details: { reason: 'test' },
      occurredAt: '2023-01-01T00:00:00.000Z',
    },
  ]);
});

test('signing in shows up among the tries, right and wrong ones', async () => {
  const { app, addTenant, userId } = fixture;
  const tenant = await addTenant();
  const ownerId = await userId(tenant.ownerEmail);
  const wrong = await app.http.post('/api/auth/login', { email: tenant.ownerEmail, password: 'not the right one' });
  expect(wrong.status).toBe(401);

  const answer = await tenant.owner.get(`/api/security/login-attempts?userId=${ownerId}`);

  expect(answer.body.data).toMatchObject([
    { tenantId: tenant.id, userId: ownerId, email: tenant.ownerEmail, method: 'password', outcome: 'failed' },
    { tenantId: tenant.id, userId: ownerId, email: tenant.ownerEmail, method: 'password', outcome: 'succeeded' },
  ]);
});
