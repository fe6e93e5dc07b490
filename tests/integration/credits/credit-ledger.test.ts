import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { GrantInput } from '../../../src/types/credits/credit-booking.ts';
import { asTenantId, type TenantId } from '../../../src/types/ids.ts';
import { type CreditFixture, outcomeOf, START, startCredits } from './credit-fixture.ts';

const SECOND = 1000;

let credits: CreditFixture;
let tenantId: TenantId;

beforeAll(async () => {
  credits = await startCredits();
});
beforeEach(async () => {
  credits.turnTo(START);
  tenantId = await credits.openWallet();
});
afterAll(async () => {
  expect(await credits.differences()).toEqual([]);
  await credits.close();
});

const at = (seconds: number): string => new Date(START + seconds * SECOND).toISOString();
const turnTo = (seconds: number): void => credits.turnTo(START + seconds * SECOND);

const grant = (amount: number, more: Partial<GrantInput> = {}) =>
  credits.as(tenantId, (ctx) =>
    credits.ledger.grant(ctx, { channel: 'sms', credits: amount, source: 'adjustment', ...more }),
  );
const deduct = (amount: number) =>
  credits.as(tenantId, (ctx) => credits.ledger.deduct(ctx, { channel: 'sms', credits: amount }));
const reserve = (amount: number, ttlSeconds = 60) =>
  credits.as(tenantId, (ctx) => credits.ledger.reserve(ctx, { channel: 'sms', credits: amount, ttlSeconds }));
const commit = (id: string, amount: number) => credits.as(tenantId, (ctx) => credits.ledger.commit(ctx, id, amount));
const release = (id: string) => credits.as(tenantId, (ctx) => credits.ledger.release(ctx, id));
const balance = (seconds?: number, owner = tenantId) =>
  credits.as(owner, async (ctx) => {
    const { sms } = await credits.wallets.balances(
      ctx,
      owner,
      seconds === undefined ? undefined : new Date(at(seconds)),
    );
    return [sms.available, sms.reserved];
  });
const entriesOf = async (operationId: string) => {
  const rows = await credits.app.rows<{ account: string; credits: number; effective_at: Date }>(
    'select account, credits, effective_at from credit_entries where operation_id = $1 order by position',
    [operationId],
  );
  return rows.map((row) => [row.account, row.credits, (row.effective_at.getTime() - START) / SECOND]);
};

describe('Expiry', () => {
  test('is booked ahead when credits are granted, and taken back when they are used', async () => {
    const { operationId } = await grant(10, { expiresAt: at(10) });
    expect(await entriesOf(operationId)).toEqual([
      ['available', 10, 0],
      ['issued', -10, 0],
      ['available', -10, 10],
      ['expired', 10, 10],
    ]);
    turnTo(1);
    const used = await deduct(4);
    expect(await entriesOf(used.operationId)).toEqual([
      ['available', -4, 1],
      ['consumed', 4, 1],
      ['available', 4, 10],
      ['expired', -4, 10],
    ]);
    expect([await balance(0), await balance(1), await balance(9.999), await balance(10)]).toEqual([
      [10, 0],
      [6, 0],
      [6, 0],
      [0, 0],
    ]);
  });

  test('of 10 credits at 10 and 15 at 15, of which 5 are used and then 10', async () => {
    await grant(15, { expiresAt: at(15) });
    await grant(10, { expiresAt: at(10) });
    turnTo(3);
    await deduct(5);
    expect([await balance(), await balance(10), await balance(15)]).toEqual([
      [20, 0],
      [15, 0],
      [0, 0],
    ]);
    turnTo(6);
    await deduct(10);
    expect([await balance(), await balance(10), await balance(15)]).toEqual([
      [10, 0],
      [10, 0],
      [0, 0],
    ]);
  });

  test('stops credits from being used at that very moment, though no job ran', async () => {
    await grant(10, { expiresAt: at(10) });
    turnTo(9.999);
    expect(await outcomeOf(deduct(1))).toBe(9);
    turnTo(10);
    expect(await outcomeOf(deduct(1))).toBe('CREDITS_INSUFFICIENT');
    expect(await balance()).toEqual([0, 0]);
  });

  test('in the past is refused', async () => {
    expect(await outcomeOf(grant(10, { expiresAt: at(0) }))).toBe('CREDITS_EXPIRY_PAST');
  });
});

describe('The burn order', () => {
  test('is priority, expiry with never last, age, id', async () => {
    const granted: Record<string, Partial<GrantInput>> = {
      never: { priority: 50 },
      lowPriority: { priority: 60, expiresAt: at(5) },
      late: { priority: 50, expiresAt: at(90) },
      soon: { priority: 50, expiresAt: at(30) },
      soonToo: { priority: 50, expiresAt: at(30) },
      first: { priority: 1 },
    };
    const names = new Map<string, string>();
    for (const [name, more] of Object.entries(granted)) names.set((await grant(1, more)).grantId, name);
    const burnt: (string | undefined)[] = [];
    for (let left = 6; left > 0; left -= 1) {
      const { operationId } = await deduct(1);
      const [entry] = await credits.app.rows<{ grant_id: string }>(
        'select grant_id from credit_entries where operation_id = $1 limit 1',
        [operationId],
      );
      burnt.push(names.get(entry?.grant_id ?? ''));
    }
    expect(burnt).toEqual(['first', 'soon', 'soonToo', 'late', 'never', 'lowPriority']);
  });

  test('reads only grants with something left', async () => {
    await grant(1);
    await deduct(1);
    await grant(2);
    const rows = await credits.app.rows('select spent, used from credit_grants where tenant_id = $1 order by credits', [
      tenantId,
    ]);
    expect(rows).toEqual([
      { spent: true, used: 1 },
      { spent: false, used: 0 },
    ]);
  });
});

describe('A reservation', () => {
  test('holds credits, and gives back by itself what was not committed', async () => {
    await grant(10);
    const { expiresAt } = await reserve(4, 30);
    expect(expiresAt).toBe(at(30));
    expect([await balance(), await balance(29.999), await balance(30)]).toEqual([
      [6, 4],
      [6, 4],
      [10, 0],
    ]);
    turnTo(30);
    expect(await balance()).toEqual([10, 0]);
    expect(await outcomeOf(deduct(10))).toBe(0);
  });

  test('committed for less gives the rest back at once', async () => {
    await grant(10);
    const { operationId } = await reserve(4);
    expect((await commit(operationId, 1)).creditsAfter).toBe(9);
    expect([await balance(), await balance(600)]).toEqual([
      [9, 0],
      [9, 0],
    ]);
  });

  test('of credits that expire meanwhile can still be committed, and its rest is lost', async () => {
    await grant(10, { expiresAt: at(10) });
    const { operationId } = await reserve(4, 60);
    turnTo(20);
    expect(await balance()).toEqual([0, 4]);
    expect((await commit(operationId, 3)).creditsAfter).toBe(0);
    expect(await balance(600)).toEqual([0, 0]);
    const [sums] = await credits.app.rows(
      `select sum(credits) filter (where account = 'consumed')::int as consumed,
         sum(credits) filter (where account = 'expired')::int as expired from credit_entries where tenant_id = $1`,
      [tenantId],
    );
    expect(sums).toEqual({ consumed: 3, expired: 7 });
  });

  test('is closed once, with an error of its own for each end', async () => {
    await grant(10);
    const committed = await reserve(2);
    const released = await reserve(2);
    const expired = await reserve(2, 5);
    await commit(committed.operationId, 2);
    await release(released.operationId);
    turnTo(5);
    const again = async (id: string) => [await outcomeOf(commit(id, 1)), await outcomeOf(release(id))];
    expect(await again(committed.operationId)).toEqual(Array(2).fill('CREDITS_RESERVATION_COMMITTED'));
    expect(await again(released.operationId)).toEqual(Array(2).fill('CREDITS_RESERVATION_RELEASED'));
    expect(await again(expired.operationId)).toEqual(Array(2).fill('CREDITS_RESERVATION_EXPIRED'));
    expect(await again(randomUUID())).toEqual(Array(2).fill('CREDITS_RESERVATION_NOT_FOUND'));
    expect(await balance()).toEqual([8, 0]);
  });

  test('can not be committed for more than it holds', async () => {
    await grant(10);
    const { operationId } = await reserve(4);
    expect(await outcomeOf(commit(operationId, 5))).toBe('CREDITS_RESERVATION_EXCEEDED');
    expect(await balance()).toEqual([6, 4]);
  });

  test("is no other tenant's to close", async () => {
    await grant(10);
    const { operationId } = await reserve(4);
    const other = await credits.openWallet();
    expect(await outcomeOf(credits.as(other, (ctx) => credits.ledger.commit(ctx, operationId, 1)))).toBe(
      'CREDITS_RESERVATION_NOT_FOUND',
    );
  });
});

describe('A transaction', () => {
  test('goes on after a refusal', async () => {
    await grant(5);
    await credits.as(tenantId, async (ctx) => {
      expect(await outcomeOf(credits.ledger.deduct(ctx, { channel: 'sms', credits: 6 }))).toBe('CREDITS_INSUFFICIENT');
      expect(await outcomeOf(credits.ledger.deduct(ctx, { channel: 'sms', credits: 5 }))).toBe(0);
    });
    expect(await balance()).toEqual([0, 0]);
  });

  test('that fails leaves nothing behind', async () => {
    await grant(5);
    const failing = credits.as(tenantId, async (ctx) => {
      await credits.ledger.deduct(ctx, { channel: 'sms', credits: 5 });
      throw new RangeError('Something else failed');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await balance()).toEqual([5, 0]);
  });

  test('of a process whose clock is late counts when the one before it did', async () => {
    await grant(5);
    turnTo(10);
    await deduct(1);
    turnTo(3);
    const { bookedAt, creditsAfter } = await deduct(1);
    expect([bookedAt, creditsAfter]).toEqual([at(10), 3]);
  });
});

test.each([0, -1, 1.5, Number.NaN, 1_000_000_001])('%p credits are nobody to book', async (amount) => {
  await expect(deduct(amount)).rejects.toThrow(RangeError);
  await expect(grant(amount)).rejects.toThrow(RangeError);
});

test('A tenant without a wallet has none to book in', async () => {
  const nobody = asTenantId(randomUUID());
  const booking = credits.as(nobody, (ctx) => credits.ledger.deduct(ctx, { channel: 'sms', credits: 1 }));
  expect(await outcomeOf(booking)).toBe('CREDIT_WALLET_NOT_FOUND');
});

describe('A transfer', () => {
  const transfer = (toTenantId: TenantId, amount: number) =>
    credits.onPlatform(async (ctx) => {
      const input = {
        fromTenantId: tenantId,
        toTenantId,
        channel: 'sms',
        credits: amount,
        source: 'transfer',
      } as const;
      return (await credits.ledger.transfer(ctx, input)).received;
    });

  test('takes priority and expiry along', async () => {
    await grant(5, { expiresAt: at(10), priority: 20 });
    await grant(5, { expiresAt: at(40) });
    const receiver = await credits.openWallet();
    expect(await outcomeOf(transfer(receiver, 8))).toBe(8);
    expect([await balance(0), await balance(0, receiver)]).toEqual([
      [2, 0],
      [8, 0],
    ]);
    expect([await balance(10, receiver), await balance(40, receiver), await balance(40)]).toEqual([
      [3, 0],
      [0, 0],
      [0, 0],
    ]);
    const grants = await credits.app.rows(
      'select credits, priority, source from credit_grants where tenant_id = $1 order by priority',
      [receiver],
    );
    expect(grants).toEqual([
      { credits: 5, priority: 20, source: 'transfer' },
      { credits: 3, priority: 50, source: 'transfer' },
    ]);
  });

  test('that one side can not make changes neither', async () => {
    await grant(5);
    const receiver = await credits.openWallet();
    expect(await outcomeOf(transfer(receiver, 6))).toBe('CREDITS_INSUFFICIENT');
    expect(await outcomeOf(transfer(asTenantId(randomUUID()), 1))).toBe('CREDIT_WALLET_NOT_FOUND');
    expect(await outcomeOf(transfer(tenantId, 1))).toBe('CREDITS_TRANSFER_TO_ITSELF');
    expect([await balance(), await balance(undefined, receiver)]).toEqual([
      [5, 0],
      [0, 0],
    ]);
  });
});
