import { randomUUID } from 'node:crypto';
import type { CreditBatches } from '../../src/services/credits/credit-batches.ts';
import { systemContext, tenantScope } from '../../src/types/context-factory.ts';
import { asTenantId, type TenantId } from '../../src/types/ids.ts';
import { type BoundRate, measureBoundRate } from '../lib/binding.ts';
import type { MoneyProduct } from '../lib/money-product.ts';
import { fixed } from '../lib/table.ts';

const WALLETS = 100;
const WRITERS = 32;
const SECONDS = 10;
const WARM_UP_SECONDS = 3;
const STOCK = 100_000_000;
const GOAL = { many: 1500, hot: 500 } as const;

/** Wallets with two grants each, of which one expires: every operation books its release too. */
async function openWallets({ container, admin }: MoneyProduct): Promise<TenantId[]> {
  const { creditLedger } = container.services;
  const { tx, clock } = container.infrastructure;
  const expiresAt = new Date(clock.now().getTime() + 30 * 86_400_000).toISOString();
  const tenants = Array.from({ length: WALLETS }, () => asTenantId(randomUUID()));
  for (const tenantId of tenants) {
    await admin.query('insert into credit_wallets (tenant_id, id, updated_at) values ($1, $2, now())', [
      tenantId,
      randomUUID(),
    ]);
    await tx.run(systemContext(tenantScope(tenantId), 'bench'), async (ctx) => {
      const input = { channel: 'sms', credits: STOCK, source: 'purchase' } as const;
      await creditLedger.grant(ctx, { ...input, expiresAt });
      await creditLedger.grant(ctx, input);
    });
  }
  return tenants;
}

/** How an operation gets its transaction. */
type Booker = Pick<CreditBatches, 'deduct' | 'reserve' | 'commit'>;

/** Each operation in a transaction of its own, as callers have who write something else along with it. */
function transactionsOfTheirOwn({ container }: MoneyProduct): Booker {
  const { creditLedger } = container.services;
  const { tx } = container.infrastructure;
  return {
    deduct: (ctx, input) => tx.run(ctx, (txCtx) => creditLedger.deduct(txCtx, input)),
    reserve: (ctx, input) => tx.run(ctx, (txCtx) => creditLedger.reserve(txCtx, input)),
    commit: (ctx, id, credits) => tx.run(ctx, (txCtx) => creditLedger.commit(txCtx, id, credits)),
  };
}

/** Deducts, or, every third time, reserves and commits a part, which are two operations. */
async function measure(
  { admin }: MoneyProduct,
  booker: Booker,
  seconds: number,
  tenantOf: (writer: number, round: number) => TenantId,
): Promise<BoundRate> {
  return measureBoundRate(admin, { seconds, writers: WRITERS }, async (writer, round) => {
    const ctx = systemContext(tenantScope(tenantOf(writer, round)), 'bench');
    if (round % 3 !== 0) {
      await booker.deduct(ctx, { channel: 'sms', credits: 1 });
      return 1;
    }
    const { operationId } = await booker.reserve(ctx, { channel: 'sms', credits: 3, ttlSeconds: 600 });
    await booker.commit(ctx, operationId, 2);
    return 2;
  });
}

const verdict = (name: string, { perSecond, binding }: BoundRate, goal: number): string =>
  `${name}: ${fixed(perSecond, 0)} operations/s; the goal of ${goal} is ${perSecond >= goal ? 'reached' : 'MISSED'} (${binding}).`;

/** What the bench says of wallets. The books must be right afterwards. */
export async function reportWallets(product: MoneyProduct): Promise<string> {
  const tenants = await openWallets(product);
  const [hot] = tenants;
  if (hot === undefined) throw new RangeError('There are no wallets');
  const spread = (writer: number, round: number): TenantId => tenants[(writer * 37 + round * 13) % WALLETS] ?? hot;
  const own = transactionsOfTheirOwn(product);
  await measure(product, own, WARM_UP_SECONDS, spread);
  // As autovacuum does within a minute: what was planned for empty tables reads too much of full ones.
  await product.admin.query('analyze');
  const many = await measure(product, own, SECONDS, spread);
  const one = await measure(product, own, SECONDS, () => hot);
  const batched = await measure(product, product.container.services.creditBatches, SECONDS, () => hot);
  const { rows } = await product.admin.query<{ differing: number }>(`
    select count(*)::int as differing from credit_grants granted
    where used <> credits + (select coalesce(sum(credits), 0) from credit_entries entry
      where entry.tenant_id = granted.tenant_id and entry.grant_id = granted.id and account in ('issued', 'consumed', 'reserved')
        and effective_at <= (select settled_at from credit_wallets wallet where wallet.tenant_id = granted.tenant_id))`);
  return [
    verdict(`${WALLETS} wallets`, many, GOAL.many),
    verdict('One hot wallet, transactions of their own', one, GOAL.hot),
    verdict('One hot wallet, shared transactions', batched, GOAL.hot),
    `Grants that differ from their entries: ${rows[0]?.differing}.`,
  ].join('\n');
}
