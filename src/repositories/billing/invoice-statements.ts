import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

/** What lists may be sorted by, and the column behind it. */
const SORT_COLUMNS = { createdAt: 'created_at', dueAt: 'due_at', total: 'total', number: 'number' } as const;

/** What a list may ask for. */
export const filters = createFilters({
  tenantId: 'tenant_id = ?',
  status: 'status = ?',
  createdFrom: 'created_at >= ?',
  createdTo: 'created_at <= ?',
  search: "lower(coalesce(number, '') || ' ' || customer_name || ' ' || customer_email) like ?",
});

const SUMMARY_COLUMNS = `
  id, tenant_id as "tenantId", number, status, currency, customer_name as "customerName", customer_email as "customerEmail",
  subtotal, discount_total as "discountTotal", tax_total as "taxTotal", total, amount_paid as "amountPaid",
  total - amount_paid as "amountDue", issued_at as "issuedAt", due_at as "dueAt", version,
  created_at as "createdAt", updated_at as "updatedAt"`;

const INVOICE_COLUMNS = `${SUMMARY_COLUMNS}, customer_tax_id as "customerTaxId", customer_address_lines as "customerAddressLines",
  discount_type as "discountType", discount_value as "discountValue", notes, payment_terms as "paymentTerms", document_key as "documentKey"`;

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

export const FIND_ITEMS = statement(`
  select id, description, quantity, unit_price as "unitPrice", tax_rate as "taxRate", amount,
    discount_amount as "discountAmount", tax_amount as "taxAmount", total
  from invoice_items where tenant_id = $1 and invoice_id = $2 order by position`);

const ITEMS_FROM_ARRAYS = (first: number): string => {
  const types = ['uuid', 'text', 'numeric', 'numeric', 'numeric', 'numeric', 'numeric', 'numeric', 'numeric'];
  const arrays = types.map((type, index) => `$${first + index}::${type}[]`).join(', ');
  return `unnest(${arrays}) with ordinality
    as item (id, description, quantity, unit_price, tax_rate, amount, discount_amount, tax_amount, total, position)`;
};

const ITEM_COLUMNS =
  'tenant_id, id, invoice_id, position, description, quantity, unit_price, tax_rate, amount, discount_amount, tax_amount, total';
const ITEM_VALUES =
  'item.id, $2, item.position, item.description, item.quantity, item.unit_price, item.tax_rate, item.amount, item.discount_amount, item.tax_amount, item.total';

/** An invoice and its items in one statement; $1 tenant, $2 id, $3 to $17 the draft, from $18 the items. */
export const INSERT_DRAFT = statement(`
  with invoice as (
    insert into invoices (tenant_id, id, currency, customer_name, customer_email, customer_tax_id, customer_address_lines,
      discount_type, discount_value, notes, payment_terms, subtotal, discount_total, tax_total, total, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8::discount_type, $9, $10, $11, $12, $13, $14, $15, $16, $16)
  )
  insert into invoice_items (${ITEM_COLUMNS}) select $1, ${ITEM_VALUES} from ${ITEMS_FROM_ARRAYS(17)}`);

export const UPDATE_DRAFT = statement(`
  update invoices set currency = $3, customer_name = $4, customer_email = $5, customer_tax_id = $6, customer_address_lines = $7,
    discount_type = $8::discount_type, discount_value = $9, notes = $10, payment_terms = $11,
    subtotal = $12, discount_total = $13, tax_total = $14, total = $15, updated_at = $16, version = version + 1
  where tenant_id = $1 and id = $2 and status = 'draft'`);

export const DELETE_ITEMS = statement('delete from invoice_items where tenant_id = $1 and invoice_id = $2');
export const INSERT_ITEMS = statement(
  `insert into invoice_items (${ITEM_COLUMNS}) select $1, ${ITEM_VALUES} from ${ITEMS_FROM_ARRAYS(3)}`,
);

export const DELETE_DRAFT = statement("delete from invoices where tenant_id = $1 and id = $2 and status = 'draft'");

export const NEXT_NUMBER = statement(`
  insert into invoice_sequences (tenant_id, series, financial_year, last_number) values ($1, $2, $3, 1)
  on conflict (tenant_id, series, financial_year) do update set last_number = invoice_sequences.last_number + 1
  returning last_number as "lastNumber"`);

export const FINALIZE = statement(`
  update invoices set status = 'open', number = $3, issued_at = $4, due_at = $5, updated_at = $4, version = version + 1
  where tenant_id = $1 and id = $2 and status = 'draft'`);

export const SET_DOCUMENT = statement(
  'update invoices set document_key = $3 where tenant_id = $1 and id = $2 and document_key is null',
);
