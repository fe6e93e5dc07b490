import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import {
  availableAt,
  type CreditModel,
  closeIn,
  deductFrom,
  emptyModel,
  grantTo,
  type ModelOutcome,
  reservedAt,
  reserveFrom,
  transferBetween,
} from '../../support/credit-model.ts';
import { type CreditFixture, outcomeOf, START, startCredits } from './credit-fixture.ts';

let credits: CreditFixture;

beforeAll(async () => {
  credits = await startCredits();
});
afterAll(() => credits.close());

interface Side {
  readonly tenantId: TenantId;
  readonly model: CreditModel;
}

const SECOND = 1000;

const amount = fc.integer({ min: 1, max: 30 });
const grantSize = fc.integer({ min: 20, max: 120 });
const later = fc.integer({ min: 1, max: 30 }).map((seconds) => seconds * SECOND);
const side = fc.nat({ max: 1 });
const step = fc.record({
  /** Often nothing: several operations within a millisecond. */
  wait: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.integer({ min: 1, max: 9000 }) }),
  does: fc.oneof(
    fc.record({
      kind: fc.constant('grant' as const),
      side,
      credits: grantSize,
      priority: fc.constantFrom(10, 50),
      expiresIn: fc.option(later),
    }),
    fc.record({ kind: fc.constant('deduct' as const), side, credits: amount }),
    fc.record({ kind: fc.constant('reserve' as const), side, credits: amount, ttl: later }),
    fc.record({
      kind: fc.constant('close' as const),
      side,
      which: fc.nat({ max: 2 }),
      part: fc.option(fc.nat({ max: 32 })),
    }),
    fc.record({ kind: fc.constant('transfer' as const), side, credits: amount }),
  ),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Each run begins with credits on both sides, of which some expire. */
const STOCK: readonly Step[] = [0, 1].flatMap((owner) => [
  { wait: 0, does: { kind: 'grant', side: owner, credits: 70, priority: 50, expiresIn: null } },
  { wait: 0, does: { kind: 'grant', side: owner, credits: 50, priority: 50, expiresIn: 12_000 } },
]);

async function take(sides: readonly [Side, Side], { does }: Step): Promise<[number | string, ModelOutcome]> {
  const [one, other] = does.side === 0 ? sides : [sides[1], sides[0]];
  const { tenantId, model } = one;
  const now = credits.now();
  const { ledger } = credits;
  const channel = 'sms';
  switch (does.kind) {
    case 'grant': {
      const expiresAt = does.expiresIn === null ? null : now + does.expiresIn;
      const input = { channel, credits: does.credits, priority: does.priority, source: 'adjustment' } as const;
      const expiry = expiresAt === null ? null : new Date(expiresAt).toISOString();
      return [
        await outcomeOf(credits.as(tenantId, (ctx) => ledger.grant(ctx, { ...input, expiresAt: expiry }))),
        grantTo(model, { ...does, expiresAt }, now),
      ];
    }
    case 'deduct':
      return [
        await outcomeOf(credits.as(tenantId, (ctx) => ledger.deduct(ctx, { channel, credits: does.credits }))),
        deductFrom(model, does.credits, now),
      ];
    case 'reserve': {
      const asked = { channel, credits: does.credits, ttlSeconds: does.ttl / SECOND } as const;
      let id = '';
      const booked = await outcomeOf(
        credits.as(tenantId, async (ctx) => {
          const reservation = await ledger.reserve(ctx, asked);
          id = reservation.operationId;
          return reservation;
        }),
      );
      return [booked, reserveFrom(model, id, { credits: does.credits, endsAt: now + does.ttl }, now)];
    }
    case 'close': {
      const id = [...model.reservations.keys()].at(-1 - does.which) ?? randomUUID();
      const { part } = does;
      const closing = credits.as(tenantId, (ctx) =>
        part === null ? ledger.release(ctx, id) : ledger.commit(ctx, id, part),
      );
      return [await outcomeOf(closing), closeIn(model, id, part, now)];
    }
    case 'transfer': {
      const input = { fromTenantId: tenantId, toTenantId: other.tenantId, channel, credits: does.credits } as const;
      const moved = credits.onPlatform(async (ctx) => {
        const { received } = await ledger.transfer(ctx, { ...input, source: 'transfer' });
        return received;
      });
      return [await outcomeOf(moved), transferBetween(model, other.model, does.credits, now)];
    }
  }
}

const ctx = systemContext(platformScope, 'credits-test');

describe('The books of credits', () => {
  const refusals = new Set<string>();

  test('are those of the plainest model, at every moment before and after', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
        credits.turnTo(START);
        const sides = [
          { tenantId: await credits.openWallet(), model: emptyModel() },
          { tenantId: await credits.openWallet(), model: emptyModel() },
        ] as const;
        const moments = new Set([START]);
        const seen: { at: number; models: CreditModel[] }[] = [];
        for (const next of [...STOCK, ...steps]) {
          credits.turnTo(credits.now() + next.wait);
          const [found, expected] = await take([...sides], next);
          expect([next, found]).toEqual([next, expected]);
          if (typeof found === 'string') refusals.add(found);
          seen.push({ at: credits.now(), models: structuredClone(sides.map(({ model }) => model)) });
          for (const [index, { tenantId, model }] of sides.entries()) {
            const { sms } = await credits.wallets.balances(ctx, tenantId);
            expect([index, sms]).toEqual([
              index,
              { available: availableAt(model, credits.now()), reserved: reservedAt(model, credits.now()) },
            ]);
          }
        }
        for (const { at, models } of seen) {
          moments.add(at);
          for (const { grants, reservations } of models) {
            for (const { expiresAt } of grants) if (expiresAt !== null) moments.add(expiresAt - 1).add(expiresAt);
            for (const { endsAt } of reservations.values()) moments.add(endsAt - 1).add(endsAt);
          }
        }
        for (const at of moments) {
          const models = seen.findLast((state) => state.at <= at)?.models ?? [emptyModel(), emptyModel()];
          for (const [index, { tenantId }] of sides.entries()) {
            const { sms } = await credits.wallets.balances(ctx, tenantId, new Date(at));
            const model = models[index] ?? emptyModel();
            expect([at - START, index, sms]).toEqual([
              at - START,
              index,
              { available: availableAt(model, at), reserved: reservedAt(model, at) },
            ]);
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(await credits.differences()).toEqual([]);
    const known = [
      'CREDITS_INSUFFICIENT',
      'CREDITS_RESERVATION_COMMITTED',
      'CREDITS_RESERVATION_EXCEEDED',
      'CREDITS_RESERVATION_EXPIRED',
      'CREDITS_RESERVATION_NOT_FOUND',
      'CREDITS_RESERVATION_RELEASED',
    ];
    expect([...refusals].filter((code) => !known.includes(code))).toEqual([]);
    expect(refusals).toContain('CREDITS_INSUFFICIENT');
  }, 120_000);

  test('come to zero, whenever one looks', async () => {
    const sums = await credits.app.rows(`
      select effective_at, sum(sum(credits)) over (order by effective_at)::int as total from credit_entries group by effective_at`);
    expect(sums.length).toBeGreaterThan(100);
    expect(sums.filter(({ total }) => total !== 0)).toEqual([]);
  });
});
