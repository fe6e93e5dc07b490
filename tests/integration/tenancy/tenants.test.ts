import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAnswer } from '../../support/http-client.ts';
import { type MadeTenant, type Platform, startPlatform } from './tenancy-fixture.ts';

const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';

let platform: Platform;
let growthPlan: string;
let lakeside: MadeTenant;
let riverside: MadeTenant;
let hillside: MadeTenant;

beforeAll(async () => {
  platform = await startPlatform();
  growthPlan = await platform.addPlan({ monthlyPrice: '2999.00' });
  lakeside = await platform.addTenant({ name: 'Lakeside Library', slug: 'lakeside', email: 'office@lake.example' });
  riverside = await platform.addTenant({
    name: 'Riverside 100%',
    slug: 'riverside',
    email: 'office@river.example',
    planId: growthPlan,
  });
  hillside = await platform.addTenant({ name: 'Hillside', slug: 'hillside', email: 'Desk_1@hill.example' });
});

afterAll(() => platform.app.close());

const slugs = (answer: HttpAnswer): string[] => answer.body.data.map(({ slug }: { slug: string }) => slug);
const failure = ({ status, body }: HttpAnswer) => [status, body.error.code];

describe('GET /api/tenants', () => {
  test('shows operators every tenant, the newest first, with the exact total', async () => {
    const first = await platform.operator.get('/api/tenants?limit=2');
    const second = await platform.operator.get('/api/tenants?limit=2&page=2');
    const beyond = await platform.operator.get('/api/tenants?limit=2&page=3');

    expect(slugs(first)).toEqual(['hillside', 'riverside']);
    expect(slugs(second)).toEqual(['lakeside']);
    expect(slugs(beyond)).toEqual([]);
    expect(beyond.body.meta).toEqual({ page: 3, limit: 2, total: 3, totalPages: 2 });
  });

  test.each([
    ['sort=name', ['hillside', 'lakeside', 'riverside']],
    ['sort=-name', ['riverside', 'lakeside', 'hillside']],
    ['sort=createdAt', ['lakeside', 'riverside', 'hillside']],
    ['search=LAKESIDE%20lib', ['lakeside']],
    ['search=river.example', ['riverside']],
    ['search=100%25', ['riverside']],
    ['search=%25', ['riverside']],
    ['search=desk_1', ['hillside']],
    ['search=des%5C', []],
    ['search=side&sort=name', ['hillside', 'lakeside', 'riverside']],
    ['status=trial&search=hill', ['hillside']],
    ['status=active', []],
  ])('answers %s', async (query, expected) => {
    const answer = await platform.operator.get(`/api/tenants?${query}`);

    expect(slugs(answer)).toEqual(expected);
    expect(answer.body.meta.total).toBe(expected.length);
  });

  test('filters by the plan of a subscription that has not been canceled', async () => {
    const running = await platform.operator.get(`/api/tenants?planId=${growthPlan}`);
    await platform.app.rows("update subscriptions set status = 'canceled', ended_at = now() where tenant_id = $1", [
      riverside.id,
    ]);
    const canceled = await platform.operator.get(`/api/tenants?planId=${growthPlan}`);
    await platform.app.rows("update subscriptions set status = 'trialing', ended_at = null where tenant_id = $1", [
      riverside.id,
    ]);

    expect(slugs(running)).toEqual(['riverside']);
    expect(slugs(canceled)).toEqual([]);
  });

  test('shows everybody else their own tenant, whatever they search for', async () => {
    expect(slugs(await lakeside.owner.get('/api/tenants'))).toEqual(['lakeside']);
    expect(slugs(await lakeside.owner.get('/api/tenants?search=side'))).toEqual(['lakeside']);
    expect(slugs(await lakeside.owner.get('/api/tenants?search=hill'))).toEqual([]);
    expect(slugs(await lakeside.owner.get(`/api/tenants?planId=${growthPlan}`))).toEqual([]);
  });

  test('shows an operator who names a tenant that one', async () => {
    const answer = await platform.operator.get('/api/tenants', { headers: { 'x-tenant-id': hillside.id } });

    expect(slugs(answer)).toEqual(['hillside']);
  });

  test.each(['sort=slug', 'limit=101', 'limit=0', 'page=0', 'status=gone', 'planId=1', 'colour=red', 'search='])(
    'refuses %s',
    async (query) => {
      expect(failure(await platform.operator.get(`/api/tenants?${query}`))).toEqual([400, 'VALIDATION_FAILED']);
    },
  );

  test("needs a session, and a tenant of the caller's own", async () => {
    expect(failure(await platform.app.http.get('/api/tenants'))).toEqual([401, 'UNAUTHENTICATED']);
    const foreign = await lakeside.owner.get('/api/tenants', { headers: { 'x-tenant-id': riverside.id } });
    expect(failure(foreign)).toEqual([403, 'TENANT_ACCESS_DENIED']);
  });
});

describe('GET /api/tenants/:id', () => {
  test("answers to operators and to the tenant's own people", async () => {
    const member = await platform.addMember(lakeside.id, 'member');

    for (const client of [platform.operator, lakeside.owner, member]) {
      const answer = await client.get(`/api/tenants/${lakeside.id}`);
      expect(answer.status).toBe(200);
      expect(answer.body.data).toMatchObject({ id: lakeside.id, slug: 'lakeside', email: 'office@lake.example' });
    }
  });

  test('hides every other tenant', async () => {
    expect(failure(await lakeside.owner.get(`/api/tenants/${riverside.id}`))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await lakeside.owner.get(`/api/tenants/${UNKNOWN_ID}`))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.get(`/api/tenants/${UNKNOWN_ID}`))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.get('/api/tenants/lakeside'))).toEqual([400, 'VALIDATION_FAILED']);
    expect(failure(await platform.app.http.get(`/api/tenants/${lakeside.id}`))).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('PUT /api/tenants/:id', () => {
  test('changes what is given, clears what is null and leaves the rest', async () => {
    const { id, owner } = await platform.addTenant({
      phone: '+91 80 4718 2200',
      taxId: 'T-1',
      metadata: { a: 1, b: 2 },
    });

    const answer = await owner.put(`/api/tenants/${id}`, {
      name: 'Renamed',
      phone: null,
      metadata: { b: 3 },
      version: 1,
    });

    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({
      name: 'Renamed',
      phone: null,
      taxId: 'T-1',
      metadata: { b: 3 },
      version: 2,
      timeZone: 'Asia/Kolkata',
    });
    const [row] = await platform.app.rows('select name, phone, tax_id, metadata, version from tenants where id = $1', [
      id,
    ]);
    expect(row).toEqual({ name: 'Renamed', phone: null, tax_id: 'T-1', metadata: { b: 3 }, version: 2 });
    const entries = await platform.app.rows(
      "select tenant_id, changes from audit_entries where action = 'tenant.updated' and resource_id = $1",
      [id],
    );
    expect(entries).toEqual([
      {
        tenant_id: id,
        changes: {
          before: { name: expect.any(String), phone: '+91 80 4718 2200', metadata: { a: 1, b: 2 } },
          after: { name: 'Renamed', phone: null, metadata: { b: 3 } },
        },
      },
    ]);
  });

  test("writes an operator's change into the tenant's own chain", async () => {
    const { id } = await platform.addTenant();

    await platform.operator.put(`/api/tenants/${id}`, { taxId: 'T-2' });

    expect(
      await platform.app.rows(
        "select tenant_id, actor_id from audit_entries where action = 'tenant.updated' and resource_id = $1",
        [id],
      ),
    ).toEqual([{ tenant_id: id, actor_id: platform.operatorId }]);
  });

  test('tells who comes too late what stands there now', async () => {
    const { id, owner } = await platform.addTenant();
    await owner.put(`/api/tenants/${id}`, { name: 'First' });

    const late = await owner.put(`/api/tenants/${id}`, { name: 'Second', version: 1 });

    expect(failure(late)).toEqual([409, 'VERSION_CONFLICT']);
    expect(late.body.error.details.current).toMatchObject({ name: 'First', version: 2 });
    expect((await owner.get(`/api/tenants/${id}`)).body.data.name).toBe('First');
  });

  test('lets one of two changes to the same version through', async () => {
    const { id, owner } = await platform.addTenant();

    const answers = await platform.meetingAt(
      id,
      ['A', 'B'].map((name) => () => owner.put(`/api/tenants/${id}`, { name, version: 1 })),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await owner.get(`/api/tenants/${id}`)).body.data.version).toBe(2);
  });

  test.each([
    ['slug', { slug: 'another' }],
    ['status', { status: 'active' }],
    ['timeZone', { timeZone: 'Mars/Olympus' }],
    ['name', { name: null }],
    ['currency', { currency: 'ABC' }],
  ])('refuses a wrong or unchangeable %s', async (field, body) => {
    const answer = await lakeside.owner.put(`/api/tenants/${lakeside.id}`, body);

    expect(failure(answer)).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.error.details).toContainEqual(expect.objectContaining({ path: `body.${field}` }));
  });

  test('is for owners and operators, and never reaches another tenant', async () => {
    const manager = await platform.addMember(lakeside.id, 'manager');
    const body = { name: 'Taken over' };

    expect(failure(await platform.app.http.put(`/api/tenants/${lakeside.id}`, body))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await manager.put(`/api/tenants/${lakeside.id}`, body))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await riverside.owner.put(`/api/tenants/${lakeside.id}`, body))).toEqual([404, 'TENANT_NOT_FOUND']);
    const named = await platform.operator.put(`/api/tenants/${lakeside.id}`, body, { 'x-tenant-id': riverside.id });
    expect(failure(named)).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(await platform.app.rows('select name, version from tenants where id = $1', [lakeside.id])).toEqual([
      { name: 'Lakeside Library', version: 1 },
    ]);
  });
});
