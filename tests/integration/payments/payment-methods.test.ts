import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '../../../src/config/logger.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, signIn, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const PATH = '/api/revenue/payment-methods';
const CARD = '4111111111111111';

let app: TestApp;
let operator: HttpClient;
let lakeside: TestTenant;
let hillside: TestTenant;
let logged = '';

beforeAll(async () => {
  const log = createLogger({ LOG_LEVEL: 'debug' }, (text) => {
    logged += text;
  });
  app = await startTestApp({ settings: { LOG_ACCESS: 'true' }, overrides: { log } });
  operator = await anOperator(app);
  await aPlan(app);
  hillside = await aTenant(app, operator);
});

beforeEach(async () => {
  lakeside = await aTenant(app, operator);
});

afterAll(() => app.close());

const codeOf = ({ status, body }: HttpAnswer) => [status, body?.error?.code];
const add = (token = 'pm_sandbox_success', fields: object = {}, of: TestTenant = lakeside) =>
  of.owner.post(PATH, { token, ...fields });
const addedId = async (token?: string, fields?: object): Promise<string> => (await add(token, fields)).body.data.id;
const rowsOf = (tenant: TestTenant) =>
  app.rows('select * from payment_methods where tenant_id = $1 order by created_at, id', [tenant.id]);
const defaultsOf = async (tenant: TestTenant) =>
  (await rowsOf(tenant)).filter(({ is_default: isDefault }) => isDefault).map(({ id }) => id);
const defaultEvents = async (tenant: TestTenant) =>
  (
    await app.rows(
      "select payload from outbox_events where tenant_id = $1 and type = 'payment_method.default_changed' order by occurred_at, id",
      [tenant.id],
    )
  ).map(({ payload }) => payload);
const auditOf = async (id: string) =>
  (await app.rows('select action from audit_entries where resource_id = $1 order by occurred_at, id', [id])).map(
    ({ action }) => action,
  );

describe('adding one', () => {
  test('keeps what the gateway says of its token, and tells nobody the token', async () => {
    const answer = await add('pm_sandbox_success_india', { label: 'Office' });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      ...{ tenantId: lakeside.id, gateway: 'sandbox', kind: 'card', label: 'Office', brand: 'visa', lastFour: '4242' },
      ...{ country: 'IN', isDefault: true },
    });
    expect(answer.text).not.toContain('pm_sandbox');
    const [row] = await rowsOf(lakeside);
    expect(row).toMatchObject({ gateway_method_id: 'pm_sandbox_success_india', last_four: '4242', removed_at: null });
    expect(await auditOf(answer.body.data.id)).toEqual(['payment_method.added']);
    expect(await defaultEvents(lakeside)).toEqual([{ paymentMethodId: answer.body.data.id }]);
  });

  test('the first is the default, a later one only if it says so', async () => {
    const first = await addedId('pm_sandbox_success_1');
    const second = await addedId('pm_sandbox_success_2');
    expect(await defaultsOf(lakeside)).toEqual([first]);
    const third = await addedId('pm_sandbox_success_3', { isDefault: true });
    expect(await defaultsOf(lakeside)).toEqual([third]);
    expect(second).not.toBe(third);
    expect(await defaultEvents(lakeside)).toEqual([{ paymentMethodId: first }, { paymentMethodId: third }]);
  });

  test('the first that says that it is not the default is none', async () => {
    await addedId('pm_sandbox_success', { isDefault: false });
    expect(await defaultsOf(lakeside)).toEqual([]);
    expect(await defaultEvents(lakeside)).toEqual([]);
  });

  test('again is refused, and again after it was removed is fine', async () => {
    const id = await addedId();
    expect(codeOf(await add())).toEqual([409, 'PAYMENT_METHOD_TAKEN']);
    expect((await lakeside.owner.delete(`${PATH}/${id}`)).status).toBe(204);
    expect((await add()).status).toBe(201);
    expect((await add('pm_sandbox_success', {}, hillside)).status).toBe(201);
  });

  test('one that the gateway does not know leaves nothing', async () => {
    expect(codeOf(await add('pm_sandbox_nothing'))).toEqual([422, 'PAYMENT_METHOD_UNKNOWN']);
    expect(await rowsOf(lakeside)).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['nothing', {}],
    ['a token with spaces', { token: 'pm sandbox' }],
    ['a token that is a number', { token: 7 }],
    ['an unknown field', { token: 'pm_sandbox_success', cvc: '123' }],
    ['a label without text', { token: 'pm_sandbox_success', label: ' ' }],
  ])('%s is not valid', async (_what, body) => {
    expect(codeOf(await lakeside.owner.post(PATH, body))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await rowsOf(lakeside)).toEqual([]);
  });

  test('twenty at once makes one default', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => add(`pm_sandbox_success_${n + 1}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(await defaultsOf(lakeside)).toHaveLength(1);
  });

  test('the same twenty times at once is added once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => add()));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect(await rowsOf(lakeside)).toHaveLength(1);
  });
});

describe('the number of a card', () => {
  const long = '6304000000000000000';
  const spellings: [string, unknown][] = [
    ['as the token', { token: CARD }],
    ['with spaces', { token: '4111 1111 1111 1111' }],
    ['with dashes', { token: 'pm_x', label: '4111-1111-1111-1111' }],
    ['in a text', { token: 'pm_x', label: `my card ${CARD}, thanks` }],
    ['with its expiry', { token: 'pm_x', label: '4111 1111 1111 1111 12/29' }],
    ['of American Express', { token: 'pm_x', label: '3782 822463 10005' }],
    ['as a JSON number', { token: 'pm_x', number: Number(CARD) }],
    ['in an unknown field', { token: 'pm_x', card: { number: CARD } }],
    ['in a list', { token: 'pm_x', cards: [['x', { of: CARD }]] }],
    ['as the name of a field', { token: 'pm_x', [CARD]: true }],
    ['of 19 digits', { token: 'pm_x', label: long }],
  ];

  test.each(spellings)('%s is refused and never logged', async (_where, body) => {
    logged = '';
    const answer = await lakeside.owner.post(PATH, body);
    expect(codeOf(answer)).toEqual([422, 'CARD_NUMBER_REFUSED']);
    app.container.infrastructure.log.flush();
    expect(logged).toContain('createPaymentMethod');
    for (const text of [logged, answer.text])
      expect(text.replace(/[ -]/g, '')).not.toMatch(/4111111111111111|3782822463|630400000/);
    expect(await rowsOf(lakeside)).toEqual([]);
  });

  test('is refused in changes, and not written down where it stands in the path or what follows it', async () => {
    const id = await addedId();
    logged = '';
    expect(codeOf(await lakeside.owner.put(`${PATH}/${id}`, { label: CARD }))).toEqual([422, 'CARD_NUMBER_REFUSED']);
    await lakeside.owner.put(`${PATH}/${CARD}`, { label: 'x' });
    await lakeside.owner.get(`${PATH}?search=${CARD}`);
    app.container.infrastructure.log.flush();
    expect(logged).toContain('updatePaymentMethod');
    expect(logged).not.toContain(CARD);
  });

  test.each(['4111111111111112', '1234567890123456', '+91 80 4718 2200', '2026-11-20', '411111111111'])(
    'is not what %s looks like',
    async (label) => {
      expect((await add('pm_sandbox_success', { label })).status).toBe(201);
    },
  );
});

describe('changing one', () => {
  test('leaves what is absent, and clears what is null', async () => {
    const id = await addedId('pm_sandbox_success', { label: 'Office' });
    const renamed = await lakeside.owner.put(`${PATH}/${id}`, { label: 'Home' });
    expect(renamed.body.data).toMatchObject({ label: 'Home', isDefault: true });
    const cleared = await lakeside.owner.put(`${PATH}/${id}`, { label: null });
    expect(cleared.body.data).toMatchObject({ label: null, isDefault: true });
    expect((await lakeside.owner.put(`${PATH}/${id}`, {})).body.data).toMatchObject({ label: null });
    expect(await defaultEvents(lakeside)).toHaveLength(1);
    expect(await auditOf(id)).toEqual(['payment_method.added', ...Array(3).fill('payment_method.updated')]);
  });

  test('makes it the default in place of the former, or leaves none', async () => {
    const [first, second] = [await addedId('pm_sandbox_success_1'), await addedId('pm_sandbox_success_2')];
    const chosen = await lakeside.owner.put(`${PATH}/${second}`, { isDefault: true });
    expect(chosen.body.data.isDefault).toBe(true);
    expect(await defaultsOf(lakeside)).toEqual([second]);
    await lakeside.owner.put(`${PATH}/${second}`, { isDefault: false });
    expect(await defaultsOf(lakeside)).toEqual([]);
    expect(await defaultEvents(lakeside)).toEqual([
      { paymentMethodId: first },
      { paymentMethodId: second },
      { paymentMethodId: null },
    ]);
  });

  test('to the default, by many at once, leaves one', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, (_, n) => addedId(`pm_sandbox_success_${n + 1}`)));
    const answers = await Promise.all(ids.map((id) => lakeside.owner.put(`${PATH}/${id}`, { isDefault: true })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await defaultsOf(lakeside)).toHaveLength(1);
  });

  test('of another tenant, or one that was removed, is that of none', async () => {
    const id = await addedId();
    expect(codeOf(await hillside.owner.put(`${PATH}/${id}`, { label: 'x' }))).toEqual([
      404,
      'PAYMENT_METHOD_NOT_FOUND',
    ]);
    expect(codeOf(await hillside.owner.delete(`${PATH}/${id}`))).toEqual([404, 'PAYMENT_METHOD_NOT_FOUND']);
    await lakeside.owner.delete(`${PATH}/${id}`);
    expect(codeOf(await lakeside.owner.put(`${PATH}/${id}`, { label: 'x' }))).toEqual([
      404,
      'PAYMENT_METHOD_NOT_FOUND',
    ]);
    expect(codeOf(await lakeside.owner.delete(`${PATH}/${id}`))).toEqual([404, 'PAYMENT_METHOD_NOT_FOUND']);
    expect(codeOf(await lakeside.owner.put(`${PATH}/none`, {}))).toEqual([400, 'VALIDATION_FAILED']);
  });
});

describe('removing one', () => {
  test('keeps its row for its payments, and chooses no other default', async () => {
    const [first] = [await addedId('pm_sandbox_success_1'), await addedId('pm_sandbox_success_2')];
    expect((await lakeside.owner.delete(`${PATH}/${first}`)).status).toBe(204);
    const rows = await rowsOf(lakeside);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ id: first, is_default: false, removed_at: expect.any(Date) });
    expect(await defaultsOf(lakeside)).toEqual([]);
    expect((await defaultEvents(lakeside)).at(-1)).toEqual({ paymentMethodId: null });
    expect(await auditOf(first ?? '')).toEqual(['payment_method.added', 'payment_method.removed']);
  });

  test('is refused while a running subscription is paid with it', async () => {
    const id = await addedId();
    await app.rows('update subscriptions set payment_method_id = $2 where tenant_id = $1', [lakeside.id, id]);
    expect(codeOf(await lakeside.owner.delete(`${PATH}/${id}`))).toEqual([409, 'PAYMENT_METHOD_IN_USE']);
    await app.rows("update subscriptions set status = 'canceled', ended_at = now() where tenant_id = $1", [
      lakeside.id,
    ]);
    expect((await lakeside.owner.delete(`${PATH}/${id}`)).status).toBe(204);
  });
});

describe('listing', () => {
  test("shows the tenant's own, the newest first, page by page, without those that were removed", async () => {
    const ids = [];
    for (const n of [1, 2, 3, 4]) ids.push(await addedId(`pm_sandbox_success_${n}`));
    await lakeside.owner.delete(`${PATH}/${ids[1]}`);
    const page = await lakeside.owner.get(`${PATH}?limit=2`);
    expect(page.body.meta).toEqual({ page: 1, limit: 2, total: 3, totalPages: 2 });
    const listed = (answer: HttpAnswer) => answer.body.data.map(({ id }: { id: string }) => id);
    expect(listed(page)).toEqual([ids[3], ids[2]]);
    expect(listed(await lakeside.owner.get(`${PATH}?limit=2&page=2`))).toEqual([ids[0]]);
    expect(listed(await lakeside.operator.get(`${PATH}?sort=createdAt`))).toEqual([ids[0], ids[2], ids[3]]);
    expect(listed(await hillside.owner.get(PATH))).not.toEqual(expect.arrayContaining([ids[0]]));
  });

  test('and the rest is for those who may', async () => {
    const one = `${PATH}/${randomUUID()}`;
    expect((await app.http.get(PATH)).status).toBe(401);
    expect((await app.http.post(PATH, { token: 'pm_sandbox_success' })).status).toBe(401);
    expect((await app.http.put(one, {})).status).toBe(401);
    expect((await app.http.delete(one)).status).toBe(401);
    expect(codeOf(await operator.get(PATH))).toEqual([400, 'TENANT_REQUIRED']);
    const staffed = await aTenant(app, operator);
    await app.rows("update memberships set role = 'staff' where tenant_id = $1", [staffed.id]);
    const staff = await signIn(app, staffed.ownerEmail);
    for (const answer of [
      await staff.get(PATH),
      await staff.post(PATH, { token: 'pm_sandbox_success' }),
      await staff.put(one, {}),
      await staff.delete(one),
    ])
      expect(codeOf(answer)).toEqual([403, 'FORBIDDEN']);
    expect(await rowsOf(staffed)).toEqual([]);
  });
});
