import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

export const filters = createFilters({ tenantId: 'tenant_id = ?', status: 'status = ?' });

const COLUMNS = `
  tenant_id as "tenantId", id, plan_id as "planId", status, billing_cycle as "billingCycle", quantity, currency,
  unit_price as "unitPrice", trial_ends_at as "trialEndsAt", current_period_start as "currentPeriodStart",
  current_period_end as "currentPeriodEnd", cancel_at_period_end as "cancelAtPeriodEnd", canceled_at as "canceledAt",
  cancel_reason as "cancelReason", ended_at as "endedAt", paused_at as "pausedAt", resumes_at as "resumesAt",
  past_due_at as "pastDueAt", pending_plan_id as "pendingPlanId", pending_billing_cycle as "pendingBillingCycle",
  pending_quantity as "pendingQuantity", anchor_day as "anchorDay", payment_method_id as "paymentMethodId", metadata, version,
  created_at as "createdAt", updated_at as "updatedAt"`;

/** Values: the filters', then limit and offset. */
export const listStatement = statementFamily((given: string, sort: string) => {
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  const { text, next } = filters.clause(given);
  return `select ${COLUMNS} from subscriptions where ${text}
    order by created_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

export const countStatement = statementFamily(
  (given: string) => `select count(*) as total from subscriptions where ${filters.clause(given).text}`,
);

export const FIND = statement(`select ${COLUMNS} from subscriptions where tenant_id = $1 and id = $2`);

/** `update` keeps everybody else from changing it, `share` from its being changed. */
export type SubscriptionLock = 'update' | 'share';
export const lockStatement = statementFamily(
  (strength: SubscriptionLock) =>
    `select ${COLUMNS} from subscriptions where tenant_id = $1 and id = $2 for ${strength}`,
);

export const INSERT = statement(`
  insert into subscriptions (tenant_id, id, plan_id, status, billing_cycle, quantity, currency, unit_price, trial_ends_at,
    current_period_start, current_period_end, anchor_day, payment_method_id, metadata, created_at, updated_at)
  values ($1, $2, $3, $4::subscription_status, $5::billing_cycle, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15, $15)
  returning ${COLUMNS}`);

export const SAVE = statement(`
  update subscriptions set plan_id = $3, status = $4::subscription_status, billing_cycle = $5::billing_cycle, quantity = $6,
    unit_price = $7, trial_ends_at = $8, current_period_start = $9, current_period_end = $10, cancel_at_period_end = $11,
    canceled_at = $12, cancel_reason = $13, ended_at = $14, paused_at = $15, resumes_at = $16, past_due_at = $17,
    pending_plan_id = $18, pending_billing_cycle = $19::billing_cycle, pending_quantity = $20, anchor_day = $21,
    payment_method_id = $22, metadata = $23::jsonb, updated_at = $24, version = version + 1
  where tenant_id = $1 and id = $2
  returning ${COLUMNS}`);

/** Who was deleted is not billed any more. */
const OF_A_TENANT_THAT_EXISTS = 'exists (select from tenants where tenants.id = tenant_id and deleted_at is null)';

/** $1 now, $2 and $3 where the page before ended, $4 limit. */
export const DUE = statement(`
  select tenant_id as "tenantId", id, current_period_end as "dueAt" from subscriptions
  where ended_at is null and status <> 'paused' and current_period_end <= $1 and (current_period_end, id) > ($2, $3)
    and ${OF_A_TENANT_THAT_EXISTS}
  order by current_period_end, id limit $4`);

export const TO_RESUME = statement(`
  select tenant_id as "tenantId", id, resumes_at as "dueAt" from subscriptions
  where status = 'paused' and resumes_at <= $1 and (resumes_at, id) > ($2, $3) and ${OF_A_TENANT_THAT_EXISTS}
  order by resumes_at, id limit $4`);

export const OF_INVOICE = statement(`
  select subscription_id as "subscriptionId", status from invoices where tenant_id = $1 and id = $2 and subscription_id is not null`);

export const OF_PAYMENT = statement(`
  select invoice.subscription_id as "subscriptionId", invoice.status from payments payment
    join invoices invoice on invoice.tenant_id = payment.tenant_id and invoice.id = invoice_id
  where payment.tenant_id = $1 and payment.id = $2 and invoice.subscription_id is not null`);

export const HAS_OPEN_INVOICE = statement(
  "select from invoices where tenant_id = $1 and subscription_id = $2 and status = 'open' limit 1",
);

export const HAS_PAYMENT_METHOD = statement(
  'select from payment_methods where tenant_id = $1 and id = $2 and removed_at is null',
);

export const HAS_SUBSCRIBED = statement('select from subscriptions where tenant_id = $1 and plan_id = $2 limit 1');

export const CHEAPEST_TRIAL_PLAN = statement(`
  select id from plans where status = 'active' and trial_days > 0
  order by currency = $1 desc, monthly_price, created_at, id limit 1`);

export const PLAN_LIMITS = statement(`
  select limits from subscriptions join plans on plans.id = plan_id
  where tenant_id = $1 and ended_at is null`);

export const LIVE = statement(
  'select plan_id as "planId", status from subscriptions where tenant_id = $1 and ended_at is null',
);
