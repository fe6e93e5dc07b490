import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-20T09:00:00.000Z');

let app: TestApp;
let operator: HttpClient;
let lakeside: TestTenant;
let hillside: TestTenant;
let walletId: string;

const inDays = (days: number): string => new Date(NOW + days * DAY_MS).toISOString();

async function book(path: string, body: unknown): Promise<void> {
  const answer = await operator.post(`/api/credits/${path}`, body, { 'idempotency-key': randomUUID() });
  expect(answer.status).toBe(201);
}

beforeAll(async () => {
  app = await startTestApp({ overrides: { clock: { now: () => new Date(NOW) } } });
  await aPlan(app);
  operator = await anOperator(app);
  lakeside = await aTenant(app, operator);
  hillside = await aTenant(app, operator);
  const walletOf = async ({ id }: TestTenant) =>
    (await app.rows<{ id: string }>('select id from credit_wallets where tenant_id = $1', [id]))[0]?.id ?? '';
  walletId = await walletOf(lakeside);
  await book('master-wallet/top-up', { channel: 'sms', credits: 1000 });
  for (const credits of [100, 200]) await book(`wallets/${walletId}/add`, { channel: 'sms', credits });
  await book(`wallets/${walletId}/deduct`, { channel: 'sms', credits: 40, reference: 'campaign-7' });
  await book(`wallets/${walletId}/transfer`, { channel: 'sms', credits: 60, toWalletId: await walletOf(hillside) });
});
afterAll(() => app.close());

describe('Transactions', () => {
  test('are walked by their cursor, each once', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await operator.get(`/api/credits/wallets/${walletId}/transactions?limit=2${cursor}`);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.meta.nextCursor === null ? '' : `&cursor=${body.meta.nextCursor}`;
    } while (cursor !== '');
    const rows = await app.rows('select id from credit_operations where wallet_id = $1', [walletId]);
    expect(seen.sort()).toEqual(rows.map(({ id }) => id).sort());
  });

  test('are found by channel, kind, reference and period', async () => {
    const list = async (query: string) =>
      (await lakeside.owner.get(`/api/credits/transactions?${query}`)).body.data.map(
        ({ kind, reference, counterpartyId }: Record<string, unknown>) => [kind, reference, counterpartyId],
      );
    expect(await list('kind=deduct&channel=sms')).toEqual([['deduct', 'campaign-7', null]]);
    expect(await list('reference=campaign-7')).toEqual([['deduct', 'campaign-7', null]]);
    expect(await list('kind=transfer_out')).toEqual([['transfer_out', null, null]]);
    expect(await list('channel=email')).toEqual([]);
    expect(await list(`to=${inDays(0)}`)).toEqual([]);
    expect((await list(`from=${inDays(0)}`)).length).toBeGreaterThan(3);
  });

  test('are those of every tenant and of the stock for an operator who names none', async () => {
    for (const client of [operator, lakeside.operator]) {
      const found = await client.get('/api/credits/transactions?reference=campaign-7');
      expect(found.body.data).toHaveLength(1);
    }
    const all = await operator.get('/api/credits/transactions?limit=100');
    expect(new Set(all.body.data.map(({ tenantId }: { tenantId: string }) => tenantId))).toEqual(
      new Set([null, lakeside.id, hillside.id]),
    );
  });
});
