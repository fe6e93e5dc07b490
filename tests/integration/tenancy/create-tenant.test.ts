import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Platform, startPlatform } from './tenancy-fixture.ts';

const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';
const DAY_MS = 86_400_000;

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform.app.close());

/** How many rows a refused creation could have left behind. */
const everything = async () =>
  (
    await platform.app.rows(`
      select (select count(*) from tenants) as tenants, (select count(*) from users) as users,
        (select count(*) from memberships) as memberships, (select count(*) from credit_wallets) as wallets,
        (select count(*) from subscriptions) as subscriptions, (select count(*) from outbox_events) as events,
        (select count(*) from audit_entries) as entries`)
  )[0];

const subscriptionOf = async (tenantId: string) =>
  (await platform.app.rows('select * from subscriptions where tenant_id = $1', [tenantId]))[0];

describe('POST /api/tenants', () => {
  test('creates the tenant, its owner, its wallet and its trial', async () => {
    const body = platform.tenantBody({
      phone: '+91 80 4718 2200',
      addressLines: ['14 Lake Road', 'Bengaluru'],
      taxId: '29ABCDE1234F1Z5',
      metadata: { crmId: 'A-1', seats: 40, paid: true, note: null },
      locale: 'en-IN',
    });
    const before = Date.now();

    const answer = await platform.operator.post('/api/tenants', body);

    expect(answer.status).toBe(201);
    const { owner, ...tenant } = body;
    expect(answer.body.data).toMatchObject({ ...tenant, status: 'trial', suspendedAt: null, version: 1 });
    const { id } = answer.body.data;
    const [row] = await platform.app.rows('select * from tenants where id = $1', [id]);
    expect(row).toMatchObject({
      slug: body.slug,
      address_lines: ['14 Lake Road', 'Bengaluru'],
      metadata: { seats: 40 },
      status: 'trial',
      deleted_at: null,
    });
    const [member] = await platform.app.rows(
      `select m.role, m.status, u.id, u.email, u.type, u.platform_role, u.password_hash
       from memberships m join users u on u.id = m.user_id where m.tenant_id = $1`,
      [id],
    );
    expect(member).toMatchObject({
      role: 'owner',
      status: 'active',
      email: owner.email,
      type: 'PLATFORM_USER',
      platform_role: null,
    });
    expect(member?.password_hash).not.toContain(owner.password);
    expect(
      await platform.app.rows(
        'select (select count(*) from credit_grants where tenant_id = $1)::int as grants from credit_wallets where tenant_id = $1',
        [id],
      ),
    ).toEqual([{ grants: 0 }]);
    const subscription = await subscriptionOf(id);
    expect(subscription).toMatchObject({
      plan_id: platform.planId,
      status: 'trialing',
      currency: 'INR',
      unit_price: '999.0000',
      quantity: 1,
    });
    const trialEnd = Number(subscription?.trial_ends_at);
    expect(trialEnd).toBeGreaterThanOrEqual(before + 14 * DAY_MS);
    expect(trialEnd).toBeLessThanOrEqual(Date.now() + 14 * DAY_MS);
    expect(Number(subscription?.current_period_end)).toBe(trialEnd);
    expect(
      await platform.app.rows(
        "select tenant_id, subject, payload from outbox_events where type = 'tenant.created' and subject = $1",
        [id],
      ),
    ).toEqual([{ tenant_id: id, subject: id, payload: { tenantId: id, ownerId: member?.id } }]);
    const [entry] = await platform.app.rows(
      "select * from audit_entries where action = 'tenant.created' and resource_id = $1",
      [id],
    );
    expect(entry).toMatchObject({
      tenant_id: id,
      actor_id: platform.operatorId,
      changes: { after: { slug: body.slug, ownerId: member?.id } },
    });
    expect(JSON.stringify(entry)).not.toContain(owner.password);
  });

  test('lets the owner in at once, to their own tenant only', async () => {
    const tenant = await platform.addTenant();
    await platform.addTenant();

    const answer = await tenant.owner.get('/api/tenants');

    expect(answer.body.data.map(({ id }: { id: string }) => id)).toEqual([tenant.id]);
    expect(answer.body.meta.total).toBe(1);
  });

  test('starts the trial of the plan that was chosen, at its price', async () => {
    const planId = await platform.addPlan({ monthlyPrice: '4999.00', trialDays: 30 });

    const { id } = await platform.addTenant({ planId });

    expect(await subscriptionOf(id)).toMatchObject({ plan_id: planId, unit_price: '4999.0000' });
  });

  test('takes the cheapest active plan with a trial, in the own currency if there is one', async () => {
    await platform.addPlan({ currency: 'EUR', monthlyPrice: '0.50', annualPrice: '5.00', trialDays: 0 });
    await platform.addPlan({ currency: 'EUR', monthlyPrice: '49.00', annualPrice: '490.00' });
    const cheapest = await platform.addPlan({ currency: 'EUR', monthlyPrice: '19.00', annualPrice: '190.00' });
    const archived = await platform.addPlan({ currency: 'EUR', monthlyPrice: '9.00', annualPrice: '90.00' });
    await platform.app.rows("update plans set status = 'archived' where id = $1", [archived]);

    const european = await platform.addTenant({ currency: 'EUR', country: 'DE' });
    const japanese = await platform.addTenant({ currency: 'JPY', country: 'JP' });

    expect(await subscriptionOf(european.id)).toMatchObject({
      plan_id: cheapest,
      currency: 'EUR',
      unit_price: '19.0000',
    });
    expect(await subscriptionOf(japanese.id)).toMatchObject({ plan_id: cheapest, currency: 'EUR' });
  });

  test.each([
    ['a plan that is not there', async () => UNKNOWN_ID, 404, 'PLAN_NOT_FOUND'],
    ['a plan without a trial', () => platform.addPlan({ trialDays: 0 }), 422, 'PLAN_UNAVAILABLE'],
    [
      'an archived plan',
      async () => {
        const id = await platform.addPlan();
        await platform.app.rows("update plans set status = 'archived' where id = $1", [id]);
        return id;
      },
      422,
      'PLAN_UNAVAILABLE',
    ],
  ])('refuses %s and leaves nothing behind', async (_name, makePlan, status, code) => {
    const planId = await makePlan();
    const before = await everything();

    const answer = await platform.operator.post('/api/tenants', platform.tenantBody({ planId }));

    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(await everything()).toEqual(before);
  });

  test('refuses an e-mail address that a user has, and leaves nothing behind', async () => {
    const { ownerEmail } = await platform.addTenant();
    const before = await everything();
    const body = platform.tenantBody();

    const answer = await platform.operator.post('/api/tenants', {
      ...body,
      owner: { ...body.owner, email: ownerEmail.toUpperCase() },
    });

    expect([answer.status, answer.body.error.code]).toEqual([409, 'EMAIL_TAKEN']);
    expect(await everything()).toEqual(before);
  });

  test('leaves nothing behind when the wallet can not be opened', async () => {
    const before = await everything();
    await platform.app.rows('alter table credit_wallets add constraint no_more_wallets check (false) not valid');
    try {
      const answer = await platform.operator.post('/api/tenants', platform.tenantBody());
      expect([answer.status, answer.body.error.code]).toEqual([500, 'INTERNAL_ERROR']);
      expect(answer.text).not.toContain('no_more_wallets');
    } finally {
      await platform.app.rows('alter table credit_wallets drop constraint no_more_wallets');
    }
    expect(await everything()).toEqual(before);
  });

  test('gives a slug to one of two that ask for it at the same time', async () => {
    const first = platform.tenantBody();
    const second = platform.tenantBody({ slug: first.slug });

    const answers = await Promise.all([first, second].map((body) => platform.operator.post('/api/tenants', body)));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.error.code).toBe('TENANT_SLUG_TAKEN');
    expect(await platform.app.rows('select 1 from tenants where slug = $1', [first.slug])).toHaveLength(1);
    expect(
      await platform.app.rows('select 1 from users where email = any($1)', [[first.owner.email, second.owner.email]]),
    ).toHaveLength(1);
  });

  test('creates once for one Idempotency-Key', async () => {
    const body = platform.tenantBody();
    const key = { 'idempotency-key': 'create-once' };

    const first = await platform.operator.post('/api/tenants', body, key);
    const again = await platform.operator.post('/api/tenants', body, key);
    const other = await platform.operator.post('/api/tenants', platform.tenantBody(), key);

    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect([other.status, other.body.error.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(await platform.app.rows('select 1 from tenants where slug = $1', [body.slug])).toHaveLength(1);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['an unknown field', { status: 'active' }, 'body.status'],
    ['a slug with capitals', { slug: 'Lakeside' }, 'body.slug'],
    ['a slug that ends in a hyphen', { slug: 'lake-' }, 'body.slug'],
    ['a time zone that is none', { timeZone: 'Asia/Atlantis' }, 'body.timeZone'],
    ['a currency that is none', { currency: 'XXX' }, 'body.currency'],
    ['a locale that is none', { locale: 'en_IN' }, 'body.locale'],
    ['a short password', { owner: { name: 'A', email: 'a@b.example', password: 'short' } }, 'body.owner.password'],
    [
      'an unknown field of the owner',
      { owner: { name: 'A', email: 'a@b.example', password: 'long enough for this', role: 'admin' } },
      'body.owner.role',
    ],
    ['metadata that nests', { metadata: { a: { b: 1 } } }, 'body.metadata.a'],
    ['no name', { name: '  ' }, 'body.name'],
  ])('refuses %s', async (_name, fields, path) => {
    const before = await everything();

    const answer = await platform.operator.post('/api/tenants', platform.tenantBody(fields));

    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.error.details).toContainEqual(expect.objectContaining({ path }));
    expect(await everything()).toEqual(before);
  });

  test("is the operators' alone", async () => {
    const { owner } = await platform.addTenant();
    const before = await everything();

    const anonymous = await platform.app.http.post('/api/tenants', platform.tenantBody());
    const byOwner = await owner.post('/api/tenants', platform.tenantBody());

    expect([anonymous.status, anonymous.body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect([byOwner.status, byOwner.body.error.code]).toEqual([403, 'FORBIDDEN']);
    expect(await everything()).toEqual(before);
  });
});
