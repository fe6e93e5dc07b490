import type { TestApp } from '../../support/test-app.ts';

const BUSY_TENANTS = 50;
const INVOICES_OF_A_BUSY_TENANT = 400;
/** Events that no queue has yet, and audit entries that are not sealed. */
const WAITING_OF_A_BUSY_TENANT = 4;

/** What the rows are made from; `place` 1 is the newest tenant, the first so many are busy, and `n` counts what one tenant has. */
const PLACES = `
  create temporary table place_of_tenant as select id, row_number() over (order by created_at desc) as place from tenants;
  create temporary table busy_tenant as select * from place_of_tenant where place <= ${BUSY_TENANTS};
  create temporary table share_of_tenant as select id, place, n from place_of_tenant
    cross join lateral generate_series(1, case when place <= ${BUSY_TENANTS} then ${INVOICES_OF_A_BUSY_TENANT} else 1 end) n;
  create temporary table place_of_plan as select id, row_number() over (order by code) as place from plans;
  create temporary table place_of_user as select id, row_number() over (order by email) as place from users`;

const ROWS = [
  `insert into plans (id, code, name, currency, monthly_price, annual_price, trial_days, features, updated_at)
   select uuidv7(), 'price-' || n, 'Price ' || n, 'INR', 500 + n, 5000 + n, 14, '{}', now() from generate_series(1, 40) n`,

  `insert into tenants (id, name, slug, email, address_lines, country, currency, time_zone, status, created_at, updated_at)
   select uuidv7(), 'Library ' || n, 'library-' || n, 'hello@library-' || n || '.example', '{}', 'IN', 'INR', 'Asia/Kolkata',
     (array['trial', 'active', 'active', 'suspended'])[1 + n % 4]::tenant_status, now() - n * interval '1 hour', now()
   from generate_series(1, 4000) n`,

  `insert into users (id, email, name, type, updated_at)
   select uuidv7(), 'person-' || n || '@rowhouse.example', 'Person ' || n, 'PLATFORM_USER', now() from generate_series(1, 8000) n`,

  PLACES,

  `insert into subscriptions (tenant_id, id, plan_id, status, billing_cycle, currency, unit_price, current_period_start,
     current_period_end, updated_at)
   select tenant.id, uuidv7(), plan.id, 'active', 'monthly', 'INR', 999, now(), now() + interval '1 month', now()
   from place_of_tenant tenant join place_of_plan plan on plan.place = 1 + tenant.place % 40`,

  `insert into memberships (tenant_id, id, user_id, role, updated_at)
   select tenant.id, uuidv7(), person.id, 'staff', now()
   from place_of_user person join place_of_tenant tenant on tenant.place = 1 + person.place % 4000
   on conflict do nothing`,

  `insert into sessions (id, user_id, last_used_at, expires_at, created_at)
   select uuidv7(), id, now(), now() + interval '90 days', now() - place * interval '1 minute' from place_of_user`,

  `insert into refresh_tokens (id, session_id, generation, secret_hash, used_at, expires_at)
   select uuidv7(), id, generation, '\\x00', now(), now() + interval '14 days' from sessions, generate_series(101, 102) generation`,

  `insert into invoices (tenant_id, id, number, status, currency, customer_name, customer_email, customer_address_lines, subtotal,
     discount_total, tax_total, total, payment_terms, issued_at, due_at, created_at, updated_at)
   select tenant.id, uuidv7(), case when issued then 'OLD-' || lpad(n::text, 6, '0') end, status::invoice_status, 'INR',
     'Customer ' || n, 'customer-' || n || '@rowhouse.example', '{}', n % 97, 0, 0, n % 97, 14,
     case when issued then made end, case when issued then made + interval '14 days' end, made, made
   from share_of_tenant tenant,
     lateral (select (array['draft', 'open', 'open', 'paid', 'paid', 'paid', 'void'])[1 + n % 7] as status, n % 7 > 0 as issued,
       now() - n * interval '7 hours' - tenant.place * interval '1 second' as made) life`,

  `insert into invoice_items (tenant_id, id, invoice_id, position, description, quantity, unit_price, tax_rate, amount,
     discount_amount, tax_amount, total)
   select tenant_id, uuidv7(), id, position, 'Seat', 1, 1, 0, 1, 0, 0, 1 from invoices, generate_series(101, 103) position`,

  `insert into invoice_sequences (tenant_id, series, financial_year, last_number)
   select id, 'OLD', financial_year, 1 from place_of_tenant, unnest(array['2324', '2425']) financial_year`,

  `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, resource_id, actor_type, actor_id, actor_name,
     request_id, sequence, hash)
   select tenant.id, uuidv7(), now() - n * interval '1 hour' - tenant.place * interval '1 second',
     (array['invoice.created', 'invoice.sent', 'tenant.updated', 'session.created'])[1 + n % 4],
     (array['invoice', 'invoice', 'tenant', 'session'])[1 + n % 4], 'resource-' || n % 50, 'user', person.id, 'Person',
     'request', 1000 + n, '\\x00'
   from share_of_tenant tenant join place_of_user person on person.place = 1 + n % 3`,

  `insert into audit_chains (tenant_id, last_sequence, last_hash) select id, 2000, '\\x00' from place_of_tenant`,

  `insert into outbox_events (tenant_id, id, type, subject, payload, request_id, published_at)
   select id, uuidv7(), 'invoice.finalized', 'subject', '{}', 'request', now() - n * interval '1 minute'
   from busy_tenant, generate_series(1, 200) n`,

  `insert into outbox_events (tenant_id, id, type, subject, payload, request_id)
   select id, uuidv7(), 'invoice.finalized', 'subject', '{}', 'request' from busy_tenant, generate_series(1, ${WAITING_OF_A_BUSY_TENANT})`,

  `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, actor_type, actor_name, request_id)
   select id, uuidv7(), now(), 'invoice.sent', 'invoice', 'system', 'Rowhouse', 'request'
   from busy_tenant, generate_series(1, ${WAITING_OF_A_BUSY_TENANT})`,

  `insert into idempotency_keys (tenant_id, endpoint, key, fingerprint, status_code, response, expires_at)
   select id, 'createInvoice', 'key-' || n, '\\x00', 201, '{}', now() + n * interval '1 minute'
   from busy_tenant, generate_series(1, 200) n`,

  `insert into emails (tenant_id, id, kind, subject_id, deduplication_key, recipient, subject, text_body, updated_at)
   select tenant_id, uuidv7(), 'invoice', id, 'invoice:' || id, 'customer@rowhouse.example', 'Invoice', 'Text', now() from invoices`,
];

/**
 * Makes an app's database large: 50 busy tenants with 400 invoices each and 3,950 with one, as tenants are in reality, and
 * thousands of rows wherever the business grows. The price list stays short. Of the tenants the newest before is a busy one.
 */
export async function fillDatabase({ rows }: TestApp): Promise<void> {
  await rows(ROWS.join(';\n'));
  await rows('vacuum (analyze)');
}
