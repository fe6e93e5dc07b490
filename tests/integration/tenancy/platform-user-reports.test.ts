import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MadeTenant, type Platform, startPlatform } from './tenancy-fixture.ts';

const PEOPLE = '/api/platform-users';
/** Late in the evening in UTC, and the next month already where the tenant is. */
const NOW = new Date('2026-03-31T22:00:00.000Z');
const MINUTE_MS = 60_000;

let platform: Platform;
let lakeside: MadeTenant;
let now = NOW;

beforeAll(async () => {
  platform = await startPlatform({ overrides: { clock: { now: () => now } } });
  lakeside = await platform.addTenant();
});
afterAll(() => platform.app.close());

const insertPerson = (tenantId: string, kind: string, createdAt: string, libraryId: string | null, status = 'active') =>
  platform.app.rows(
    `insert into platform_users (tenant_id, id, kind, name, email, status, library_id, created_at, updated_at)
     select $1, made, $2, 'Somebody', made || '@people.example', $5, $4, $3, $3 from gen_random_uuid() made`,
    [tenantId, kind, createdAt, libraryId, status],
  );

describe('analytics', () => {
  const analytics = async () => (await lakeside.owner.get(`${PEOPLE}/analytics`)).body.data;

  test('of nobody are zeros, for every month', async () => {
    const data = await analytics();
    const none = { active: 0, inactive: 0 };
    expect(data).toMatchObject({
      total: 0,
      byKind: { owner: none, student: none, parent: none, staff: none },
      byLibrary: [],
      withoutLibrary: 0,
    });
    expect(data.createdPerMonth.map(({ month }: { month: string }) => month)).toEqual([
      ...['2025-04', '2025-05', '2025-06', '2025-07', '2025-08', '2025-09', '2025-10', '2025-11', '2025-12'],
      ...['2026-01', '2026-02', '2026-03'],
    ]);
    expect(new Set(data.createdPerMonth.map(({ count }: { count: number }) => count))).toEqual(new Set([0]));
  });

  test('count by kind, by month in UTC and by library, the twenty largest, and nobody of another tenant', async () => {
    const libraries: string[] = [];
    for (let number = 0; number < 22; number += 1) {
      const id = randomUUID();
      libraries.push(id);
      await platform.app.rows(
        `insert into libraries (tenant_id, id, name, code, seats, time_zone, updated_at)
         values ($1, $2, $3, $3, 10, 'Asia/Kolkata', now())`,
        [lakeside.id, id, `Room ${number}`],
      );
      await insertPerson(lakeside.id, 'student', '2024-01-01T00:00:00Z', id);
    }
    const last = libraries.at(-1) ?? null;
    await insertPerson(lakeside.id, 'student', '2025-04-01T00:00:00Z', last);
    await insertPerson(lakeside.id, 'owner', '2025-03-31T23:59:59Z', last);
    await insertPerson(lakeside.id, 'parent', '2026-03-01T00:00:00Z', null);
    await insertPerson(lakeside.id, 'parent', '2026-02-28T23:59:59Z', null, 'inactive');
    const other = await platform.addTenant();
    await insertPerson(other.id, 'staff', '2026-03-01T00:00:00Z', null);

    const data = await analytics();
    expect(data).toMatchObject({
      total: 26,
      byKind: {
        owner: { active: 1, inactive: 0 },
        student: { active: 23, inactive: 0 },
        parent: { active: 1, inactive: 1 },
        staff: { active: 0, inactive: 0 },
      },
      withoutLibrary: 2,
    });
    expect(data.createdPerMonth.filter(({ count }: { count: number }) => count > 0)).toEqual([
      { month: '2025-04', count: 1 },
      { month: '2026-02', count: 1 },
      { month: '2026-03', count: 1 },
    ]);
    expect(data.byLibrary).toHaveLength(20);
    expect(data.byLibrary[0]).toEqual({ libraryId: last, name: 'Room 21', count: 3 });
  });

  test('are for those who may see people', async () => {
    const member = await platform.addMember(lakeside.id, 'member');
    expect((await member.get(`${PEOPLE}/analytics`)).status).toBe(403);
    expect((await platform.app.http.get(`${PEOPLE}/analytics`)).status).toBe(401);
  });
});

describe('activity', () => {
  test('is walked from the newest entry to the first, about one person only', async () => {
    const add = async () =>
      (
        await lakeside.owner.post(PEOPLE, {
          kind: 'student',
          name: 'Meera Nair',
          email: `${randomUUID()}@people.example`,
        })
      ).body.data.id;
    const [id, other] = [await add(), await add()];
    for (const verb of ['deactivate', 'activate']) {
      now = new Date(now.getTime() + MINUTE_MS);
      await lakeside.owner.post(`${PEOPLE}/${id}/${verb}`);
    }
    await lakeside.owner.put(`${PEOPLE}/${id}`, { name: 'Meera' });
    await lakeside.owner.put(`${PEOPLE}/${other}`, { name: 'Other' });
    await platform.app.rows(
      `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, resource_id, actor_type, actor_name, request_id)
       values ($1, gen_random_uuid(), now(), 'invoice.sent', 'invoice', $2, 'system', 'Rowhouse', 'test')`,
      [lakeside.id, id],
    );

    const actions: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await lakeside.owner.get(
        `${PEOPLE}/${id}/activity?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      expect(page.status).toBe(200);
      expect(page.body.data.length).toBeLessThanOrEqual(3);
      actions.push(...page.body.data.map(({ action }: { action: string }) => action));
      cursor = page.body.meta.nextCursor;
    } while (cursor !== null);
    expect(actions).toEqual([
      'platform_user.updated',
      'platform_user.activated',
      'platform_user.deactivated',
      'platform_user.created',
    ]);

    const [newest] = (await lakeside.owner.get(`${PEOPLE}/${id}/activity?limit=1`)).body.data;
    expect(newest).toEqual({
      id: expect.any(String),
      occurredAt: now.toISOString(),
      action: 'platform_user.updated',
      actor: { type: 'user', id: expect.any(String), name: expect.any(String), impersonatorId: null },
      changes: { before: { name: 'Meera Nair' }, after: { name: 'Meera' } },
    });
  });

  test('refuses a cursor that no answer gave, and knows nothing of nobody', async () => {
    const unknown = await lakeside.owner.get(`${PEOPLE}/${randomUUID()}/activity`);
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'PLATFORM_USER_NOT_FOUND']);
    const created = await lakeside.owner.post(PEOPLE, {
      kind: 'owner',
      name: 'Asha',
      email: `${randomUUID()}@people.example`,
    });
    const bad = await lakeside.owner.get(`${PEOPLE}/${created.body.data.id}/activity?cursor=bm90aGluZw`);
    expect([bad.status, bad.body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
  });
});
