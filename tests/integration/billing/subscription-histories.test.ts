import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { ChangeOrder } from '../../../src/services/billing/subscription-change.ts';
import { type BillingScene, startBillingScene, tenantContext } from '../../support/billing-scene.ts';

const HISTORIES = 8;
const STEPS = 30;
const START = Date.parse('2027-11-01T00:00:00.000Z');

let scene: BillingScene;
let plans: string[];
let coupons: string[];

beforeAll(async () => {
  scene = await startBillingScene({ quiet: true });
  const policies = ['prorate', 'next_period', 'full_price'];
  plans = [];
  for (const [index, upgradePolicy] of policies.entries()) {
    const prices = { monthlyPrice: `${7 * (index + 1)}.99`, annualPrice: `${71 * (index + 1)}.33` };
    const downgradePolicy = policies[(index + 1) % 3];
    plans.push(
      await scene.plan({ ...prices, upgradePolicy, downgradePolicy, prorationUnit: index === 1 ? 'day' : 'second' }),
    );
  }
  plans.push(await scene.plan({ monthlyPrice: '0.00', annualPrice: '0.00', trialDays: 9 }));
  coupons = [
    await scene.coupon({ duration: 'repeating', durationPeriods: 2, discountValue: '33.3333' }),
    await scene.coupon({ discountType: 'fixed', discountValue: '11.11', currency: 'USD' }),
  ];
});

afterAll(() => scene.close());

/** Numbers that look random and are the same in each run. */
function randomFrom(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pick = <T>(items: readonly T[], random: (below: number) => number): T => {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('Nothing to pick from');
  return item;
};

/** What a subscription comes to a month, from its row and not from its history. */
const MRR_OF_ROWS = `
  select coalesce(sum(round((price - least(price, case
    when coupon.id is null or redeemed_at > current_period_start then 0
    when discount_type = 'fixed' then discount_value
    else round(price * discount_value / 100, 2) end)) / case billing_cycle when 'annual' then 12 else 1 end, 4)), 0)::text as mrr
  from (select *, unit_price * quantity as price from subscriptions where status not in ('trialing', 'canceled')) subscription
    left join coupon_redemptions redemption
      on redemption.subscription_id = subscription.id and redemption.ended_at is null
    left join coupons coupon on coupon.id = coupon_id
  where subscription.tenant_id = $1`;

const ignored = new Set([
  'SUBSCRIPTION_STATE',
  'SUBSCRIPTION_ENDING',
  'SUBSCRIPTION_RENEWAL_DUE',
  'SUBSCRIPTION_NOT_DUE',
  'SUBSCRIPTION_UNCHANGED',
  'SUBSCRIPTION_EXISTS',
  'COUPON_ALREADY_APPLIED',
]);

async function unlessRefused<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ignored.has(String(error.code))) return null;
    throw error;
  }
}

const inOrder = (lines: readonly { readonly description: string; readonly amount: string }[]) =>
  lines.map(({ description, amount }) => `${description}: ${amount}`).toSorted();

test('of random histories each preview is what is billed, and the movements come to the MRR', async () => {
  const { subscriptions, subscriptionChanges, subscriptionLifecycle, subscriptionRenewals } =
    scene.app.container.services;
  const tenants = await scene.unsubscribed(HISTORIES);
  let compared = 0;
  for (const [seed, { id: tenantId }] of tenants.entries()) {
    const random = randomFrom(seed + 1);
    let now = START;
    let live: string | null = null;
    for (let step = 0; step < STEPS; step += 1) {
      now += random(20 * 86_400) * 1000;
      scene.clock.set(new Date(now).toISOString());
      const ctx = tenantContext(tenantId);
      const order: ChangeOrder = {
        planId: pick(plans, random),
        quantity: 1 + random(4),
        billingCycle: random(4) === 0 ? 'annual' : 'monthly',
        atPeriodEnd: random(6) === 0 ? true : undefined,
      };
      const action = random(10);
      if (live === null) {
        const couponCode = random(2) === 0 ? pick(coupons, random) : undefined;
        const made = await subscriptions.create(ctx, {
          planId: pick(plans, random),
          billingCycle: 'monthly',
          quantity: 1 + random(3),
          couponCode,
          metadata: {},
        });
        live = made.id;
      } else if (action < 5) {
        const preview = await unlessRefused(subscriptionChanges.preview(ctx, live, order));
        const change = await unlessRefused(subscriptionChanges.change(tenantContext(tenantId), live, order));
        expect(change === null).toBe(preview === null);
        if (change !== null && preview !== null) {
          compared += 1;
          expect(change.waiting).toEqual(preview.waiting);
          expect(change.decision).toEqual(preview.decision);
          expect(change.invoice?.total).toBe(preview.invoice?.total);
          const billed = await scene.app.rows<{ description: string; amount: string }>(
            'select description, amount::numeric(20,2)::text as amount from invoice_items where invoice_id = $1',
            [change.invoice?.id ?? null],
          );
          expect(inOrder(billed)).toEqual(inOrder(preview.invoice?.items ?? []));
        }
      } else if (action === 5) await unlessRefused(subscriptionLifecycle.pause(ctx, live, null));
      else if (action === 6) await unlessRefused(subscriptionLifecycle.resume(ctx, live));
      else if (action === 7) await unlessRefused(subscriptionRenewals.renew(ctx, live));
      else if (action === 8) {
        const when = random(2) === 0 ? 'now' : 'period_end';
        await unlessRefused(subscriptionLifecycle.cancel(ctx, live, { when, reason: null }));
      } else {
        await unlessRefused(subscriptionChanges.update(ctx, live, { couponCode: pick(coupons, random) }));
      }
      if (random(3) === 0) expect((await scene.renewAll()).failed).toBe(0);
      if (live !== null && (await subscriptions.get(tenantContext(tenantId), live)).status === 'canceled') live = null;
      const [expected] = await scene.app.rows<{ mrr: string }>(MRR_OF_ROWS, [tenantId]);
      const [moved] = await scene.app.rows<{ mrr: string }>(
        'select coalesce(sum(amount), 0)::numeric(20,4)::text as mrr from mrr_movements where tenant_id = $1',
        [tenantId],
      );
      expect(Number(moved?.mrr)).toBe(Number(expected?.mrr));
    }
  }
  expect(compared).toBeGreaterThan(20);

  const broken = await scene.app.rows(`
    select id from (
      select *, sum(amount) over (partition by subscription_id order by occurred_at, id) as running from mrr_movements
    ) movement where running <> mrr or running < 0`);
  expect(broken).toEqual([]);
  const churned = await scene.app.rows(`
    select subscription.id from subscriptions subscription join mrr_movements using (tenant_id)
    where subscription_id = subscription.id and status = 'canceled' group by subscription.id having sum(amount) <> 0`);
  expect(churned).toEqual([]);
  expect(await scene.app.rows('select from invoices where total < 0')).toEqual([]);
}, 240_000);

test('killed connections leave each period invoiced once', async () => {
  scene.clock.set('2030-01-01T00:00:00.000Z');
  const tenants = await scene.unsubscribed(12);
  const [plan] = plans;
  for (const { operator } of tenants) {
    const made = await operator.post('/api/subscriptions', { planId: plan });
    expect(made.status).toBe(201);
  }
  scene.clock.set('2030-07-01T00:00:00.000Z');
  const killer = new pg.Client({ connectionString: scene.app.database.adminUrl });
  await killer.connect();
  let running = true;
  const killing = (async () => {
    while (running) {
      await killer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and usename like '%tenant%'
           and xact_start is not null and random() < 0.02`,
      );
    }
  })();
  let failed = 0;
  for (let run = 0; run < 6; run += 1) failed += (await scene.renewAll()).failed;
  running = false;
  await killing;
  await killer.end();
  expect(failed).toBeGreaterThan(0);
  expect((await scene.renewAll()).failed).toBe(0);
  const periods = await scene.app.rows<{ n: number; distinct: number }>(
    `select count(*)::int as n, count(distinct period_start)::int as distinct from invoices
     where tenant_id = any($1) group by subscription_id`,
    [tenants.map(({ id }) => id)],
  );
  expect(periods).toEqual(tenants.map(() => ({ n: 7, distinct: 7 })));
  const changes = await scene.app.rows<{ n: number }>(
    "select count(*)::int as n from subscription_changes where tenant_id = any($1) and kind = 'renewed' group by subscription_id",
    [tenants.map(({ id }) => id)],
  );
  expect(changes).toEqual(tenants.map(() => ({ n: 6 })));
  const booked = await scene.app.rows(
    `select from invoices where tenant_id = any($1) and total > 0
       and not exists (select from ledger_transactions where tenant_id = invoices.tenant_id and subject_id = invoices.id)`,
    [tenants.map(({ id }) => id)],
  );
  expect(booked).toEqual([]);
}, 240_000);
