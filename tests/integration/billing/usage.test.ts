import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BillingScene, type Subscriber, startBillingScene } from '../../support/billing-scene.ts';

let scene: BillingScene;
let plan: string;

const at = (moment: string): void => scene.clock.set(moment.length === 10 ? `${moment}T00:00:00.000Z` : moment);
const rowsOf = (text: string, ...values: unknown[]) => scene.app.rows(text, values);

beforeAll(async () => {
  scene = await startBillingScene();
  plan = await scene.plan({ limits: { messages: 1000, seats: 5 }, usagePrices: { messages: '0.0125' } });
});

afterAll(() => scene.close());

const event = (fields: Record<string, unknown> = {}) => ({
  source: 'mailer',
  eventId: randomUUID(),
  metric: 'messages',
  quantity: '100',
  occurredAt: '2027-11-05T00:00:00Z',
  ...fields,
});

async function meter(): Promise<
  Subscriber & { send(...events: object[]): ReturnType<Subscriber['tenant']['owner']['post']> }
> {
  at('2027-11-01');
  const subscriber = await scene.subscriber(plan);
  at('2027-11-06');
  const client = await subscriber.owner();
  return { ...subscriber, send: (...events) => client.post(`${subscriber.path}/usage`, { events }) };
}

const countOf = async (id: string) =>
  (
    await rowsOf(
      'select count(*)::int as n, sum(quantity)::text as total from usage_events where subscription_id = $1',
      id,
    )
  )[0];

describe('an event', () => {
  test('counts once: 201, then 200, and 409 with another content', async () => {
    const { id, send } = await meter();
    const sent = event();
    const first = await send(sent);
    expect([first.status, first.body.data]).toEqual([201, { recorded: 1, repeated: 0 }]);
    const second = await send({ ...sent, quantity: '100.000', occurredAt: '2027-11-05T00:00:00.000Z' });
    expect([second.status, second.body.data]).toEqual([200, { recorded: 0, repeated: 1 }]);
    for (const other of [{ quantity: '101' }, { metric: 'seats' }, { occurredAt: '2027-11-04T00:00:00Z' }]) {
      const third = await send({ ...sent, ...other });
      expect([third.status, third.body.error.code]).toEqual([409, 'USAGE_EVENT_CONFLICT']);
      expect(third.body.error.details).toMatchObject([{ path: 'body.events.0' }]);
    }
    expect((await send({ ...sent, source: 'another' })).status).toBe(201);
    expect(await countOf(id)).toEqual({ n: 2, total: '200.0000' });
  });

  test('of another tenant may have the same id', async () => {
    const [one, another] = [await meter(), await meter()];
    const sent = event();
    expect((await one.send(sent)).status).toBe(201);
    expect((await another.send({ ...sent, quantity: '7' })).status).toBe(201);
    expect([await countOf(one.id), await countOf(another.id)]).toEqual([
      { n: 1, total: '100.0000' },
      { n: 1, total: '7.0000' },
    ]);
  });

  test('sent by twenty at once counts once', async () => {
    const { id, send } = await meter();
    const events = Array.from({ length: 10 }, () => event({ quantity: '1' }));
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(...events)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201]));
    expect(answers.reduce((sum, { body }) => sum + body.data.recorded, 0)).toBe(10);
    expect(await countOf(id)).toEqual({ n: 10, total: '10.0000' });
  });

  test('of a batch counts with all the others or not at all', async () => {
    const { id, send } = await meter();
    const known = event();
    await send(known);
    const refused = await send(event(), { ...known, quantity: '7' }, event());
    expect(refused.body.error.details).toMatchObject([{ path: 'body.events.1' }]);
    const twice = event();
    const within = await send(twice, twice, known);
    expect(within.body.data).toEqual({ recorded: 1, repeated: 2 });
    const differing = await send(event({ eventId: 'x' }), event({ eventId: 'x', quantity: '1' }));
    expect([differing.status, differing.body.error.code]).toEqual([409, 'USAGE_EVENT_CONFLICT']);
    expect(await countOf(id)).toEqual({ n: 2, total: '200.0000' });
    expect((await send(...Array.from({ length: 100 }, () => event()))).status).toBe(201);
    expect((await send(...Array.from({ length: 101 }, () => event()))).status).toBe(400);
    expect((await send()).status).toBe(400);
  });

  test.each([
    ['of an unknown metric', { metric: 'meals' }, 422, 'USAGE_METRIC_UNKNOWN'],
    ['before the subscription', { occurredAt: '2027-10-31T23:59:59Z' }, 422, 'USAGE_OUTSIDE_PERIOD'],
    ['of tomorrow', { occurredAt: '2027-11-07T00:00:00Z' }, 422, 'USAGE_OUTSIDE_PERIOD'],
    ['of nothing', { quantity: '0' }, 400, 'VALIDATION_FAILED'],
    ['of less than nothing', { quantity: '-1' }, 400, 'VALIDATION_FAILED'],
    ['of too many decimals', { quantity: '1.00001' }, 400, 'VALIDATION_FAILED'],
    ['of no number', { quantity: 'NaN' }, 400, 'VALIDATION_FAILED'],
    ['of a huge number', { quantity: '1e400' }, 400, 'VALIDATION_FAILED'],
    ['of no time', { occurredAt: 'yesterday' }, 400, 'VALIDATION_FAILED'],
  ])('%s is refused', async (_what, fields, status, code) => {
    const { id, send } = await meter();
    const answer = await send(event(), event(fields));
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.details[0].path).toMatch(/^body\.events\.1\./);
    expect(await countOf(id)).toMatchObject({ n: 0 });
  });

  test('may come from a clock that is a little ahead', async () => {
    const { send } = await meter();
    expect((await send(event({ occurredAt: '2027-11-06T00:04:59Z' }))).status).toBe(201);
  });
});

test('usage stands against the limits, and what is above them is billed in arrears', async () => {
  const { id, path, owner, send } = await meter();
  await send(event({ quantity: '900.5' }), event({ quantity: '300' }), event({ metric: 'seats', quantity: '4' }));
  expect((await (await owner()).get(`${path}/usage`)).body.data).toEqual({
    subscriptionId: id,
    periodStart: '2027-11-01T00:00:00.000Z',
    periodEnd: '2027-12-01T00:00:00.000Z',
    metrics: [
      {
        metric: 'messages',
        used: '1200.5',
        limit: 1000,
        remaining: '0',
        overage: '200.5',
        unitPrice: '0.0125',
        events: 2,
      },
      { metric: 'seats', used: '4', limit: 5, remaining: '1', overage: '0', unitPrice: null, events: 1 },
    ],
  });
  at('2027-12-01');
  await scene.renewAll();
  const client = await owner();
  const { body } = await client.get(`${path}/invoices?sort=-createdAt`);
  const lines = await rowsOf(
    'select kind, quantity::text, unit_price::text, amount::text from invoice_items where invoice_id = $1 order by position',
    body.data[0].id,
  );
  expect(lines).toEqual([
    { kind: 'subscription', quantity: '1.0000', unit_price: '5.0000', amount: '5.0000' },
    { kind: 'usage', quantity: '200.5000', unit_price: '0.0125', amount: '2.5100' },
  ]);
  expect((await client.get(`${path}/usage`)).body.data.metrics[0]).toMatchObject({ used: '0', remaining: '1000' });
  const late = await client.post(`${path}/usage`, { events: [event()] });
  expect([late.status, late.body.error.code]).toEqual([422, 'USAGE_OUTSIDE_PERIOD']);
});

test('the end of a subscription bills what was used, and closes it', async () => {
  const { id, path, owner, send } = await meter();
  await send(event({ quantity: '1400' }));
  const client = await owner();
  expect((await client.post(`${path}/cancel`, { when: 'now' })).status).toBe(200);
  const [invoice] = await rowsOf(
    "select billing_reason, total::text, subtotal::text from invoices where subscription_id = $1 and billing_reason <> 'subscription_create'",
    id,
  );
  expect(invoice).toMatchObject({ billing_reason: 'subscription_cancel', subtotal: '0.8300' });
  const answer = await send(event());
  expect([answer.status, answer.body.error.code]).toEqual([409, 'SUBSCRIPTION_STATE']);
});
