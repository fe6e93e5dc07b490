import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

/** What lists may be sorted by, and the column behind it. */
const SORT_COLUMNS = { createdAt: 'created_at', dueAt: 'due_at', total: 'total', number: 'number' } as const;

/** What a list may ask for. */
export const filters = createFilters({
  tenantId: 'tenant_id = ?',
  subscriptionId: 'subscription_id = ?',
  status: 'status = ?',
  overdueAt: "status = 'open' and due_at < ?",
  createdFrom: 'created_at >= ?',
  createdTo: 'created_at <= ?',
  search: "lower(coalesce(number, '') || ' ' || customer_name || ' ' || customer_email) like ?",
});

const SUMMARY_COLUMNS = `
  id, tenant_id as "tenantId", number, status, currency, customer_name as "customerName", customer_email as "customerEmail",
  subtotal, discount_total as "discountTotal", tax_total as "taxTotal", rounding_amount as "roundingAmount", total,
  amount_paid as "amountPaid", amount_credited as "amountCredited",
  greatest(total - amount_paid - amount_credited, 0) as "amountDue", subscription_id as "subscriptionId",
  billing_reason as "billingReason", issued_at as "issuedAt", due_at as "dueAt", paid_at as "paidAt", version,
  created_at as "createdAt", updated_at as "updatedAt"`;

const INVOICE_COLUMNS = `${SUMMARY_COLUMNS}, customer_tax_id as "customerTaxId", customer_address_lines as "customerAddressLines",
  discount_type as "discountType", discount_value as "discountValue", coupon_id as "couponId", period_start as "periodStart",
  period_end as "periodEnd", tax_behavior as "taxBehavior", tax_rounding as "taxRounding", place_of_supply as "placeOfSupply",
  tax_lines as "taxLines", notes, payment_terms as "paymentTerms", voided_at as "voidedAt", written_off_at as "writtenOffAt",
  finalizes_at as "finalizesAt", document_key as "documentKey"`;

const isSortField = (field: string): field is keyof typeof SORT_COLUMNS => Object.hasOwn(SORT_COLUMNS, field);

/**
 * Values: the filters', then limit and offset. A search over all tenants finds its matches first, by invoices_search: planned
 * without knowing the pattern, it would walk the sort order row by row. (In a tenant its own rows are filtered.)
 */
export const listStatement = statementFamily((given: string, sort: string) => {
  const field = sort.replace(/^-/, '');
  const name = isSortField(field) ? field : 'createdAt';
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  const { text, next } = filters.clause(given);
  const order = `${SORT_COLUMNS[name]} ${direction}, id ${direction}`;
  const page = `order by ${order} limit $${next} offset $${next + 1}`;
  const names = given.split(',');
  return names.includes('search') && !names.includes('tenantId')
    ? `with matching as materialized (select * from invoices where ${text}) select ${SUMMARY_COLUMNS} from matching ${page}`
    : `select ${SUMMARY_COLUMNS} from invoices where ${text} ${page}`;
});

export const countStatement = statementFamily(
  (given: string) => `select count(*) as total from invoices where ${filters.clause(given).text}`,
);

export const FIND = statement(`select ${INVOICE_COLUMNS} from invoices where tenant_id = $1 and id = $2`);
export const FIND_ON_PLATFORM = statement(`select ${INVOICE_COLUMNS} from invoices where id = $1`);
export const LOCK = statement(`select ${INVOICE_COLUMNS} from invoices where tenant_id = $1 and id = $2 for update`);

/** Fields of an item, with the column and type behind each. */
const ITEM_COLUMNS = [
  ['id', 'id', 'uuid'],
  ['kind', 'kind', 'text'],
  ['description', 'description', 'text'],
  ['productCode', 'product_code', 'text'],
  ['periodStart', 'period_start', 'timestamptz'],
  ['periodEnd', 'period_end', 'timestamptz'],
  ['quantity', 'quantity', 'numeric'],
  ['unitPrice', 'unit_price', 'numeric'],
  ['taxRate', 'tax_rate', 'numeric'],
  ['amount', 'amount', 'numeric'],
  ['discountAmount', 'discount_amount', 'numeric'],
  ['taxAmount', 'tax_amount', 'numeric'],
  ['total', 'total', 'numeric'],
] as const;

/** The fields of an item in the order of the arrays that the statements take. */
export const ITEM_FIELDS = ITEM_COLUMNS.map(([field]) => field);

const ITEM_NAMES = ITEM_COLUMNS.map(([, column]) => column);
const ITEM_SELECTION = ITEM_COLUMNS.map(([field, column]) => `${column} as "${field}"`).join(', ');

export const FIND_ITEMS = statement(
  `select ${ITEM_SELECTION} from invoice_items where tenant_id = $1 and invoice_id = $2 order by position`,
);

/** Of $1, the tenant, and $2, the invoice; the arrays from `first` on. */
const insertItems = (first: number): string => {
  const arrays = ITEM_COLUMNS.map(([, , type], index) => `$${first + index}::${type}[]`).join(', ');
  return `
    insert into invoice_items (tenant_id, invoice_id, position, ${ITEM_NAMES.join(', ')})
    select $1, $2, item.position, ${ITEM_NAMES.map((name) => `item.${name}`).join(', ')}
    from unnest(${arrays}) with ordinality as item (${ITEM_NAMES.join(', ')}, position)`;
};

/** What a draft holds, in the order of its values. */
const DRAFT_COLUMNS = [
  'currency',
  'customer_name',
  'customer_email',
  'customer_tax_id',
  'customer_address_lines',
  'discount_type',
  'discount_value',
  'subscription_id',
  'coupon_id',
  'billing_reason',
  'period_start',
  'period_end',
  'tax_behavior',
  'tax_rounding',
  'place_of_supply',
  'tax_lines',
  'notes',
  'payment_terms',
  'finalizes_at',
  'subtotal',
  'discount_total',
  'tax_total',
  'rounding_amount',
  'total',
  'updated_at',
];
const DRAFT_VALUES = DRAFT_COLUMNS.map((_column, index) => `$${index + 3}`);
const UPDATED_AT = `$${DRAFT_COLUMNS.length + 2}`;

/** An invoice and its items in one statement; $1 tenant, $2 id, then the draft and the time, then the items. */
export const INSERT_DRAFT = statement(`
  with invoice as (
    insert into invoices (tenant_id, id, ${DRAFT_COLUMNS.join(', ')}, created_at)
    values ($1, $2, ${DRAFT_VALUES.join(', ')}, ${UPDATED_AT})
  )
  ${insertItems(DRAFT_COLUMNS.length + 3)}`);

export const UPDATE_DRAFT = statement(`
  update invoices set (${DRAFT_COLUMNS.join(', ')}) = row (${DRAFT_VALUES.join(', ')}), version = version + 1
  where tenant_id = $1 and id = $2 and status = 'draft'`);

export const DELETE_ITEMS = statement('delete from invoice_items where tenant_id = $1 and invoice_id = $2');
export const INSERT_ITEMS = statement(insertItems(3));

export const DELETE_DRAFT = statement("delete from invoices where tenant_id = $1 and id = $2 and status = 'draft'");

/** $4 is how many numbers are taken. */
export const RESERVE_NUMBERS = statement(`
  insert into invoice_sequences (tenant_id, series, financial_year, last_number) values ($1, $2, $3, $4)
  on conflict (tenant_id, series, financial_year) do update set last_number = invoice_sequences.last_number + $4
  returning last_number as "lastNumber"`);

/** An invoice over nothing is paid as it is issued. */
export const FINALIZE = statement(`
  update invoices set status = $6::invoice_status, number = $3, issued_at = $4, due_at = $5,
    paid_at = case when $6 = 'paid' then $4::timestamptz end, finalizes_at = null, updated_at = $4, version = version + 1
  where tenant_id = $1 and id = $2 and status = 'draft'`);

/** $3 is what a payment adds, $4 what a credit note adds, $5 the status that follows, $6 the time. */
export const SETTLE = statement(`
  update invoices set amount_paid = amount_paid + $3, amount_credited = amount_credited + $4, status = $5::invoice_status,
    paid_at = case when $5 = 'paid' then coalesce(paid_at, $6) else paid_at end, updated_at = $6, version = version + 1
  where tenant_id = $1 and id = $2`);

export const VOID = statement(`
  update invoices set status = 'void', voided_at = $3, updated_at = $3, version = version + 1 where tenant_id = $1 and id = $2`);

export const WRITE_OFF = statement(`
  update invoices set status = 'uncollectible', written_off_at = $3, updated_at = $3, version = version + 1
  where tenant_id = $1 and id = $2`);

export const SET_DOCUMENT = statement(
  'update invoices set document_key = $3 where tenant_id = $1 and id = $2 and document_key is null',
);
