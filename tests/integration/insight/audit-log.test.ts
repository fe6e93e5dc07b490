import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { type MadeTenant, type Platform, startPlatform } from '../tenancy/tenancy-fixture.ts';

const NIL = '00000000-0000-0000-0000-000000000000';
const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';

interface Entry {
  readonly id: string;
  readonly tenantId: string | null;
  readonly occurredAt: string;
  readonly action: string;
}

let platform: Platform;
let lakeside: MadeTenant;
let riverside: MadeTenant;

beforeAll(async () => {
  platform = await startPlatform();
  lakeside = await platform.addTenant();
  riverside = await platform.addTenant();
});

afterAll(() => platform.app.close());

const failure = ({ status, body }: HttpAnswer) => [status, body.error.code];
const entriesOf = (answer: HttpAnswer): Entry[] => answer.body.data;
const cursorOf = (text: string): string => Buffer.from(text).toString('base64url');

async function addEntry(tenantId: string, occurredAt: string, fields: Record<string, unknown> = {}): Promise<string> {
  const id = uuidv7();
  const entry = { action: 'test.happened', resourceType: 'test', resourceId: null, actorId: null, ...fields };
  await platform.app.rows(
    `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, resource_id, actor_type, actor_id, actor_name, request_id)
     values ($1, $2, $3, $4, $5, $6, 'system', $7, 'Rowhouse', 'test')`,
    [tenantId, id, occurredAt, entry.action, entry.resourceType, entry.resourceId, entry.actorId],
  );
  return id;
}

/** Every entry of a list, slice by slice. */
async function walk(client: HttpClient, query: string): Promise<Entry[][]> {
  const slices: Entry[][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const answer: HttpAnswer = await client.get(`/api/audit?${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(answer.status).toBe(200);
    slices.push(entriesOf(answer));
    cursor = answer.body.meta.nextCursor;
  }
  return slices;
}

describe('GET /api/audit', () => {
  test('shows who changed what, on what, from where, before and after', async () => {
    const { owner, id, ownerEmail } = await platform.addTenant({ name: 'Before' });
    const [user] = await platform.app.rows('select id, name from users where email = $1', [ownerEmail]);
    await owner.put(
      `/api/tenants/${id}`,
      { name: 'After' },
      { 'user-agent': 'audit-test/1', 'x-request-id': 'audit-request-1' },
    );

    const answer = await owner.get('/api/audit?action=tenant.updated');

    expect(answer.status).toBe(200);
    expect(answer.body.meta).toEqual({ limit: 20, nextCursor: null });
    expect(answer.body.data).toEqual([
      {
        id: expect.any(String),
        tenantId: id,
        occurredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        action: 'tenant.updated',
        resourceType: 'tenant',
        resourceId: id,
        actor: { type: 'user', id: user?.id, name: user?.name, impersonatorId: null },
        sessionId: expect.any(String),
        requestId: 'audit-request-1',
        ipAddress: expect.stringContaining('127.0.0.1'),
        userAgent: 'audit-test/1',
        changes: { before: { name: 'Before' }, after: { name: 'After' } },
        sequence: null,
      },
    ]);
  });

  test("shows an entry's place in the chain once it is sealed", async () => {
    const id = await addEntry(lakeside.id, '2020-01-01T00:00:00.000Z', { action: 'test.sealed' });
    await platform.app.rows("update audit_entries set sequence = 7, hash = '\\x00' where id = $1", [id]);

    const answer = await lakeside.owner.get('/api/audit?action=test.sealed');

    expect(answer.body.data).toMatchObject([{ id, sequence: 7 }]);
  });

  test("shows a tenant its own entries, and operators everybody's and the platform's", async () => {
    const ofTenant = entriesOf(await lakeside.owner.get('/api/audit?limit=100'));
    const ofPlatform = entriesOf(await platform.operator.get('/api/audit?limit=100'));
    const named = entriesOf(
      await platform.operator.get('/api/audit?limit=100', { headers: { 'x-tenant-id': riverside.id } }),
    );

    expect(ofTenant.length).toBeGreaterThan(0);
    expect(new Set(ofTenant.map(({ tenantId }) => tenantId))).toEqual(new Set([lakeside.id]));
    expect(ofPlatform.map(({ tenantId }) => tenantId)).toEqual(
      expect.arrayContaining([lakeside.id, riverside.id, null]),
    );
    expect(ofPlatform.find(({ action }) => action === 'plan.created')?.tenantId).toBeNull();
    expect(new Set(named.map(({ tenantId }) => tenantId))).toEqual(new Set([riverside.id]));
  });

  test('is walked from the newest to the oldest without a gap or a repetition', async () => {
    const moments = [
      '2021-03-01T10:00:00.001Z',
      '2021-03-01T10:00:00.000Z',
      '2021-03-01T10:00:00.000Z',
      '2021-03-01T10:00:00.000Z',
      '2021-03-01T09:59:59.999Z',
    ];
    for (const moment of moments) await addEntry(lakeside.id, moment, { action: 'test.walked' });
    await addEntry(riverside.id, '2021-03-01T10:00:00.000Z', { action: 'test.walked' });
    const expected = (
      await platform.app.rows(
        "select id from audit_entries where tenant_id = $1 and action = 'test.walked' order by occurred_at desc, id desc",
        [lakeside.id],
      )
    ).map(({ id }) => id);

    for (const limit of [1, 2, 5, 6]) {
      const slices = await walk(lakeside.owner, `action=test.walked&limit=${limit}`);
      expect(slices.flat().map(({ id }) => id)).toEqual(expected);
      expect(slices).toHaveLength(Math.ceil(moments.length / limit));
    }
    expect((await walk(platform.operator, 'action=test.walked&limit=2')).flat()).toHaveLength(6);
  });

  test("never shows another tenant's entries, whatever the cursor", async () => {
    const [position] = entriesOf(await riverside.owner.get('/api/audit?limit=1'));

    const answer = await lakeside.owner.get(
      `/api/audit?limit=100&cursor=${cursorOf(`${position?.occurredAt}|${position?.id}`)}`,
    );

    expect(answer.status).toBe(200);
    expect(entriesOf(answer).every(({ tenantId }) => tenantId === lakeside.id)).toBe(true);
  });

  test('filters by action, actor, resource and period', async () => {
    const actorId = uuidv7();
    const first = await addEntry(lakeside.id, '2022-01-01T00:00:00.000Z', {
      action: 'test.first',
      actorId,
      resourceType: 'parcel',
      resourceId: 'A',
    });
    const second = await addEntry(lakeside.id, '2022-01-02T00:00:00.000Z', {
      action: 'test.second',
      actorId,
      resourceType: 'parcel',
      resourceId: 'B',
    });
    const third = await addEntry(lakeside.id, '2022-01-03T00:00:00.000Z', {
      action: 'test.first',
      resourceType: 'letter',
      resourceId: 'A',
    });
    const found = async (query: string) =>
      entriesOf(await lakeside.owner.get(`/api/audit?${query}`)).map(({ id }) => id);
    const period = 'from=2022-01-01T00:00:00Z&to=2022-01-04T00:00:00Z';

    expect(await found('action=test.first')).toEqual([third, first]);
    expect(await found(`actorId=${actorId}`)).toEqual([second, first]);
    expect(await found(`actorId=${platform.operatorId}&${period}`)).toEqual([]);
    expect(await found('resourceType=parcel')).toEqual([second, first]);
    expect(await found('resourceType=parcel&resourceId=A')).toEqual([first]);
    expect(await found(`resourceId=A&${period}`)).toEqual([third, first]);
    expect(await found(period)).toEqual([third, second, first]);
    expect(await found('from=2022-01-01T00:00:00Z&to=2022-01-03T00:00:00Z')).toEqual([second, first]);
    expect(await found('from=2022-01-02T00:00:00.001Z&to=2022-01-04T00:00:00Z')).toEqual([third]);
  });

  test.each([
    'limit=0',
    'limit=101',
    'actorId=me',
    'from=yesterday',
    'from=2026-02-30T00:00:00Z',
    'from=0000-01-01T00:00:00Z',
    'colour=red',
    'page=2',
    'action=',
    'cursor=',
    'cursor=not.base64url',
    `cursor=${cursorOf('2026-01-01T00:00:00.000Z')}`,
    `cursor=${cursorOf(`2026-01-01|${UNKNOWN_ID}`)}`,
    `cursor=${cursorOf(`2026-01-01T00:00:00.000Z|${UNKNOWN_ID}|more`)}`,
    `cursor=${cursorOf(`2026-01-01T00:00:00.000Z|${UNKNOWN_ID.toUpperCase()}`)}`,
    `cursor=${cursorOf(`0000-01-01T00:00:00.000Z|${UNKNOWN_ID}`)}`,
    `cursor=${cursorOf("2026-01-01T00:00:00.000Z|' or true --")}`,
    `cursor=${cursorOf(`2026-01-01T00:00:00.000Z|${UNKNOWN_ID}`)}A`,
  ])('refuses %s', async (query) => {
    expect(failure(await lakeside.owner.get(`/api/audit?${query}`))).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('is for who may read it', async () => {
    const manager = await platform.addMember(lakeside.id, 'manager');

    expect(failure(await platform.app.http.get('/api/audit'))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await manager.get('/api/audit'))).toEqual([403, 'FORBIDDEN']);
    const foreign = await lakeside.owner.get('/api/audit', { headers: { 'x-tenant-id': riverside.id } });
    expect(failure(foreign)).toEqual([403, 'TENANT_ACCESS_DENIED']);
    const nil = await lakeside.owner.get('/api/audit', { headers: { 'x-tenant-id': NIL } });
    expect(failure(nil)).toEqual([403, 'TENANT_ACCESS_DENIED']);
  });
});
