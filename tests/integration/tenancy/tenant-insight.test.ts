import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { type MadeTenant, type Platform, startPlatform } from './tenancy-fixture.ts';

const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';
/** The first half hour of March in India, while it is still February in UTC. */
const NOW = new Date('2027-02-28T18:45:00.000Z');

let platform: Platform;
let tenant: MadeTenant;
let other: MadeTenant;

beforeAll(async () => {
  platform = await startPlatform({ overrides: { clock: { now: () => NOW } } });
  tenant = await platform.addTenant();
  other = await platform.addTenant();
});

afterAll(() => platform.app.close());

const failure = ({ status, body }: HttpAnswer) => [status, body.error.code];

const addPerson = (id: string, kind: string, createdAt: string, status = 'active') =>
  platform.app.rows(
    `insert into platform_users (tenant_id, id, kind, name, email, status, created_at, updated_at)
     select $1, made, $2, 'Somebody', made || '@library.example', $3, $4, now() from gen_random_uuid() made`,
    [id, kind, status, createdAt],
  );

const addInvoice = async (client: HttpClient, createdAt: string, status: string, unitPrice: string): Promise<void> => {
  const { body } = await client.post('/api/revenue/invoices', {
    items: [{ description: 'Seat', quantity: '1', unitPrice }],
  });
  await platform.app.rows(
    `update invoices set created_at = $2, status = $3::invoice_status, number = case when $3 = 'draft' then null else id::text end,
       issued_at = case when $3 = 'draft' then null else $2::timestamptz end,
       due_at = case when $3 = 'draft' then null else $2::timestamptz end,
       amount_paid = case when $3 = 'paid' then total else 0 end where id = $1`,
    [body.data.id, createdAt, status],
  );
};

describe('GET /api/tenants/:id/analytics', () => {
  const at = (id: string): string => `/api/tenants/${id}/analytics`;
  const emptyMonths = [
    '2026-04',
    '2026-05',
    '2026-06',
    '2026-07',
    '2026-08',
    '2026-09',
    '2026-10',
    '2026-11',
    '2026-12',
    '2027-01',
    '2027-02',
    '2027-03',
  ].map((month) => ({ month, count: 0 }));

  test('of a new tenant is its owner, and zeros', async () => {
    const fresh = await platform.addTenant();

    const answer = await fresh.owner.get(at(fresh.id));

    expect(answer.body.data).toEqual({
      timeZone: 'Asia/Kolkata',
      membersByRole: [{ role: 'owner', count: 1 }],
      people: [],
      libraries: { active: 0, closed: 0, seats: 0 },
      files: { count: 0, bytes: 0 },
      newPeople: emptyMonths,
      invoices: [],
    });
  });

  test('counts what is the tenant’s, by months of its time zone', async () => {
    const busy = await platform.addTenant();
    const inBusy = platform.operator.with({ 'x-tenant-id': busy.id });
    await platform.addMember(busy.id, 'staff');
    await platform.addMember(busy.id, 'staff');
    await addPerson(busy.id, 'student', '2027-02-28T18:29:59Z');
    await addPerson(busy.id, 'student', '2027-02-28T18:30:00Z');
    await addPerson(busy.id, 'parent', '2026-03-31T18:30:00Z', 'inactive');
    await addPerson(busy.id, 'parent', '2026-03-31T18:29:59Z', 'inactive');
    await addPerson(other.id, 'student', '2027-02-01T00:00:00Z');
    await platform.app.rows(
      `insert into libraries (tenant_id, id, name, code, seats, time_zone, status, updated_at)
       select $1, gen_random_uuid(), code, code, seats, 'Asia/Kolkata', status, now()
       from (values ('a', 40, 'active'), ('b', 2, 'active'), ('c', 100, 'closed')) library (code, seats, status)`,
      [busy.id],
    );
    await platform.app.rows(
      `insert into files (tenant_id, id, name, content_type, size, sha256, storage_key)
       select $1::uuid, made, 'a.txt', 'text/plain', 5000000000, '', 'tenants/' || $1::uuid || '/' || made
       from (select gen_random_uuid() as made from generate_series(1, 2)) file`,
      [busy.id],
    );
    await addInvoice(inBusy, '2027-02-28T18:30:00Z', 'paid', '100.00');
    await addInvoice(inBusy, '2027-02-28T18:29:59Z', 'paid', '200.50');
    await addInvoice(inBusy, '2027-02-10T00:00:00Z', 'paid', '0.50');
    await addInvoice(inBusy, '2027-02-10T00:00:00Z', 'open', '7.00');
    await addInvoice(inBusy, '2026-03-31T18:29:59Z', 'open', '1.00');

    const { body } = await busy.owner.get(at(busy.id));

    expect(body.data).toMatchObject({
      membersByRole: [
        { role: 'owner', count: 1 },
        { role: 'staff', count: 2 },
      ],
      people: [
        { kind: 'parent', status: 'inactive', count: 2 },
        { kind: 'student', status: 'active', count: 2 },
      ],
      libraries: { active: 2, closed: 1, seats: 42 },
      files: { count: 2, bytes: 10_000_000_000 },
    });
    expect(body.data.newPeople.filter(({ count }: { count: number }) => count > 0)).toEqual([
      { month: '2026-04', count: 1 },
      { month: '2027-02', count: 1 },
      { month: '2027-03', count: 1 },
    ]);
    expect(body.data.newPeople).toHaveLength(12);
    expect(body.data.invoices).toEqual([
      { month: '2027-02', status: 'open', currency: 'INR', count: 1, total: '7.00', amountPaid: '0.00' },
      { month: '2027-02', status: 'paid', currency: 'INR', count: 2, total: '201.00', amountPaid: '201.00' },
      { month: '2027-03', status: 'paid', currency: 'INR', count: 1, total: '100.00', amountPaid: '100.00' },
    ]);
    expect((await platform.operator.get(at(busy.id))).body.data).toEqual(body.data);
  });

  test('shows invoices only to those who may see invoices', async () => {
    const member = await platform.addMember(tenant.id, 'member');
    const staff = await platform.addMember(tenant.id, 'staff');

    expect((await member.get(at(tenant.id))).body.data.invoices).toBeNull();
    expect((await staff.get(at(tenant.id))).body.data.invoices).toEqual([]);
  });

  test('is behind the wall', async () => {
    expect(failure(await platform.app.http.get(at(tenant.id)))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await other.owner.get(at(tenant.id)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.get(at(UNKNOWN_ID)))).toEqual([404, 'TENANT_NOT_FOUND']);
  });
});

describe('GET /api/tenants/:id/users', () => {
  const at = (id: string): string => `/api/tenants/${id}/users`;

  test('lists the tenant’s own, the newest first, page by page', async () => {
    const staffed = await platform.addTenant();
    await platform.addMember(staffed.id, 'manager');

    const all = await staffed.owner.get(at(staffed.id));
    const first = await staffed.owner.get(`${at(staffed.id)}?limit=1&sort=createdAt`);

    expect(all.body.data.map(({ role }: { role: string }) => role)).toEqual(['manager', 'owner']);
    expect(Object.keys(all.body.data[1])).toEqual([
      'id',
      'name',
      'email',
      'role',
      'status',
      'lastLoginAt',
      'createdAt',
    ]);
    expect(all.body.data[1]).toMatchObject({ email: staffed.ownerEmail, status: 'active' });
    expect(all.body.data[1].lastLoginAt).not.toBeNull();
    expect(first.body.data.map(({ role }: { role: string }) => role)).toEqual(['owner']);
    expect(first.body.meta).toEqual({ page: 1, limit: 1, total: 2, totalPages: 2 });
  });

  test('searches name and e-mail address', async () => {
    const search = async (text: string) =>
      (await tenant.owner.get(`${at(tenant.id)}?search=${encodeURIComponent(text)}`)).body.data.length;

    expect(await search(tenant.ownerEmail.toUpperCase())).toBe(1);
    expect(await search(other.ownerEmail)).toBe(0);
    expect(await search('%')).toBe(0);
  });

  test('tells those who may not see members no sign-ins', async () => {
    const staff = await platform.addMember(tenant.id, 'staff');

    const { status, body } = await staff.get(at(tenant.id));

    expect(status).toBe(200);
    expect(body.data.map(({ lastLoginAt }: { lastLoginAt: unknown }) => lastLoginAt)).not.toContainEqual(
      expect.anything(),
    );
  });

  test('is behind the wall, and strict', async () => {
    expect(failure(await platform.app.http.get(at(tenant.id)))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await other.owner.get(at(tenant.id)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.get(at(UNKNOWN_ID)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await tenant.owner.get(`${at(tenant.id)}?sort=name`))).toEqual([400, 'VALIDATION_FAILED']);
  });
});

describe('GET /api/tenants/:id/invoices', () => {
  const at = (id: string): string => `/api/tenants/${id}/invoices`;

  test('shows exactly what the list of invoices shows in the tenant', async () => {
    const billed = await platform.addTenant();
    const inBilled = platform.operator.with({ 'x-tenant-id': billed.id });
    const inOther = platform.operator.with({ 'x-tenant-id': other.id });
    await addInvoice(inBilled, '2027-02-10T00:00:00Z', 'paid', '10.00');
    await addInvoice(inBilled, '2027-02-11T00:00:00Z', 'open', '20.00');
    await addInvoice(inOther, '2027-02-12T00:00:00Z', 'open', '30.00');

    for (const query of ['', '?status=open', '?limit=1&page=2&sort=total']) {
      const expected = (await billed.owner.get(`/api/revenue/invoices${query}`)).body;
      expect((await billed.owner.get(at(billed.id) + query)).body).toEqual(expected);
      expect((await platform.operator.get(at(billed.id) + query)).body).toEqual(expected);
      expect(expected.data.length).toBeGreaterThan(0);
    }
  });

  test('is for nobody who could not list invoices', async () => {
    const member = await platform.addMember(tenant.id, 'member');
    const staff = await platform.addMember(tenant.id, 'staff');

    expect(failure(await member.get(at(tenant.id)))).toEqual([403, 'FORBIDDEN']);
    expect((await staff.get(at(tenant.id))).status).toBe(200);
  });

  test('is behind the wall', async () => {
    expect(failure(await platform.app.http.get(at(tenant.id)))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await other.owner.get(at(tenant.id)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.get(at(UNKNOWN_ID)))).toEqual([404, 'TENANT_NOT_FOUND']);
  });
});
