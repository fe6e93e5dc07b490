import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { availableAt, type CreditModel, deductFrom, emptyModel, grantTo } from '../../support/credit-model.ts';
import { type CreditFixture, outcomeOf, START, startCredits } from './credit-fixture.ts';
import { createRandomWallets } from './random-wallets.ts';

const WRITERS = 200;
const OPERATIONS = Number(process.env.CREDIT_OPERATIONS ?? 20_000);
const WALLETS = 48;
const LANES = 12;
/** The clock is turned while nothing is under way, so that the model knows the time of every operation. */
const STEPS_A_TURN = 10;
const TURN_MS = 130;

let credits: CreditFixture;

beforeAll(async () => {
  credits = await startCredits({ settings: { DATABASE_TRANSACTIONS: '20' } });
});
afterAll(() => credits.close());

const many = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

const stock = async (sms: number): Promise<TenantId> => {
  const tenantId = await credits.openWallet();
  await credits.as(tenantId, (ctx) =>
    credits.ledger.grant(ctx, { channel: 'sms', credits: sms, source: 'adjustment' }),
  );
  return tenantId;
};

const smsOf = async (tenantId: TenantId) =>
  (await credits.as(tenantId, (ctx) => credits.wallets.balances(ctx, tenantId))).sms;

describe(`${WRITERS} writers on one wallet`, () => {
  test('take no more than there is, to the last credit', async () => {
    const tenantId = await stock(401);
    const outcomes = await many(WRITERS, () =>
      outcomeOf(credits.as(tenantId, (ctx) => credits.ledger.deduct(ctx, { channel: 'sms', credits: 3 }))),
    );
    expect(outcomes.filter((outcome) => typeof outcome === 'number')).toHaveLength(133);
    expect(outcomes.filter((outcome) => outcome === 'CREDITS_INSUFFICIENT')).toHaveLength(67);
    expect(await smsOf(tenantId)).toEqual({ available: 2, reserved: 0 });
  });

  test('reserve, commit a part and release, and every credit is where it belongs', async () => {
    const tenantId = await stock(500);
    const used = await many(WRITERS, async (index) => {
      const reserve = credits.as(tenantId, (ctx) =>
        credits.ledger.reserve(ctx, { channel: 'sms', credits: 5, ttlSeconds: 60 }),
      );
      const reservation = await reserve.catch(() => null);
      if (reservation === null) return 0;
      const { operationId } = reservation;
      if (index % 4 === 0) {
        await credits.as(tenantId, (ctx) => credits.ledger.release(ctx, operationId));
        return 0;
      }
      await credits.as(tenantId, (ctx) => credits.ledger.commit(ctx, operationId, index % 6));
      return index % 6;
    });
    const sum = used.reduce((total, credit) => total + credit, 0);
    expect(sum).toBeGreaterThan(0);
    expect(await smsOf(tenantId)).toEqual({ available: 500 - sum, reserved: 0 });
    const [consumed] = await credits.app.rows(
      "select sum(credits)::int as credits from credit_entries where tenant_id = $1 and account = 'consumed'",
      [tenantId],
    );
    expect(consumed).toEqual({ credits: sum });
  });

  test('close one reservation once', async () => {
    const tenantId = await stock(10);
    const { operationId } = await credits.as(tenantId, (ctx) =>
      credits.ledger.reserve(ctx, { channel: 'sms', credits: 10, ttlSeconds: 60 }),
    );
    const outcomes = await many(40, (index) =>
      outcomeOf(
        credits.as(tenantId, (ctx) =>
          index % 2 === 0 ? credits.ledger.commit(ctx, operationId, 4) : credits.ledger.release(ctx, operationId),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => typeof outcome === 'number')).toHaveLength(1);
    const { available } = await smsOf(tenantId);
    expect([6, 10]).toContain(available);
    const refusal = available === 6 ? 'CREDITS_RESERVATION_COMMITTED' : 'CREDITS_RESERVATION_RELEASED';
    expect(new Set(outcomes)).toEqual(new Set([available, refusal]));
  });

  test('each find the balance that the one before left', async () => {
    const tenantId = await stock(1000);
    await many(WRITERS, (index) =>
      outcomeOf(
        credits.as(tenantId, (ctx) =>
          index % 5 === 0
            ? credits.ledger.grant(ctx, { channel: 'sms', credits: index + 1, source: 'adjustment' })
            : credits.ledger.deduct(ctx, { channel: 'sms', credits: index + 1 }),
        ),
      ),
    );
    const operations = await credits.app.rows<{ kind: string; credits: number; after: number }>(
      'select kind, credits, credits_after::int as after from credit_operations where tenant_id = $1 order by sequence',
      [tenantId],
    );
    const model: CreditModel = emptyModel();
    for (const { kind, credits: amount, after } of operations) {
      const expected =
        kind === 'grant'
          ? grantTo(model, { credits: amount, priority: 50, expiresAt: null }, START)
          : deductFrom(model, amount, START);
      expect(after).toBe(expected);
    }
    expect(operations.length).toBeGreaterThan(50);
  });

  test('who need no transaction of their own share some, and each is told what became of it', async () => {
    const { creditBatches } = credits.app.container.services;
    const tenantId = await stock(401);
    const ctx = systemContext(tenantScope(tenantId), 'credits-test');
    const outcomes = await many(WRITERS, () => outcomeOf(creditBatches.deduct(ctx, { channel: 'sms', credits: 3 })));
    expect(outcomes.filter((outcome) => typeof outcome === 'number')).toHaveLength(133);
    expect(outcomes.filter((outcome) => outcome === 'CREDITS_INSUFFICIENT')).toHaveLength(67);
    const [transactions] = await credits.app.rows(
      "select count(distinct xmin::text)::int as count from credit_operations where tenant_id = $1 and kind = 'deduct'",
      [tenantId],
    );
    expect(transactions?.count).toBeLessThan(10);
  });

  test('who share a transaction do not share a failure', async () => {
    const { creditBatches } = credits.app.container.services;
    const tenantId = await stock(50);
    const ctx = systemContext(tenantScope(tenantId), 'credits-test');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        index === 7 ? creditBatches.commit(ctx, 'no id', 1) : creditBatches.deduct(ctx, { channel: 'sms', credits: 1 }),
      ),
    );
    expect(results.map(({ status }, index) => (status === 'rejected' ? index : null)).filter(Number.isInteger)).toEqual(
      [7],
    );
    expect(await smsOf(tenantId)).toEqual({ available: 31, reserved: 0 });
  });

  test('who transfer to and fro neither lose a credit nor wait for each other for ever', async () => {
    const [one, other] = [await stock(300), await stock(300)];
    await many(WRITERS, (index) => {
      const [fromTenantId, toTenantId] = index % 2 === 0 ? [one, other] : [other, one];
      return outcomeOf(
        credits.onPlatform(async (ctx) => {
          const input = { fromTenantId, toTenantId, channel: 'sms', credits: 7, source: 'transfer' } as const;
          return (await credits.ledger.transfer(ctx, input)).received;
        }),
      );
    });
    const [a, b] = [await smsOf(one), await smsOf(other)];
    expect(a.available + b.available).toBe(600);
  });
});

describe(`${OPERATIONS} random operations on ${WALLETS} wallets`, () => {
  test('come to what an exact model says, one by one', async () => {
    const lanes = await many(LANES, async (lane) => {
      const random = createRandomWallets(credits, lane + 1);
      return { random, wallets: await random.open(WALLETS / LANES) };
    });
    for (let done = 0; done < OPERATIONS; done += LANES * STEPS_A_TURN) {
      credits.turnTo(credits.now() + TURN_MS);
      await Promise.all(
        lanes.map(async ({ random, wallets }) => {
          for (let taken = 0; taken < STEPS_A_TURN; taken += 1) await random.step(wallets);
        }),
      );
    }
    for (const { wallets } of lanes) {
      for (const { tenantId, model } of wallets) {
        expect((await smsOf(tenantId)).available).toBe(availableAt(model, credits.now()));
      }
    }
    expect(lanes.every(({ random }) => random.refused() > 0)).toBe(true);
    const [counted] = await credits.app.rows('select count(*)::int as operations from credit_operations');
    expect(counted?.operations).toBeGreaterThan(OPERATIONS * 0.6);
  }, 600_000);

  test('leave books without a difference', async () => {
    expect(await credits.differences()).toEqual([]);
  }, 120_000);
});
