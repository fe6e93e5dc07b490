import { randomUUID } from 'node:crypto';
import type { TestTenant } from './people.ts';

/** A metric that the plan of a subscription of `insertSubscription` limits. */
export const METRIC = 'messages';

/** An event that a subscription of `insertSubscription` can record at any time. */
export const usageEvent = () => ({
  source: 'mailer',
  eventId: randomUUID(),
  metric: METRIC,
  quantity: '1',
  occurredAt: new Date().toISOString(),
});

/**
 * Ends what the tenant is subscribed to and subscribes it anew to its first plan, as of ten days ago. The plan is metered.
 * @param fields columns and their SQL, in place of the usual ones
 * @returns the subscription's id
 */
export async function insertSubscription(
  { app, id: tenantId }: Pick<TestTenant, 'app' | 'id'>,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const id = randomUUID();
  const [plan] = await app.rows<{ id: string }>(
    `update plans set downgrade_policy = 'prorate', limits = limits || $2, usage_prices = usage_prices || $3
     where id = (select plan_id from subscriptions where tenant_id = $1 order by created_at limit 1) returning id`,
    [tenantId, { [METRIC]: 10 }, { [METRIC]: '0.5' }],
  );
  await app.rows(
    `update subscriptions set status = 'canceled', ended_at = now(), paused_at = null where tenant_id = $1 and ended_at is null`,
    [tenantId],
  );
  const columns = {
    tenant_id: `'${tenantId}'`,
    id: `'${id}'`,
    plan_id: `'${plan?.id}'`,
    status: "'active'",
    billing_cycle: "'monthly'",
    currency: "'INR'",
    unit_price: '100',
    current_period_start: "now() - interval '10 days'",
    current_period_end: "now() + interval '20 days'",
    updated_at: 'now()',
    ...fields,
  };
  await app.rows(`insert into subscriptions (${Object.keys(columns)}) values (${Object.values(columns)})`);
  return id;
}

/** Columns of a subscription whose period is over. */
export const DUE = {
  current_period_start: "now() - interval '1 month'",
  current_period_end: "now() - interval '1 minute'",
} as const;

export const PAUSED = { status: "'paused'", paused_at: 'now()' } as const;

const change = async ({ app }: TestTenant, id: string | undefined, set: string): Promise<void> =>
  void (await app.rows(`update subscriptions set ${set} where id = $1`, [id]));

/** Sent again and again: it is there the second time. */
const EVENT = usageEvent();

/** How to make what belongs to subscriptions, for tests/support/isolation-endpoints.ts. */
export const subscriptionRecipes = {
  '/api/subscriptions': {
    make: async (tenant: TestTenant) => ({ id: await insertSubscription(tenant) }),
    before: {
      resumeSubscription: (tenant: TestTenant, { id }: Readonly<Record<string, string>>) =>
        change(tenant, id, "status = 'paused', paused_at = now()"),
      renewSubscription: (tenant: TestTenant, { id }: Readonly<Record<string, string>>) =>
        change(tenant, id, "current_period_end = now() - interval '1 minute'"),
      addSubscriptionUsage: async (
        { app, operator, id: tenantId }: TestTenant,
        { id }: Readonly<Record<string, string>>,
      ) => {
        await app.rows('delete from usage_events where tenant_id = $1', [tenantId]);
        await operator.post(`/api/subscriptions/${id}/usage`, { events: [EVENT] });
      },
    },
    bodies: {
      updateSubscription: { metadata: { touched: true } },
      cancelSubscription: { when: 'now' },
      pauseSubscription: {},
      changeSubscriptionPlan: { quantity: 3 },
      previewSubscriptionChange: { quantity: 3 },
      addSubscriptionUsage: { events: [EVENT] },
    },
  },
};
