import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let operator: HttpClient;
let lakeside: TestTenant;
let hillside: TestTenant;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  operator = await anOperator(app);
  lakeside = await aTenant(app, operator);
  hillside = await aTenant(app, operator);
});

afterAll(() => app.close());

const DRAFT = { items: [{ description: 'Reading room', quantity: '1', unitPrice: '10.00' }] };

const aDraft = async (tenant: TestTenant): Promise<string> =>
  (await tenant.operator.post('/api/revenue/invoices', DRAFT)).body.data.id;

/** Calls that all wait for one row and are then let go at once. */
async function meetingAtPlan(planId: string, calls: readonly (() => Promise<HttpAnswer>)[]): Promise<HttpAnswer[]> {
  const holder = new pg.Client({ connectionString: app.database.adminUrl });
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query('select from plans where id = $1 for update', [planId]);
    const answers = Promise.all(calls.map((call) => call()));
    for (let waiting = 0; waiting < calls.length; ) {
      const [row] = await app.rows<{ waiting: string }>(
        "select count(*) as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      waiting = Number(row?.waiting);
    }
    await holder.query('commit');
    return await answers;
  } finally {
    await holder.end();
  }
}

describe('the audit log', () => {
  const entriesOf = (resourceId: string, action: string) =>
    app.rows<{ changes: unknown }>('select changes from audit_entries where resource_id = $1 and action = $2', [
      resourceId,
      action,
    ]);

  test('says to whom an invoice was turned, and what it said before', async () => {
    const id = await aDraft(lakeside);
    const [before] = await app.rows('select customer_name, customer_email from invoices where id = $1', [id]);

    await lakeside.operator.put(`/api/revenue/invoices/${id}`, {
      customer: { name: before?.customer_name, email: 'elsewhere@example.com' },
      notes: 'New account, please.',
    });

    expect(await entriesOf(id, 'invoice.updated')).toEqual([
      {
        changes: {
          before: { customerEmail: before?.customer_email, notes: null },
          after: { customerEmail: 'elsewhere@example.com', notes: 'New account, please.' },
        },
      },
    ]);
  });

  test('has one entry of a plan that several delete at once', async () => {
    const id = await aPlan(app);

    const answers = await meetingAtPlan(
      id,
      [1, 2, 3].map(() => () => operator.delete(`/api/revenue/plans/${id}`)),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
    expect(await entriesOf(id, 'plan.deleted')).toHaveLength(1);
  });

  test('keeps the steps of two changes of a plan apart', async () => {
    const id = await aPlan(app);

    await meetingAtPlan(
      id,
      ['First', 'Second'].map((name) => () => operator.put(`/api/revenue/plans/${id}`, { name })),
    );

    const changes = (await entriesOf(id, 'plan.updated')).map((entry) => entry.changes);
    expect(changes).toHaveLength(2);
    expect([
      [
        { before: { name: 'Growth' }, after: { name: 'First' } },
        { before: { name: 'First' }, after: { name: 'Second' } },
      ],
      [
        { before: { name: 'Growth' }, after: { name: 'Second' } },
        { before: { name: 'Second' }, after: { name: 'First' } },
      ],
    ]).toContainEqual(changes);
  });
});

test('a plan that is subscribed to in the moment of its deletion is archived, or the subscriber told', async () => {
  const id = await aPlan(app);
  const slug = `moment-${randomUUID().slice(0, 8)}`;
  const [deleted, created] = await meetingAtPlan(id, [
    () => operator.delete(`/api/revenue/plans/${id}`),
    () =>
      operator.post('/api/tenants', {
        name: 'Moment',
        slug,
        email: `hello@${slug}.example`,
        country: 'IN',
        currency: 'INR',
        timeZone: 'Asia/Kolkata',
        owner: { name: 'Owner', email: `owner@${slug}.example`, password: 'a password for tests only' },
        planId: id,
      }),
  ]);

  const [plan] = await app.rows<{ status: string }>('select status from plans where id = $1', [id]);
  const outcome = [deleted?.status, created?.status, created?.body.error?.code, plan?.status];
  expect([
    [204, 404, 'PLAN_NOT_FOUND', undefined],
    [204, 201, undefined, 'archived'],
  ]).toContainEqual(outcome);
});

describe('a stored answer', () => {
  const create = (client: HttpClient, key: string, headers: Record<string, string> = {}) =>
    client.post('/api/revenue/invoices', DRAFT, { 'idempotency-key': key, ...headers });

  test('is neither for another tenant nor for another person', async () => {
    const key = randomUUID();
    const first = await create(lakeside.operator, key);
    const elsewhere = await create(hillside.operator, key);
    const somebodyElse = await create(await anOperator(app), key, { 'x-tenant-id': lakeside.id });

    expect([first.status, elsewhere.status, somebodyElse.status]).toEqual([201, 201, 422]);
    expect(elsewhere.headers.get('idempotent-replayed')).toBeNull();
    expect(elsewhere.body.data).toMatchObject({ tenantId: hillside.id });
    expect(somebodyElse.body.error.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(somebodyElse.text).not.toContain(first.body.data.id);
  });

  test('is not given to who lacks the permission, or has lost it', async () => {
    const key = randomUUID();
    const admin = await anOperator(app, 'admin');
    const first = await create(admin, key, { 'x-tenant-id': lakeside.id });
    const { id: adminId } = (await admin.get('/api/auth/me')).body.data.user;
    expect((await create(lakeside.owner, key)).body.error.code).toBe('FORBIDDEN');

    await app.rows('update users set platform_role = null where id = $1', [adminId]);
    await app.rows("select pg_notify('rowhouse_invalidation', 'user:' || $1)", [adminId]);
    let answer = await create(admin, key, { 'x-tenant-id': lakeside.id });
    for (const deadline = Date.now() + 5000; answer.status === 201 && Date.now() < deadline; )
      answer = await create(admin, key, { 'x-tenant-id': lakeside.id });

    expect(first.status).toBe(201);
    expect([answer.status, answer.body.error.code]).toEqual([401, 'TOKEN_INVALID']);
    expect(answer.text).not.toContain(first.body.data.id);
  });
});
