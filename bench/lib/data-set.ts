import type pg from 'pg';

export const TENANTS = 100;
export const USERS = 200;
export const OPERATORS = 4;
export const INVOICES_PER_TENANT = 1000;
export const ITEMS_PER_INVOICE = 3;

/** Every row has the same id in every run: the table's number and the row's count. */
const uuid = (table: number, count: string): string =>
  `('019b7000-0000-7${String(table).padStart(3, '0')}-8000-' || lpad(to_hex(${count}), 12, '0'))::uuid`;

export const tenantId = (count: number): string => rowId(1, count);
export const userId = (count: number): string => rowId(2, count);
export const sessionId = (count: number): string => rowId(3, count);
/** Invoices are made in turn: the first of every tenant, then the second of every tenant, as they come in real life. */
export const invoiceId = (tenant: number, count: number): string => rowId(4, (count - 1) * TENANTS + tenant);
export const emailOf = (user: number): string => `user${user}@bench.example`;
/** Operators come after the users of tenants. */
export const operatorId = (count: number): string => userId(USERS + count);
export const operatorSessionId = (count: number): string => sessionId(USERS + count);
/** The tenant that a user works in; users are dealt out in turn. */
export const tenantOfUser = (user: number): number => ((user - 1) % TENANTS) + 1;

function rowId(table: number, count: number): string {
  return `019b7000-0000-7${String(table).padStart(3, '0')}-8000-${count.toString(16).padStart(12, '0')}`;
}

const tenants = `
  insert into tenants (id, name, slug, email, address_lines, country, currency, time_zone, status, updated_at)
  select ${uuid(1, 't')}, 'Study House ' || t, 'house-' || t, 'accounts@house' || t || '.example',
    array[t || ' Lake Road', 'Bengaluru 560001'], 'IN', 'INR', 'Asia/Kolkata', 'active', now()
  from generate_series(1, ${TENANTS}) t`;

const users = `
  insert into users (id, email, name, type, platform_role, password_hash, updated_at)
  select ${uuid(2, 'u')}, 'user' || u || '@bench.example', 'User ' || u,
    case when u > ${USERS} then 'ADMIN_USER' else 'PLATFORM_USER' end::user_type, case when u > ${USERS} then 'admin' end, $1, now()
  from generate_series(1, ${USERS + OPERATORS}) u`;

const memberships = `
  insert into memberships (tenant_id, id, user_id, role, updated_at)
  select ${uuid(1, `((u - 1) % ${TENANTS}) + 1`)}, ${uuid(5, 'u')}, ${uuid(2, 'u')}, 'owner', now()
  from generate_series(1, ${USERS}) u`;

const sessions = `
  insert into sessions (id, user_id, last_used_at, expires_at)
  select ${uuid(3, 'u')}, ${uuid(2, 'u')}, now(), now() + interval '1 day' from generate_series(1, ${USERS + OPERATORS}) u`;

/** Prices are whole multiples of 100, so that 18 % of them is whole as well. */
const price = (item: string): string => `(((i * 7 + t * 3 + ${item}) % 50) + 10) * 100`;
const subtotal = `(${price('1')} + ${price('2')} + ${price('3')})`;

const invoices = `
  insert into invoices (tenant_id, id, number, status, currency, customer_name, customer_email, customer_tax_id,
    customer_address_lines, subtotal, discount_total, tax_total, total, amount_paid, payment_terms, issued_at, due_at, paid_at,
    version, created_at, updated_at)
  select ${uuid(1, 't')}, ${uuid(4, `(i - 1) * ${TENANTS} + t`)}, 'INV-2627-' || lpad(i::text, 6, '0'),
    case when i % 5 = 0 then 'open' else 'paid' end::invoice_status, 'INR',
    'Customer ' || (i % 40), 'accounts@customer' || (i % 40) || '.example', '29ABCDE1234F1Z5', array['14 Lake Road', 'Bengaluru 560001'],
    ${subtotal}, 0, ${subtotal} * 0.18, ${subtotal} * 1.18, case when i % 5 = 0 then 0 else ${subtotal} * 1.18 end, 14,
    made, made + interval '14 days', case when i % 5 = 0 then null else made + interval '9 days' end, 2, made, made
  from generate_series(1, ${INVOICES_PER_TENANT}) i, generate_series(1, ${TENANTS}) t,
    lateral (select timestamptz '2026-01-01 08:00:00Z' + i * interval '7 hours' + t * interval '1 second' as made) moment
  order by i, t`;

const items = `
  insert into invoice_items (tenant_id, id, invoice_id, position, description, quantity, unit_price, tax_rate, amount,
    discount_amount, tax_amount, total)
  select ${uuid(1, 't')}, ${uuid(6, `((i - 1) * ${TENANTS} + t) * ${ITEMS_PER_INVOICE} + p`)}, ${uuid(4, `(i - 1) * ${TENANTS} + t`)},
    p, 'Reading room, seat ' || p || ', month', 1, ${price('p')}, 18, ${price('p')}, 0, ${price('p')} * 0.18, ${price('p')} * 1.18
  from generate_series(1, ${INVOICES_PER_TENANT}) i, generate_series(1, ${TENANTS}) t, generate_series(1, ${ITEMS_PER_INVOICE}) p
  order by i, t, p`;

/** Fills an empty database; the client is a superuser's, whom no policy stops. @param passwordHash everybody's */
export async function fillDatabase(client: pg.ClientBase, passwordHash: string): Promise<void> {
  await client.query(tenants);
  await client.query(users, [passwordHash]);
  for (const statement of [memberships, sessions, invoices, items]) await client.query(statement);
  await client.query('vacuum (analyze) invoices, invoice_items, tenants, users, memberships, sessions');
  await client.query('checkpoint');
}
