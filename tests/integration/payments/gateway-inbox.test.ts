import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { applyEvent, applyEvents, postEvent, postRaw, signatureFor } from '../../support/gateway-events.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const STRIPE_SECRET = 'whsec_of_a_test';

let app: TestApp;
let operator: HttpClient;
let tenant: TestTenant;
let ahead = 0;

beforeAll(async () => {
  app = await startTestApp({
    settings: { STRIPE_SECRET_KEY: 'sk_test', STRIPE_WEBHOOK_SECRET: STRIPE_SECRET },
    overrides: { clock: { now: () => new Date(Date.now() + ahead) } },
  });
  operator = await anOperator(app);
  await aPlan(app);
  tenant = await aTenant(app, operator);
});

afterEach(() => {
  ahead = 0;
});

afterAll(() => app.close());

const inbox = () =>
  app.rows<Record<string, unknown> & { id: string; body: Buffer }>('select * from gateway_events order by received_at');
const clear = () => app.rows('delete from gateway_events');

describe('what comes in', () => {
  const other = { id: 'evt_other', kind: 'other', type: 'test', occurredAt: new Date().toISOString() };
  const body = JSON.stringify(other);

  test.each<[string, string, () => Record<string, string>]>([
    ['without a signature', 'sandbox', () => ({})],
    ['with the signature of another body', 'sandbox', () => signatureFor(app, 'evt_other', `${body} `)],
    ['with another id', 'sandbox', () => ({ ...signatureFor(app, 'evt_other', body), 'webhook-id': 'evt_2' })],
    [
      'that was signed six minutes ago',
      'sandbox',
      () => signatureFor(app, 'evt_other', body, new Date(Date.now() - 360_000)),
    ],
    ["with the sandbox's signature for Stripe", 'stripe', () => signatureFor(app, 'evt_other', body)],
    ['for a gateway that nobody knows', 'paypal', () => signatureFor(app, 'evt_other', body)],
    ['for what no gateway is called', 'constructor', () => signatureFor(app, 'evt_other', body)],
  ])('%s is refused, and nothing is kept', async (_what, gateway, headers) => {
    await clear();
    const answer = await postRaw(app, gateway, body, headers());
    expect([answer.status, answer.body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(await inbox()).toEqual([]);
  });

  test('signed is kept as it came, byte by byte, with what tells of its signature and no credentials', async () => {
    await clear();
    const spaced = `{ "kind":"other",\n\t"id":"evt_raw", "type":"tést", "occurredAt":"2026-11-20T09:30:00.000Z" }  `;
    const headers = signatureFor(app, 'evt_raw', spaced);
    const answer = await postRaw(app, 'sandbox', spaced, {
      ...headers,
      authorization: 'Bearer of somebody',
      cookie: 'a=b',
    });
    expect(answer.status).toBe(200);
    const [row] = await inbox();
    expect(answer.body.data).toEqual({ id: row?.id });
    expect(row).toMatchObject({ gateway: 'sandbox', gateway_event_id: 'evt_raw', type: 'tést', processed_at: null });
    expect(row?.body.toString()).toBe(spaced);
    expect(row?.headers).toEqual({ 'content-type': 'application/json', 'user-agent': expect.anything(), ...headers });
    const audited = await app.rows('select action from audit_entries where resource_id = $1', [row?.id]);
    expect(audited).toEqual([{ action: 'gateway_event.received' }]);
  });

  test('many times at once is kept and queued once', async () => {
    await clear();
    const answers = await Promise.all(Array.from({ length: 12 }, () => postEvent(app, { ...other, id: 'evt_many' })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.body.data.id)).size).toBe(1);
    expect(await inbox()).toHaveLength(1);
    const queued = await app.rows(
      "select 1 from outbox_events where type = 'gateway_event.received' and subject = $1",
      [answers[0]?.body.data.id],
    );
    expect(queued).toHaveLength(1);
  });

  test('by Stripe is kept as well', async () => {
    await clear();
    const payload = JSON.stringify({
      ...{ id: 'evt_stripe', object: 'event', type: 'balance.available', created: Math.floor(Date.now() / 1000) },
      data: { object: { object: 'balance' } },
    });
    const header = new Stripe('sk_test').webhooks.generateTestHeaderString({ payload, secret: STRIPE_SECRET });
    const answer = await postRaw(app, 'stripe', payload, { 'stripe-signature': header });
    expect(answer.status).toBe(200);
    expect(await applyEvents(app)).toEqual({ evt_stripe: 'ignored' });
  });

  test('signed and unreadable is refused', async () => {
    await clear();
    for (const text of ['{ "kind": ', '{"kind":"payment","id":"evt_1"}', '']) {
      const answer = await postRaw(app, 'sandbox', text, signatureFor(app, 'evt_bad', text));
      expect([answer.status, answer.body.error.code]).toEqual([400, 'MALFORMED_BODY']);
    }
    expect(await inbox()).toEqual([]);
  });

  test('larger than 256 KB, or compressed, is refused', async () => {
    await clear();
    const large = JSON.stringify({ ...other, padding: 'x'.repeat(257 * 1024) });
    const tooLarge = await postRaw(app, 'sandbox', large, signatureFor(app, 'evt_other', large));
    expect([tooLarge.status, tooLarge.body.error.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const packed = await postRaw(app, 'sandbox', body, {
      ...signatureFor(app, 'evt_other', body),
      'content-encoding': 'gzip',
    });
    expect(packed.status).toBe(415);
    expect(await inbox()).toEqual([]);
  });
});

describe('operators', () => {
  const path = '/api/payments/gateway-events';
  const event = { id: 'evt_listed', kind: 'other' };

  test('see what came in, without its body', async () => {
    await clear();
    await postEvent(app, event);
    await postEvent(app, { ...event, id: 'evt_waiting' });
    const [first] = await inbox();
    await applyEvent(app, first?.id ?? '');
    const all = await operator.get(path);
    expect(all.status).toBe(200);
    expect(all.body.meta).toMatchObject({ total: 2 });
    expect(Object.keys(all.body.data[0]).sort()).toEqual(
      [
        'attempts',
        'gateway',
        'gatewayEventId',
        'hasBody',
        'id',
        'lastError',
        'outcome',
        'processedAt',
        'receivedAt',
        'type',
      ].sort(),
    );
    const namesBy = async (query: string) =>
      (await operator.get(`${path}?${query}`)).body.data.map((item: { gatewayEventId: string }) => item.gatewayEventId);
    expect(await namesBy('state=waiting')).toEqual(['evt_waiting']);
    expect(await namesBy('state=processed')).toEqual(['evt_listed']);
    expect(await namesBy('state=failing')).toEqual([]);
    expect(await namesBy('gateway=stripe')).toEqual([]);
    expect(await namesBy('gateway=sandbox&sort=receivedAt')).toEqual(['evt_listed', 'evt_waiting']);
  });

  test('have one applied again', async () => {
    await clear();
    await postEvent(app, event);
    const [row] = await inbox();
    const id = row?.id ?? '';
    await applyEvent(app, id);
    const answer = await operator.post(`${path}/${id}/replay`);
    expect(answer.status).toBe(202);
    expect(answer.body.data).toMatchObject({ id, processedAt: null, outcome: null });
    expect((await inbox())[0]).toMatchObject({ processed_at: null, outcome: null });
    const audited = await app.rows(
      "select changes from audit_entries where action = 'gateway_event.replayed' and resource_id = $1",
      [id],
    );
    expect(audited).toMatchObject([{ changes: { before: { outcome: 'ignored' }, after: { outcome: null } } }]);
    const queued = await app.rows(
      "select 1 from outbox_events where type = 'gateway_event.received' and subject = $1",
      [id],
    );
    expect(queued).toHaveLength(2);
    await app.rows("update gateway_events set body = '' where id = $1", [id]);
    const dropped = await operator.post(`${path}/${id}/replay`);
    expect([dropped.status, dropped.body.error.code]).toEqual([409, 'GATEWAY_EVENT_DROPPED']);
    const unknown = await operator.post(`${path}/${randomUUID()}/replay`);
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'GATEWAY_EVENT_NOT_FOUND']);
  });

  test('only: neither a tenant nor anybody else', async () => {
    const replay = `${path}/${randomUUID()}/replay`;
    expect((await app.http.get(path)).status).toBe(401);
    expect((await app.http.post(replay)).status).toBe(401);
    expect((await tenant.owner.get(path)).status).toBe(403);
    expect((await tenant.owner.post(replay)).status).toBe(403);
    expect((await operator.get(`${path}?state=lost`)).status).toBe(400);
    expect((await operator.post(`${path}/none/replay`)).status).toBe(400);
  });
});

describe('the nightly cleaners', () => {
  const DAY_MS = 86_400_000;
  const clean = async (name: string) => {
    const cleaner = app.container.services.gatewayEventCleaners.find((candidate) => candidate.name === name);
    return cleaner?.clean(systemContext(platformScope, randomUUID()), 10, new AbortController().signal);
  };

  test('queue again what was never applied, and leave alone what is young', async () => {
    await clear();
    await postEvent(app, { id: 'evt_old', kind: 'other' });
    await postEvent(app, { id: 'evt_young', kind: 'other' });
    await app.rows(
      "update gateway_events set received_at = now() - interval '7 hours' where gateway_event_id = 'evt_old'",
    );
    expect(await clean('waitingGatewayEvents')).toBe(1);
    const queued = await app.rows(
      "select gateway_event_id, count(*)::int as times from outbox_events join gateway_events on subject = gateway_events.id::text where outbox_events.type = 'gateway_event.received' group by 1 order by 1",
    );
    expect(queued).toEqual([
      { gateway_event_id: 'evt_old', times: 2 },
      { gateway_event_id: 'evt_young', times: 1 },
    ]);
  });

  test('drop the bodies of what was applied 90 days ago', async () => {
    await clear();
    for (const id of ['evt_applied', 'evt_waiting', 'evt_recent']) await postEvent(app, { id, kind: 'other' });
    await app.rows("update gateway_events set processed_at = now() where gateway_event_id <> 'evt_waiting'");
    await app.rows(
      "update gateway_events set received_at = now() - interval '1 day' where gateway_event_id = 'evt_recent'",
    );
    await app.rows(
      "update gateway_events set received_at = now() - interval '91 days' where gateway_event_id <> 'evt_recent'",
    );
    ahead = DAY_MS / 24;
    expect(await clean('gatewayEventBodies')).toBe(1);
    expect(await clean('gatewayEventBodies')).toBe(0);
    const kept = await app.rows(
      'select gateway_event_id as name from gateway_events where length(body) > 0 order by 1',
    );
    expect(kept).toEqual([{ name: 'evt_recent' }, { name: 'evt_waiting' }]);
  });
});
