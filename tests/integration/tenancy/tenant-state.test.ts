import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import type { HttpAnswer } from '../../support/http-client.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { type Platform, startPlatform } from './tenancy-fixture.ts';

const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';

let platform: Platform;
let secondProcess: TestApp;

beforeAll(async () => {
  const settings = { JWT_KEYS: `shared:${randomBytes(32).toString('base64')}` };
  platform = await startPlatform({ settings });
  secondProcess = await startTestApp({ settings, database: platform.app.database });
});

afterAll(async () => {
  await secondProcess.close();
  await platform.app.close();
});

const failure = ({ status, body }: HttpAnswer) => [status, body.error.code];

const stateOf = async (id: string) =>
  (
    await platform.app.rows(
      'select status, suspended_at is not null as suspended, suspend_reason, deleted_at is not null as deleted from tenants where id = $1',
      [id],
    )
  )[0];

const eventsOf = async (id: string): Promise<unknown[]> =>
  (await platform.app.rows('select type from outbox_events where subject = $1 order by sequence', [id])).map(
    ({ type }) => type,
  );

const entriesOf = async (id: string): Promise<unknown[]> =>
  (
    await platform.app.rows(
      'select action from audit_entries where tenant_id = $1 and resource_id = $1::text order by occurred_at, id',
      [id],
    )
  ).map(({ action }) => action);

/** The code of the first refusal; fails the test when there is none within `milliseconds`. */
async function refusedWithin(milliseconds: number, call: () => Promise<HttpAnswer>): Promise<unknown> {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    const answer = await call();
    if (answer.status !== 200) return failure(answer);
  }
  throw new Error(`Still let in after ${milliseconds} ms`);
}

describe('POST /api/tenants/:id/suspend and /activate', () => {
  test('suspension and activation are written down, told and visible', async () => {
    const { id } = await platform.addTenant();

    const suspended = await platform.operator.post(`/api/tenants/${id}/suspend`, { reason: 'Invoices are overdue.' });

    expect(suspended.status).toBe(200);
    expect(suspended.body.data).toMatchObject({
      status: 'suspended',
      suspendReason: 'Invoices are overdue.',
      version: 2,
    });
    expect(await stateOf(id)).toEqual({
      status: 'suspended',
      suspended: true,
      suspend_reason: 'Invoices are overdue.',
      deleted: false,
    });

    const activated = await platform.operator.post(`/api/tenants/${id}/activate`);

    expect(activated.body.data).toMatchObject({ status: 'active', suspendedAt: null, suspendReason: null, version: 3 });
    expect(await stateOf(id)).toEqual({ status: 'active', suspended: false, suspend_reason: null, deleted: false });
    expect(await eventsOf(id)).toEqual(['tenant.created', 'tenant.suspended', 'tenant.activated']);
    expect(await entriesOf(id)).toEqual(['tenant.created', 'tenant.suspended', 'tenant.activated']);
  });

  test("reaches the tenant's people in every process within a second, both ways", async () => {
    const { id, ownerEmail, owner } = await platform.addTenant();
    const elsewhere = await platform.signIn(ownerEmail, secondProcess);
    const callElsewhere = () => elsewhere.get(`/api/tenants/${id}`);
    expect((await owner.get(`/api/tenants/${id}`)).status).toBe(200);
    expect((await callElsewhere()).status).toBe(200);

    await platform.operator.post(`/api/tenants/${id}/suspend`, { reason: 'Fraud' });

    expect(await refusedWithin(1000, callElsewhere)).toEqual([403, 'TENANT_SUSPENDED']);
    expect(await refusedWithin(1000, () => owner.get(`/api/tenants/${id}`))).toEqual([403, 'TENANT_SUSPENDED']);

    await platform.operator.post(`/api/tenants/${id}/activate`);

    const deadline = Date.now() + 1000;
    let status = 0;
    while (status !== 200 && Date.now() < deadline) status = (await callElsewhere()).status;
    expect(status).toBe(200);
  });

  test('leaves operators in', async () => {
    const { id } = await platform.addTenant();
    await platform.operator.post(`/api/tenants/${id}/suspend`, { reason: 'Fraud' });

    const answer = await platform.operator.get(`/api/tenants/${id}`, { headers: { 'x-tenant-id': id } });

    expect(answer.body.data.status).toBe('suspended');
  });

  test('ends a trial, and refuses what the state does not allow', async () => {
    const { id } = await platform.addTenant();

    expect((await platform.operator.post(`/api/tenants/${id}/activate`)).body.data.status).toBe('active');
    const again = await platform.operator.post(`/api/tenants/${id}/activate`);
    await platform.operator.post(`/api/tenants/${id}/suspend`, { reason: 'First' });
    const twice = await platform.operator.post(`/api/tenants/${id}/suspend`, { reason: 'Second' });

    expect(failure(again)).toEqual([409, 'TENANT_STATE_CONFLICT']);
    expect(again.body.error.details).toEqual({ status: 'active', allowed: ['trial', 'suspended'] });
    expect(failure(twice)).toEqual([409, 'TENANT_STATE_CONFLICT']);
    expect(await stateOf(id)).toMatchObject({ suspend_reason: 'First' });
  });

  test('lets one of two suspensions through', async () => {
    const { id } = await platform.addTenant();

    const answers = await platform.meetingAt(
      id,
      ['A', 'B'].map((reason) => () => platform.operator.post(`/api/tenants/${id}/suspend`, { reason })),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await eventsOf(id)).toEqual(['tenant.created', 'tenant.suspended']);
  });

  test.each(['suspend', 'activate'])("%s is the operators' alone and needs a tenant", async (action) => {
    const { id, owner } = await platform.addTenant();
    const body = action === 'suspend' ? { reason: 'Fraud' } : undefined;

    expect(failure(await platform.app.http.post(`/api/tenants/${id}/${action}`, body))).toEqual([
      401,
      'UNAUTHENTICATED',
    ]);
    expect(failure(await owner.post(`/api/tenants/${id}/${action}`, body))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await platform.operator.post(`/api/tenants/${UNKNOWN_ID}/${action}`, body))).toEqual([
      404,
      'TENANT_NOT_FOUND',
    ]);
    expect(failure(await platform.operator.post(`/api/tenants/1/${action}`, body))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await stateOf(id)).toMatchObject({ status: 'trial' });
  });

  test.each([[{}], [{ reason: '' }], [{ reason: 'Fraud', until: 'tomorrow' }], [{ reason: 'x'.repeat(501) }]])(
    'refuses to suspend with %j',
    async (body) => {
      const { id } = await platform.addTenant();

      expect(failure(await platform.operator.post(`/api/tenants/${id}/suspend`, body))).toEqual([
        400,
        'VALIDATION_FAILED',
      ]);
      expect(await stateOf(id)).toMatchObject({ status: 'trial' });
    },
  );
});

describe('DELETE /api/tenants/:id', () => {
  test('hides the tenant from everybody and keeps its rows', async () => {
    const { id, slug, owner } = await platform.addTenant();
    expect((await owner.get(`/api/tenants/${id}`)).status).toBe(200);

    const answer = await platform.operator.delete(`/api/tenants/${id}`);

    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await stateOf(id)).toMatchObject({ status: 'inactive', deleted: true });
    expect(failure(await platform.operator.get(`/api/tenants/${id}`))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect((await platform.operator.get(`/api/tenants?search=${slug}`)).body.meta.total).toBe(0);
    expect(failure(await platform.operator.put(`/api/tenants/${id}`, { name: 'Back' }))).toEqual([
      404,
      'TENANT_NOT_FOUND',
    ]);
    expect(failure(await platform.operator.post(`/api/tenants/${id}/activate`))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.delete(`/api/tenants/${id}`))).toEqual([404, 'TENANT_NOT_FOUND']);
    const refusal = await eventually(
      async () => {
        const answer = await owner.get(`/api/tenants/${id}`);
        return answer.status === 404 ? null : failure(answer);
      },
      'the deletion is known in every process',
      1000,
    );
    expect(refusal).toEqual([403, 'TENANT_ACCESS_DENIED']);
    expect(await platform.app.rows('select 1 from memberships where tenant_id = $1', [id])).toHaveLength(1);
    expect(await eventsOf(id)).toEqual(['tenant.created', 'tenant.deleted']);
    expect(await entriesOf(id)).toEqual(['tenant.created', 'tenant.deleted']);
  });

  test('keeps the slug taken', async () => {
    const { id, slug } = await platform.addTenant();
    await platform.operator.delete(`/api/tenants/${id}`);

    const answer = await platform.operator.post('/api/tenants', platform.tenantBody({ slug }));

    expect(failure(answer)).toEqual([409, 'TENANT_SLUG_TAKEN']);
  });

  test('is for operators who may delete', async () => {
    const { id, owner } = await platform.addTenant();
    await platform.addUser('admin@rowhouse.example', 'admin');
    const admin = await platform.signIn('admin@rowhouse.example');

    expect(failure(await platform.app.http.delete(`/api/tenants/${id}`))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await owner.delete(`/api/tenants/${id}`))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await admin.delete(`/api/tenants/${id}`))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await platform.operator.delete('/api/tenants/1'))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await stateOf(id)).toMatchObject({ deleted: false });
  });
});
