import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

/** What a list may ask for. */
export const filters = createFilters({
  tenantId: 'tenant_id = ?',
  status: 'status = ?',
  purpose: 'purpose = ?',
  method: 'method = ?',
  createdFrom: 'created_at >= ?',
  createdTo: 'created_at <= ?',
  search:
    "lower(coalesce(gateway_payment_id, '') || ' ' || coalesce(payer_name, '') || ' ' || coalesce(payer_email, '') || ' ' || coalesce(description, '')) like ?",
});

export const PAYMENT_COLUMNS = `
  id, tenant_id as "tenantId", purpose, invoice_id as "invoiceId", payment_method_id as "paymentMethodId", gateway,
  gateway_payment_id as "gatewayPaymentId", method, status, currency, amount, amount_refunded as "amountRefunded",
  gateway_fee as "gatewayFee", platform_fee as "platformFee", net_amount as "netAmount", payer_name as "payerName",
  payer_email as "payerEmail", description, failure_code as "failureCode", failure_message as "failureMessage",
  failure_class as "failureClass", retry_of_id as "retryOfId", captured_at as "capturedAt", failed_at as "failedAt",
  available_at as "availableAt", settlement_id as "settlementId", created_at as "createdAt", updated_at as "updatedAt"`;

/**
 * Values: the filters', then limit and offset. A search over all tenants finds its matches first, by payments_search, as that
 * of invoices does.
 */
export const listStatement = statementFamily((given: string, ascending: boolean) => {
  const { text, next } = filters.clause(given);
  const direction = ascending ? 'asc' : 'desc';
  const page = `order by created_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
  const names = given.split(',');
  return names.includes('search') && !names.includes('tenantId')
    ? `with matching as materialized (select * from payments where ${text}) select ${PAYMENT_COLUMNS} from matching ${page}`
    : `select ${PAYMENT_COLUMNS} from payments where ${text} ${page}`;
});

export const countStatement = statementFamily(
  (given: string) => `select count(*) as total from payments where ${filters.clause(given).text}`,
);

export const FIND = statement(`select ${PAYMENT_COLUMNS} from payments where tenant_id = $1 and id = $2`);
export const FIND_ON_PLATFORM = statement(`select ${PAYMENT_COLUMNS} from payments where id = $1`);
export const LOCK = statement(`select ${PAYMENT_COLUMNS} from payments where tenant_id = $1 and id = $2 for update`);

export const FIND_MANY = statement(`select ${PAYMENT_COLUMNS} from payments where tenant_id = $1 and id = any($2)`);

/** In the order of their ids, so that two who lock several never wait for each other. */
export const LOCK_MANY = statement(
  `select ${PAYMENT_COLUMNS} from payments where tenant_id = $1 and id = any($2) order by id for update`,
);

export const LIST_OF_INVOICE = statement(
  `select ${PAYMENT_COLUMNS} from payments where tenant_id = $1 and invoice_id = $2 order by created_at, id limit 100`,
);

export const INSERT = statement(`
  insert into payments (tenant_id, id, purpose, invoice_id, payment_method_id, gateway, method, currency, amount, description,
    retry_of_id, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`);

/** Captured at once: what was paid past every gateway. */
export const INSERT_EXTERNAL = statement(`
  insert into payments (tenant_id, id, purpose, invoice_id, gateway, gateway_payment_id, method, status, currency, amount,
    net_amount, description, captured_at, created_at, updated_at)
  values ($1, $2, 'invoice', $3, 'external', $4, $5, 'succeeded', $6, $7, $7, $8, $9, $10, $10)`);

export const SUCCEED = statement(`
  update payments set status = 'succeeded', gateway_payment_id = coalesce($3, gateway_payment_id), gateway_fee = $4,
    platform_fee = $5, net_amount = $6, captured_at = $7, available_at = $8, updated_at = $7, failed_at = null,
    failure_code = null, failure_message = null, failure_class = null
  where tenant_id = $1 and id = $2`);

export const FAIL = statement(`
  update payments set status = $3, gateway_payment_id = coalesce($4, gateway_payment_id), failure_code = $5,
    failure_message = $6, failure_class = $7, failed_at = $8, updated_at = $8
  where tenant_id = $1 and id = $2`);

export const ADVANCE = statement(`
  update payments set status = $3, gateway_payment_id = coalesce($4, gateway_payment_id), updated_at = $5
  where tenant_id = $1 and id = $2`);

/** Looked at, so that the janitor turns to others first. */
export const TOUCH = statement('update payments set updated_at = $3 where tenant_id = $1 and id = $2');

/** $2 the payments, $3 what more is refunded of each; less where it is negative. */
export const RESERVE_REFUNDS = statement(`
  update payments set amount_refunded = least(payments.amount, amount_refunded + change.amount), updated_at = $4
  from unnest($2::uuid[], $3::numeric[]) as change (id, amount) where tenant_id = $1 and payments.id = change.id`);

export const ADD_ATTEMPTS = statement(`
  insert into payment_attempts (tenant_id, payment_id, position, operation, outcome, response, created_at)
  select $1, made.payment_id,
    coalesce((select max(position) from payment_attempts where tenant_id = $1 and payment_id = made.payment_id), 0)
      + row_number() over (partition by made.payment_id order by made.place),
    $2, made.outcome, made.response::jsonb, $3
  from unnest($4::uuid[], $5::text[], $6::text[]) with ordinality as made (payment_id, outcome, response, place)`);

export const LIST_ATTEMPTS = statement(`
  select position, operation, outcome, response, created_at as "createdAt"
  from payment_attempts where tenant_id = $1 and payment_id = $2 order by position desc limit 100`);

const INVOICE_COLUMNS = `id, number, status, currency, greatest(total - amount_paid - amount_credited, 0) as "amountDue",
  billing_reason as "billingReason", subscription_id as "subscriptionId", issued_at as "issuedAt"`;

export const FIND_INVOICE = statement(`select ${INVOICE_COLUMNS} from invoices where tenant_id = $1 and id = $2`);
export const LOCK_INVOICE = statement(
  `select ${INVOICE_COLUMNS} from invoices where tenant_id = $1 and id = $2 for update`,
);

export const HAS_OPEN_PAYMENT = statement(`
  select exists (select from payments where tenant_id = $1 and invoice_id = $2
    and status in ('pending', 'processing', 'requires_action')) as "hasOpen"`);

export const HAS_NEWER_PAYMENT = statement(`
  select exists (select from payments where tenant_id = $1 and invoice_id = $2 and (created_at, id) > ($3, $4)) as "hasNewer"`);

const METHOD_COLUMNS = `method.id, method.gateway, method.gateway_customer_id as "gatewayCustomerId",
  method.gateway_method_id as "gatewayMethodId", method.kind, method.country`;

export const FIND_METHOD = statement(
  `select ${METHOD_COLUMNS} from payment_methods method where tenant_id = $1 and id = $2 and removed_at is null`,
);

/** The subscription's own method before the tenant's default. */
export const FIND_METHOD_OF_INVOICE = statement(`
  select ${METHOD_COLUMNS} from payment_methods method
  where tenant_id = $1 and removed_at is null and (is_default or id =
    (select payment_method_id from subscriptions where tenant_id = $1 and id = $2))
  order by is_default limit 1`);

/** What receivable holds of invoices, by what is booked of them, their credit notes, payments and refunds. */
export const RECEIVABLES_OF_INVOICES = statement(`
  select part.invoice_id as "invoiceId", coalesce(sum(entry.amount), 0) as amount
  from (
    select id as subject_id, id as invoice_id from invoices where tenant_id = $1 and id = any($2)
    union all select id, invoice_id from credit_notes where tenant_id = $1 and invoice_id = any($2)
    union all select id, invoice_id from payments where tenant_id = $1 and invoice_id = any($2)
    union all select refund.id, payment.invoice_id from payments payment
      join refunds refund on refund.tenant_id = payment.tenant_id and refund.payment_id = payment.id
      where payment.tenant_id = $1 and payment.invoice_id = any($2)
  ) part
  join ledger_transactions booking on booking.tenant_id = $1 and booking.subject_id = part.subject_id
  join ledger_entries entry on entry.tenant_id = $1 and entry.transaction_id = booking.id and entry.account = 'receivable'
  group by part.invoice_id`);

/** The invoices of payments, before them and in the order of their ids. */
export const LOCK_INVOICES_OF = statement(`
  select id from invoices where tenant_id = $1 and id in
    (select invoice_id from payments where tenant_id = $1 and id = any($2)) order by id for update`);

/** Over all tenants: $1 those not touched since, $2 how many. */
export const LIST_UNRESOLVED = statement(`
  select tenant_id as "tenantId", id from payments
  where status in ('pending', 'processing') and updated_at < $1 order by updated_at limit $2`);

export const FIND_CHECKOUT = statement(
  'select expires_at as "expiresAt" from checkout_sessions where tenant_id = $1 and payment_id = $2',
);
