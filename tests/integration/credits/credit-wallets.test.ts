import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const NIL = '00000000-0000-0000-0000-000000000000';
const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-20T09:00:00.000Z');

let app: TestApp;
let operator: HttpClient;
let lakeside: TestTenant;
let hillside: TestTenant;
let walletId: string;
let otherWalletId: string;

const walletOf = async ({ id }: TestTenant): Promise<string> => {
  const [row] = await app.rows<{ id: string }>('select id from credit_wallets where tenant_id = $1', [id]);
  return row?.id ?? '';
};

beforeAll(async () => {
  app = await startTestApp({ overrides: { clock: { now: () => new Date(NOW) } } });
  await aPlan(app);
  operator = await anOperator(app);
  lakeside = await aTenant(app, operator);
  hillside = await aTenant(app, operator);
  walletId = await walletOf(lakeside);
  otherWalletId = await walletOf(hillside);
  for (const channel of ['sms', 'whatsapp']) await topUp({ channel, credits: 100_000 });
});
afterAll(() => app.close());

const post = (path: string, body: unknown, { client = operator, key = randomUUID() } = {}) =>
  client.post(`/api/credits/${path}`, body, { 'idempotency-key': key });
const topUp = (body: unknown) => post('master-wallet/top-up', body);
const add = (body: object, id = walletId) => post(`wallets/${id}/add`, { channel: 'sms', ...body });
const deduct = (body: object, id = walletId) => post(`wallets/${id}/deduct`, { channel: 'sms', ...body });
const wallet = async (id = walletId) => (await operator.get(`/api/credits/wallets/${id}`)).body.data;
const smsOf = async (id = walletId): Promise<number> => (await wallet(id)).balances.sms.available;
const stockOf = async (): Promise<number> =>
  (await operator.get('/api/credits/master-wallet')).body.data.balances.sms.available;
const inDays = (days: number): string => new Date(NOW + days * DAY_MS).toISOString();
const operations = async () =>
  (await app.rows<{ count: number }>('select count(*)::int as count from credit_operations'))[0]?.count;
const auditOf = (action: string) =>
  app.rows('select tenant_id, resource_id, changes from audit_entries where action = $1 order by occurred_at, id', [
    action,
  ]);

describe('The master wallet', () => {
  test('is the one of no tenant, and is topped up', async () => {
    const before = await stockOf();
    const answer = await topUp({ channel: 'sms', credits: 250, reference: 'PO-118', expiresAt: inDays(60) });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      tenantId: null,
      kind: 'grant',
      credits: 250,
      creditsAfter: before + 250,
      reference: 'PO-118',
    });
    expect(await stockOf()).toBe(before + 250);
    const rows = await app.rows('select tenant_id, source from credit_grants where operation_id = $1', [
      answer.body.data.id,
    ]);
    expect(rows).toEqual([{ tenant_id: NIL, source: 'top_up' }]);
    expect((await auditOf('credit_stock.increased')).at(-1)).toMatchObject({
      tenant_id: NIL,
      changes: { before: { sms: before }, after: { sms: before + 250 } },
    });
    await operator.post(`/api/credits/wallets/${answer.body.data.walletId}/deduct`, { channel: 'sms', credits: 250 });
  });

  test('is opened once, however many ask at once', async () => {
    const fresh = await startTestApp();
    try {
      const someone = await anOperator(fresh);
      const answers = await Promise.all(Array.from({ length: 8 }, () => someone.get('/api/credits/master-wallet')));
      expect(new Set(answers.map(({ status, body }) => `${status} ${body.data.id}`)).size).toBe(1);
    } finally {
      await fresh.close();
    }
  });

  test.each([
    ['an expiry that has passed', { channel: 'sms', credits: 1, expiresAt: inDays(-1) }, 422, 'CREDITS_EXPIRY_PAST'],
    ['part of a credit', { channel: 'sms', credits: 1.5 }, 400, 'VALIDATION_FAILED'],
    ['nothing', { channel: 'sms', credits: 0 }, 400, 'VALIDATION_FAILED'],
    ['less than nothing', { channel: 'sms', credits: -5 }, 400, 'VALIDATION_FAILED'],
    ['more than counts', { channel: 'sms', credits: 1_000_000_001 }, 400, 'VALIDATION_FAILED'],
    ['text', { channel: 'sms', credits: '5' }, 400, 'VALIDATION_FAILED'],
    ['another channel', { channel: 'fax', credits: 5 }, 400, 'VALIDATION_FAILED'],
    ['an unknown field', { channel: 'sms', credits: 5, tenantId: NIL }, 400, 'VALIDATION_FAILED'],
  ])('refuses %s and leaves nothing behind', async (_what, body, status, code) => {
    const before = await operations();
    const answer = await topUp(body);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(await operations()).toBe(before);
  });

  test('refuses an endless number', async () => {
    const answer = await operator.send('POST', '/api/credits/master-wallet/top-up', {
      body: '{"channel":"sms","credits":1e400}',
      headers: { 'idempotency-key': randomUUID() },
    });
    expect(answer.status).toBe(400);
  });
});

describe('Adding', () => {
  test('takes from the stock, and says when it expires', async () => {
    const [stock, before] = [await stockOf(), await smsOf()];
    const answer = await add({ credits: 300, source: 'promotional', priority: 10, expiresAt: inDays(5) });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      tenantId: lakeside.id,
      walletId,
      kind: 'transfer_in',
      credits: 300,
      creditsAfter: before + 300,
      counterpartyId: null,
    });
    expect(await stockOf()).toBe(stock - 300);
    const { balances, grants } = await wallet();
    expect(balances.sms).toEqual({
      available: before + 300,
      reserved: 0,
      expiringIn7Days: 300,
      expiringIn30Days: 300,
    });
    expect(grants[0]).toMatchObject({
      source: 'promotional',
      priority: 10,
      available: 300,
      expiresAt: inDays(5),
    });
    const audited = (await auditOf('credits.added')).slice(-2);
    expect(audited.map(({ tenant_id }) => tenant_id).sort()).toEqual([NIL, lakeside.id].sort());
    const [event] = await app.rows(
      "select tenant_id, payload from outbox_events where type = 'credits.granted' order by sequence desc limit 1",
    );
    expect(event).toMatchObject({
      tenant_id: lakeside.id,
      payload: { walletId, channel: 'sms', credits: 300, source: 'promotional' },
    });
  });

  test('fails when the stock is short, and moves nothing', async () => {
    const [stock, before] = [await stockOf(), await smsOf()];
    const answer = await add({ credits: stock + 1 });
    expect([answer.status, answer.body.error.code]).toEqual([409, 'CREDITS_STOCK_INSUFFICIENT']);
    expect(answer.body.error.details).toEqual({ available: stock });
    expect([await stockOf(), await smsOf()]).toEqual([stock, before]);
  });

  test('of the stock to the stock is refused', async () => {
    const { id } = (await operator.get('/api/credits/master-wallet')).body.data;
    const answer = await add({ credits: 1 }, id);
    expect([answer.status, answer.body.error.code]).toEqual([422, 'CREDITS_TRANSFER_TO_ITSELF']);
  });

  test('is done once for an Idempotency-Key, by thirty clients at once', async () => {
    const before = await smsOf();
    const key = randomUUID();
    const body = { channel: 'sms', credits: 11 };
    const answers = await Promise.all(Array.from({ length: 30 }, () => post(`wallets/${walletId}/add`, body, { key })));
    expect(await smsOf()).toBe(before + 11);
    const ids = answers.filter(({ status }) => status === 201).map((answer) => answer.body.data.id);
    expect(new Set(ids).size).toBe(1);
    const other = await post(`wallets/${walletId}/add`, { ...body, credits: 12 }, { key });
    expect([other.status, other.body.error.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });
});

describe('Deducting', () => {
  test('burns what is burnt first', async () => {
    const { balances } = await wallet();
    const { expiringIn7Days } = balances.sms;
    const answer = await deduct({ credits: 40, reference: 'campaign-7', description: 'Late delivery report' });
    expect(answer.body.data).toMatchObject({
      kind: 'deduct',
      credits: 40,
      creditsAfter: balances.sms.available - 40,
      reference: 'campaign-7',
    });
    expect((await wallet()).balances.sms.expiringIn7Days).toBe(expiringIn7Days - 40);
    expect((await auditOf('credits.deducted')).at(-1)).toMatchObject({ tenant_id: lakeside.id, resource_id: walletId });
  });

  test('never takes more than there is', async () => {
    const available = await smsOf();
    const answer = await deduct({ credits: available + 1 });
    expect([answer.status, answer.body.error.code, answer.body.error.details]).toEqual([
      409,
      'CREDITS_INSUFFICIENT',
      { available },
    ]);
    const whatsapp = await deduct({ channel: 'whatsapp', credits: 1 });
    expect(whatsapp.status).toBe(409);
  });

  test('from a wallet that is not there is 404', async () => {
    const answer = await deduct({ credits: 1 }, randomUUID());
    expect([answer.status, answer.body.error.code]).toEqual([404, 'CREDIT_WALLET_NOT_FOUND']);
  });
});

describe('Transferring', () => {
  const transfer = (body: object) => post(`wallets/${walletId}/transfer`, { channel: 'sms', ...body });

  test('moves credits with their expiry', async () => {
    const [here, there] = [await wallet(), await wallet(otherWalletId)];
    const answer = await transfer({ toWalletId: otherWalletId, credits: 60 });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      tenantId: lakeside.id,
      kind: 'transfer_out',
      creditsAfter: here.balances.sms.available - 60,
      counterpartyId: hillside.id,
    });
    const after = await wallet(otherWalletId);
    expect(after.balances.sms.available).toBe(there.balances.sms.available + 60);
    expect(after.grants).toContainEqual(
      expect.objectContaining({ available: 60, source: 'transfer', priority: 10, expiresAt: inDays(5) }),
    );
    expect((await auditOf('credits.transferred')).map(({ tenant_id }) => tenant_id).sort()).toEqual(
      [lakeside.id, hillside.id].sort(),
    );
  });

  test.each([
    ['to itself', () => ({ toWalletId: walletId, credits: 1 }), 422, 'CREDITS_TRANSFER_TO_ITSELF'],
    ['to nowhere', () => ({ toWalletId: randomUUID(), credits: 1 }), 404, 'CREDIT_WALLET_NOT_FOUND'],
    ['of too much', () => ({ toWalletId: otherWalletId, credits: 900_000 }), 409, 'CREDITS_INSUFFICIENT'],
  ])('%s is refused', async (_what, body, status, code) => {
    const answer = await transfer(body());
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });
});

describe('Reading', () => {
  test('wallets come in pages, with what each holds, for operators of every tenant', async () => {
    const { body } = await operator.get('/api/credits/wallets?limit=1&sort=createdAt');
    expect(body.meta.total).toBe(2);
    expect(body.data).toEqual([
      expect.objectContaining({
        id: walletId,
        tenantId: lakeside.id,
        balances: {
          sms: { available: await smsOf(), reserved: 0 },
          whatsapp: { available: 0, reserved: 0 },
          email: { available: 0, reserved: 0 },
        },
      }),
    ]);
  });

  test('owners see their own wallet and no other', async () => {
    const { body } = await lakeside.owner.get('/api/credits/wallets');
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([walletId]);
    expect((await lakeside.owner.get(`/api/credits/wallets/${walletId}`)).status).toBe(200);
    for (const path of [`wallets/${otherWalletId}`, `wallets/${otherWalletId}/transactions`]) {
      const answer = await lakeside.owner.get(`/api/credits/${path}`);
      expect([answer.status, answer.body.error.code]).toEqual([404, 'CREDIT_WALLET_NOT_FOUND']);
    }
  });

  test('owners neither see the stock nor move credits', async () => {
    expect((await lakeside.owner.get('/api/credits/master-wallet')).status).toBe(403);
    const body = { channel: 'sms', credits: 1 };
    for (const path of ['master-wallet/top-up', `wallets/${walletId}/add`, `wallets/${walletId}/deduct`]) {
      expect((await post(path, body, { client: lakeside.owner })).status).toBe(403);
    }
    const there = { ...body, toWalletId: otherWalletId };
    expect((await post(`wallets/${walletId}/transfer`, there, { client: lakeside.owner })).status).toBe(403);
  });

  test.each(['master-wallet', 'wallets', 'transactions'])('%s is for nobody who has not signed in', async (path) => {
    expect((await app.http.get(`/api/credits/${path}`)).status).toBe(401);
  });
});

test('The books are without a difference', async () => {
  const { creditCheck } = app.container.services;
  expect(await creditCheck.checkCredits(systemContext(platformScope, 'test'))).toEqual([]);
});
