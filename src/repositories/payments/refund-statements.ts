import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

export const filters = createFilters({
  tenantId: 'tenant_id = ?',
  status: 'status = ?',
  paymentId: '(tenant_id, payment_id) in (select tenant_id, id from payments where id = ?)',
  createdFrom: 'created_at >= ?',
  createdTo: 'created_at <= ?',
});

const REFUND_COLUMNS = `
  id, tenant_id as "tenantId", payment_id as "paymentId", gateway_refund_id as "gatewayRefundId", currency, amount, reason,
  status, failure_code as "failureCode", settlement_id as "settlementId", created_by as "createdBy",
  created_at as "createdAt", updated_at as "updatedAt", succeeded_at as "succeededAt"`;

/** Values: the filters', then limit and offset. */
export const listStatement = statementFamily((given: string, ascending: boolean) => {
  const { text, next } = filters.clause(given);
  const direction = ascending ? 'asc' : 'desc';
  return `select ${REFUND_COLUMNS} from refunds where ${text}
    order by created_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

export const countStatement = statementFamily(
  (given: string) => `select count(*) as total from refunds where ${filters.clause(given).text}`,
);

export const FIND = statement(`select ${REFUND_COLUMNS} from refunds where tenant_id = $1 and id = $2`);
export const LIST_OF_PAYMENT = statement(`
  select ${REFUND_COLUMNS} from refunds where tenant_id = $1 and payment_id = $2 order by created_at desc, id desc limit 100`);

export const FIND_MANY = statement(
  `select ${REFUND_COLUMNS} from refunds where tenant_id = $1 and id = any($2) order by id`,
);
export const LOCK_MANY = statement(
  `select ${REFUND_COLUMNS} from refunds where tenant_id = $1 and id = any($2) order by id for update`,
);

/** $2 who, $3 when, $4 the reason, $5 to $8 the refunds. */
export const INSERT_MANY = statement(`
  insert into refunds (tenant_id, created_by, created_at, updated_at, reason, id, payment_id, currency, amount)
  select $1, $2, $3, $3, $4, refund.id, refund.payment_id, refund.currency, refund.amount
  from unnest($5::uuid[], $6::uuid[], $7::text[], $8::numeric[]) as refund (id, payment_id, currency, amount)`);

/** $2 when, $3 to $6 what became of them. */
export const UPDATE_STATES = statement(`
  update refunds set status = told.status, gateway_refund_id = coalesce(told.gateway_refund_id, refunds.gateway_refund_id),
    failure_code = told.failure_code, updated_at = $2,
    succeeded_at = case when told.status = 'succeeded' then $2::timestamptz end
  from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) as told (id, status, gateway_refund_id, failure_code)
  where tenant_id = $1 and refunds.id = told.id`);

export const TOUCH = statement('update refunds set updated_at = $3 where tenant_id = $1 and id = $2');

/** Over all tenants, those that no gateway has answered: $1 not touched since, $2 how many. */
export const LIST_UNRESOLVED = statement(`
  select tenant_id as "tenantId", id from refunds
  where status = 'pending' and gateway_refund_id is null and updated_at < $1 order by updated_at limit $2`);

export const DISPUTE_COLUMNS = `
  id, tenant_id as "tenantId", payment_id as "paymentId", gateway_dispute_id as "gatewayDisputeId", currency, amount, fee,
  reason, status, opened_at as "openedAt", closed_at as "closedAt"`;

export const LIST_DISPUTES_OF_PAYMENT = statement(`
  select ${DISPUTE_COLUMNS} from disputes where tenant_id = $1 and payment_id = $2 order by opened_at desc, id desc limit 100`);

/** Of which payments the money has gone back by a dispute, or may. */
export const FIND_CONTESTED = statement(
  "select distinct payment_id as id from disputes where tenant_id = $1 and payment_id = any($2) and status <> 'won'",
);

/** $2 the gateway's id of the payment. */
export const FIND_DISPUTED_PAYMENT = statement(`
  select id from payments where tenant_id = $1 and gateway in ('stripe', 'sandbox') and gateway_payment_id = $2`);

export const LOCK_DISPUTE = statement(
  `select ${DISPUTE_COLUMNS} from disputes where tenant_id = $1 and gateway_dispute_id = $2 for update`,
);

export const INSERT_DISPUTE = statement(`
  insert into disputes (tenant_id, id, payment_id, gateway_dispute_id, currency, amount, fee, reason, opened_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);

export const CLOSE_DISPUTE = statement(
  'update disputes set status = $3, closed_at = $4 where tenant_id = $1 and id = $2',
);
