import { expect } from '@jest/globals';
import { createRandom } from '../../../prisma/seed/random.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import {
  type CreditModel,
  closeIn,
  deductFrom,
  emptyModel,
  grantTo,
  type ModelOutcome,
  reserveFrom,
  transferBetween,
} from '../../support/credit-model.ts';
import { type CreditFixture, outcomeOf } from './credit-fixture.ts';

export interface RandomWallet {
  readonly tenantId: TenantId;
  readonly model: CreditModel;
  /** Reservations that may be closed. */
  readonly open: string[];
}

interface Outcome {
  readonly found: number | string;
  readonly expected: ModelOutcome;
}

const channel = 'sms';

/**
 * Random operations on wallets of its own, one after the other, each compared with an exact model. The clock must stand still
 * meanwhile.
 */
export function createRandomWallets({ ledger, openWallet, as, onPlatform, now }: CreditFixture, seed: number) {
  const random = createRandom(seed);
  let refused = 0;

  const grant = async ({ tenantId, model }: RandomWallet): Promise<Outcome> => {
    const input = { credits: random.integer(20, 200), priority: random.pick([10, 50]) };
    const expiresAt = random.chance(60) ? now() + random.integer(50, 4000) : null;
    const expiry = expiresAt === null ? null : new Date(expiresAt).toISOString();
    const booking = as(tenantId, (ctx) =>
      ledger.grant(ctx, { ...input, channel, source: 'adjustment', expiresAt: expiry }),
    );
    return { found: await outcomeOf(booking), expected: grantTo(model, { ...input, expiresAt }, now()) };
  };

  const deduct = async ({ tenantId, model }: RandomWallet): Promise<Outcome> => {
    const credits = random.integer(1, 30);
    const booking = as(tenantId, (ctx) => ledger.deduct(ctx, { channel, credits }));
    return { found: await outcomeOf(booking), expected: deductFrom(model, credits, now()) };
  };

  const reserve = async ({ tenantId, model, open }: RandomWallet): Promise<Outcome> => {
    const credits = random.integer(1, 30);
    const ttlSeconds = random.integer(1, 4);
    let id = '';
    let endsAt = 0;
    const booking = as(tenantId, async (ctx) => {
      const reservation = await ledger.reserve(ctx, { channel, credits, ttlSeconds });
      id = reservation.operationId;
      endsAt = Date.parse(reservation.expiresAt);
      return reservation;
    });
    const found = await outcomeOf(booking);
    if (typeof found !== 'string') open.push(id);
    return { found, expected: reserveFrom(model, id, { credits, endsAt }, now()) };
  };

  const close = async ({ tenantId, model, open }: RandomWallet): Promise<Outcome> => {
    const [id = '00000000-0000-7000-8000-000000000000'] = open.splice(random.integer(0, open.length), 1);
    const actual = random.chance(30) ? null : random.integer(0, 30);
    const booking = as(tenantId, (ctx) => (actual === null ? ledger.release(ctx, id) : ledger.commit(ctx, id, actual)));
    return { found: await outcomeOf(booking), expected: closeIn(model, id, actual, now()) };
  };

  const transfer = async ({ tenantId, model }: RandomWallet, receiver: RandomWallet): Promise<Outcome> => {
    const credits = random.integer(1, 60);
    const input = {
      fromTenantId: tenantId,
      toTenantId: receiver.tenantId,
      channel,
      credits,
      source: 'transfer',
    } as const;
    const booking = onPlatform(async (ctx) => (await ledger.transfer(ctx, input)).received);
    return { found: await outcomeOf(booking), expected: transferBetween(model, receiver.model, credits, now()) };
  };

  const anything = (wallet: RandomWallet, wallets: readonly RandomWallet[]): Promise<Outcome> => {
    const others = wallets.filter((other) => other !== wallet);
    const chosen = random.integer(1, 100);
    if (chosen <= 14) return grant(wallet);
    if (chosen <= 50) return deduct(wallet);
    if (chosen <= 70) return reserve(wallet);
    if (chosen <= 90) return close(wallet);
    return transfer(wallet, random.pick(others));
  };

  return {
    refused: (): number => refused,

    open: (count: number): Promise<RandomWallet[]> =>
      Promise.all(
        Array.from({ length: count }, async () => ({ tenantId: await openWallet(), model: emptyModel(), open: [] })),
      ),

    /** Does something, and compares it. */
    async step(wallets: readonly RandomWallet[]): Promise<void> {
      const { found, expected } = await anything(random.pick(wallets), wallets);
      expect(found).toBe(expected);
      if (typeof found === 'string') refused += 1;
    },
  };
}
