import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { seed } from '../../../prisma/seed.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const ANCHOR = new Date('2026-11-20T00:00:00.000Z');

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ overrides: { clock: { now: () => ANCHOR } } });
  const { DATABASE_PLATFORM_URL, DATABASE_TENANT_URL, DATABASE_QUEUE_URL } = app.container.infrastructure.settings;
  const keys = `test:${randomBytes(32).toString('base64')}`;
  const settings = { JWT_KEYS: keys, AUDIT_KEYS: keys, ENCRYPTION_KEYS: keys, BCRYPT_COST: '4' };
  await seed({ DATABASE_PLATFORM_URL, DATABASE_TENANT_URL, DATABASE_QUEUE_URL, ...settings }, ANCHOR);
});
afterAll(() => app.close());

const ctx = systemContext(platformScope, 'test');

describe("The demo's credits", () => {
  test('have books without a difference', async () => {
    expect(await app.container.services.creditCheck.checkCredits(ctx)).toEqual([]);
    const [sums] = await app.rows(
      'select count(*)::int as operations, sum(credits)::int as total from credit_entries where effective_at <= $1',
      [ANCHOR],
    );
    expect(sums?.total).toBe(0);
    expect(sums?.operations).toBeGreaterThan(1000);
  });

  test('are what is left of top-ups and campaigns, also by the entries', async () => {
    const { wallets } = app.container.services;
    const { items } = await wallets.list(ctx, { page: 1, limit: 50, sort: 'createdAt' });
    expect(items).toHaveLength(12);
    for (const { tenantId, balances } of items) {
      expect(await wallets.balances(ctx, tenantId, ANCHOR)).toEqual(balances);
    }
    expect(items.filter(({ balances }) => balances.sms.available > 0).length).toBeGreaterThan(6);
    const { balances } = await wallets.getMaster(ctx);
    expect(balances.sms.available).toBeGreaterThan(100_000);
    const kinds = await app.rows('select distinct kind from credit_operations order by kind');
    expect(kinds.map(({ kind }) => kind)).toEqual(['deduct', 'grant', 'transfer_in', 'transfer_out']);
  });
});

test('The check tells what differs, and of which', async () => {
  const one = 'tenant_id = (select tenant_id from credit_operations order by id limit 1)';
  const first = (table: string) =>
    app.rows<{ id: string }>(`select id from ${table} where ${one} order by id limit 1`).then(([row]) => row?.id);
  const [grantId, operationId] = [await first('credit_grants'), await first('credit_operations')];
  await app.rows('update credit_grants set used = used - 1, spent = false where id = $1', [grantId]);
  await app.rows('update credit_operations set credits_after = credits_after + 1 where id = $1', [operationId]);
  await app.rows('alter table credit_entries disable trigger user');
  await app.rows(
    `insert into credit_entries (tenant_id, operation_id, position, wallet_id, grant_id, channel, account, credits, effective_at)
     select tenant_id, operation_id, 99, wallet_id, grant_id, channel, 'available', -100000000, effective_at - interval '1 day'
     from credit_entries where grant_id = $1 and account = 'issued' order by position limit 1`,
    [grantId],
  );
  const differences = await app.container.services.creditCheck.checkCredits(ctx);
  expect(new Set(differences.map(({ kind }) => kind))).toEqual(
    new Set(['grant_differs_from_entries', 'operation_out_of_chain', 'entries_unbalanced', 'balance_negative']),
  );
  expect(differences).toContainEqual(expect.objectContaining({ kind: 'balance_negative', subjectId: grantId }));
});
