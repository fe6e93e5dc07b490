import { randomUUID } from 'node:crypto';
import { DUE, insertSubscription, METRIC, PAUSED, usageEvent } from '../../support/isolation-subscriptions.ts';
import type { TestTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';

const MORE_THAN_A_PAGE = 25;

/** Coupons, beside the one subscription that each tenant of the scene has; what a call works on is made for it, with a history, invoices and usage. */
export async function subscriptionsScene(app: TestApp, tenant: TestTenant, size: number) {
  await app.rows(
    `insert into coupons (id, code, name, discount_type, discount_value, duration)
     select gen_random_uuid(), upper('C-' || gen_random_uuid()::text), 'Coupon', 'percentage', 20, 'forever'
     from generate_series(1, $1)`,
    [size],
  );

  const aSubscription = async (fields: Readonly<Record<string, string>> = {}): Promise<string> => {
    const id = await insertSubscription(tenant, fields);
    await app.rows(
      `insert into subscription_changes (tenant_id, id, subscription_id, kind, effective_at, changed_by_name, created_at)
       select $1, gen_random_uuid(), $2, 'renewed', now(), 'Rowhouse', now() - n * interval '1 hour' from generate_series(1, $3) n`,
      [tenant.id, id, size + MORE_THAN_A_PAGE],
    );
    await app.rows(
      `insert into mrr_movements (tenant_id, id, subscription_id, kind, currency, amount, mrr, plan_id, occurred_at)
       select tenant_id, gen_random_uuid(), id, 'new', currency, unit_price, unit_price, plan_id, current_period_start
       from subscriptions where id = $1`,
      [id],
    );
    await app.rows(
      `insert into usage_events (tenant_id, source, event_id, subscription_id, metric, quantity, occurred_at)
       select $1, 'mailer', gen_random_uuid()::text, $2, $3, 20, current_period_start + n * interval '1 second'
       from subscriptions, generate_series(1, $4) n where id = $2`,
      [tenant.id, id, METRIC, size],
    );
    await app.rows('delete from pending_invoice_items where tenant_id = $1', [tenant.id]);
    await app.rows(
      `insert into pending_invoice_items (tenant_id, id, subscription_id, kind, description, quantity, unit_price)
       select $1, gen_random_uuid(), $2, 'proration_credit', 'Unused time', 1, -0.01 from generate_series(1, $3)`,
      [tenant.id, id, size],
    );
    await app.rows(
      `update invoices set subscription_id = $2
       where tenant_id = $1 and id in (select id from invoices where tenant_id = $1 order by created_at limit $3)`,
      [tenant.id, id, size],
    );
    return id;
  };

  return {
    aSubscription,
    aPausedSubscription: () => aSubscription(PAUSED),
    aDueSubscription: () => aSubscription(DUE),
    /** Ends what the tenant is subscribed to. @returns a plan to subscribe to, and a coupon to do it with */
    async aSubscriptionOrder() {
      const subscriptionId = await insertSubscription(tenant, { status: "'canceled'", ended_at: 'now()' });
      const [plan] = await app.rows<{ id: string }>(
        `insert into plans (id, code, name, currency, monthly_price, annual_price, updated_at)
         select $1, $2, 'Plain', 'INR', 100, 1000, now() from subscriptions where id = $3 returning id`,
        [randomUUID(), `plain-${randomUUID().slice(0, 8)}`, subscriptionId],
      );
      const [coupon] = await app.rows<{ code: string }>('select code from coupons limit 1');
      return { planId: plan?.id, couponCode: coupon?.code };
    },
    async aCoupon(): Promise<string> {
      const [coupon] = await app.rows<{ id: string }>(
        `insert into coupons (id, code, name, discount_type, discount_value, duration)
         select made, upper('C-' || made::text), 'Coupon', 'percentage', 20, 'forever' from gen_random_uuid() made returning id`,
      );
      return coupon?.id ?? '';
    },
    couponFields: () => ({
      ...{ code: `C-${randomUUID().slice(0, 30)}`, name: 'Welcome', discountType: 'percentage', discountValue: '20' },
      ...{ duration: 'once' },
    }),
    usageEvents: () => Array.from({ length: Math.min(size, 100) }, usageEvent),
  };
}
