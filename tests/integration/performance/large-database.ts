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
   from place_of_tenant tenant join place_of_plan plan on plan.place = 1 + tenant.place % 40
   on conflict do nothing`,

  `insert into memberships (tenant_id, id, user_id, role, updated_at)
   select tenant.id, uuidv7(), person.id, 'staff', now()
   from place_of_user person join place_of_tenant tenant on tenant.place = 1 + person.place % 4000
   on conflict do nothing`,

  `insert into memberships (tenant_id, id, user_id, role, created_at, updated_at)
   select tenant.id, uuidv7(), person.id, (array['manager', 'staff', 'member'])[1 + person.place % 3],
     now() - person.place * interval '1 hour', now()
   from busy_tenant tenant join place_of_user person on person.place between 200 and 400
   on conflict do nothing`,

  `insert into roles (tenant_id, id, name, permissions, updated_at)
   select id, uuidv7(), 'Desk ' || n, '{members:read}', now() from busy_tenant, generate_series(1, 60) n`,

  `insert into role_assignments (tenant_id, membership_id, role_id)
   select m.tenant_id, m.id, role.id from busy_tenant tenant join memberships m on m.tenant_id = tenant.id
     join roles role on role.tenant_id = tenant.id and role.name in ('Desk 1', 'Desk 2')`,

  `insert into invitations (tenant_id, id, email, role, invited_by, expires_at, created_at, updated_at)
   select tenant.id, uuidv7(), 'guest-' || n || '@visitors.example', 'staff', person.id, now() + interval '1 day',
     now() - n * interval '1 hour', now()
   from busy_tenant tenant, generate_series(1, 200) n join place_of_user person on person.place = 1 + n % 3`,

  `insert into configurations (tenant_id, id, category, key, data_type, value, updated_at)
   select id, uuidv7(), 'category-' || n % 5, 'key-' || n, 'integer', to_jsonb(n), now() from share_of_tenant where n <= 100`,

  `insert into configuration_versions (tenant_id, configuration_id, version, data_type, value, is_required, changed_by_name)
   select tenant_id, id, n, data_type, value, is_required, 'Person' from configurations, generate_series(101, 104) n`,

  `insert into libraries (tenant_id, id, name, code, address_lines, seats, time_zone, status, created_at, updated_at)
   select id, uuidv7(), 'Branch ' || n, 'B' || n, '{}', 40, 'Asia/Kolkata', (array['active', 'active', 'closed'])[1 + n % 3],
     now() - n * interval '1 day', now()
   from busy_tenant, generate_series(1, 60) n`,

  `insert into platform_users (tenant_id, id, kind, name, email, status, library_id, created_at, updated_at)
   select tenant.id, uuidv7(), (array['student', 'student', 'parent', 'student', 'owner', 'staff', 'parent'])[1 + n % 7],
     'Patron ' || n, 'patron-' || n || '@patrons.example', (array['active', 'active', 'inactive'])[1 + n % 3], library.id,
     now() - n * interval '1 hour', now()
   from share_of_tenant tenant left join libraries library on library.tenant_id = tenant.id and library.name = 'Branch ' || n % 30`,

  `insert into guardianships (tenant_id, parent_id, student_id)
   select parent.tenant_id, parent.id, student.id from busy_tenant tenant
     join platform_users parent on parent.tenant_id = tenant.id and parent.kind = 'parent'
     join platform_users student on student.tenant_id = tenant.id and student.kind = 'student' and student.name like 'Patron 1%'`,

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

  `insert into subscriptions (tenant_id, id, plan_id, status, billing_cycle, currency, unit_price, current_period_start,
     current_period_end, ended_at, created_at, updated_at)
   select tenant.id, uuidv7(), live.plan_id, 'canceled', 'monthly', 'INR', 10, made, made + interval '1 month',
     made + interval '1 day', made, made
   from share_of_tenant tenant join subscriptions live on live.tenant_id = tenant.id and live.ended_at is null,
     lateral (select now() - n * interval '1 day' - tenant.place * interval '1 second' as made) life`,

  `update subscriptions set current_period_start = now() - interval '1 month', current_period_end = now() - tenant.place * interval '1 second'
   from place_of_tenant tenant where tenant.id = tenant_id and ended_at is null and tenant.place % 8 = 0`,

  `insert into subscription_changes (tenant_id, id, subscription_id, kind, effective_at, changed_by_name, created_at)
   select tenant_id, uuidv7(), id, 'renewed', created_at, 'Rowhouse', created_at + n * interval '1 minute'
   from subscriptions, generate_series(1, 2) n`,

  `insert into usage_events (tenant_id, source, event_id, subscription_id, metric, quantity, occurred_at)
   select tenant_id, 'large', id || '-' || n, id, 'messages', 1, created_at + n * interval '1 minute'
   from subscriptions, generate_series(1, 2) n`,

  `insert into mrr_movements (tenant_id, id, subscription_id, kind, currency, amount, mrr, plan_id, occurred_at)
   select tenant_id, uuidv7(), id, 'new', currency, 10, 10, plan_id, created_at from subscriptions`,

  `insert into tax_rates (id, name, kind, country, region, percentage, active, created_at, updated_at)
   select uuidv7(), 'Sales tax ' || n, 'sales_tax', 'US', 'US-' || n, 8, n % 3 <> 0, now() - n * interval '1 hour', now()
   from generate_series(1, 150) n`,

  `insert into coupons (id, code, name, discount_type, discount_value, duration, redemptions, archived_at, created_at)
   select uuidv7(), 'LARGE-' || n, 'Coupon ' || n, 'percentage', 10, 'once', 1, case when n % 3 = 0 then now() end,
     now() - n * interval '1 hour'
   from generate_series(1, 150) n`,

  `insert into payments (tenant_id, id, purpose, gateway, gateway_payment_id, method, status, currency, amount, net_amount,
     captured_at, failure_class, description, created_at, updated_at)
   select tenant.id, uuidv7(), 'collection', 'sandbox', 'large-' || tenant.place || '-' || n, (array['card', 'upi', 'card'])[1 + n % 3],
     status, 'INR', 100, 100, case when status = 'succeeded' then made end, case when status = 'failed' then 'soft' end,
     'Payment ' || n, made, made
   from share_of_tenant tenant,
     lateral (select (array['succeeded', 'failed', 'succeeded', 'canceled', 'succeeded'])[1 + n % 5] as status,
       now() - n * interval '7 hours' - tenant.place * interval '1 second' as made) life`,

  `insert into refunds (tenant_id, id, payment_id, currency, amount, status, created_at, updated_at)
   select tenant_id, uuidv7(), id, 'INR', 1, (array['succeeded', 'failed'])[n], created_at, created_at
   from payments, generate_series(1, 2) n where status = 'succeeded'`,

  `insert into ledger_transactions (tenant_id, id, cause, subject_type, subject_id, booked_at)
   select id, uuidv7(), 'large:' || n, 'invoice', uuidv7(), now() - n * interval '1 hour' from share_of_tenant`,

  `insert into ledger_entries (tenant_id, transaction_id, position, account, currency, amount, booked_at)
   select tenant_id, id, position, (array['receivable', 'revenue'])[position], 'INR', 3 - 2 * position, booked_at
   from ledger_transactions, generate_series(1, 2) position where cause like 'large:%'`,

  `insert into payment_methods (tenant_id, id, gateway, gateway_method_id, kind, created_at, updated_at)
   select id, uuidv7(), 'sandbox', 'large-' || n, 'card', now() - n * interval '1 hour', now() from share_of_tenant`,

  `insert into gateway_events (id, gateway, gateway_event_id, type, body, headers, received_at, processed_at, outcome)
   select uuidv7(), 'sandbox', 'large-' || n, 'payment.succeeded', '{}', '{}', now() - n * interval '1 minute',
     case when n % 50 > 0 then now() end, case when n % 50 > 0 then 'applied' end from generate_series(1, 5000) n`,

  `insert into credit_wallets (tenant_id, id, updated_at) select id, uuidv7(), now() from place_of_tenant on conflict do nothing`,

  `insert into credit_operations (tenant_id, id, wallet_id, sequence, channel, kind, credits, credits_after, reference, created_at)
   select tenant.id, uuidv7(), wallet.id, 1000000 - n, (array['sms', 'sms', 'whatsapp', 'email'])[1 + n % 4],
     (array['deduct', 'deduct', 'deduct', 'deduct', 'grant'])[1 + n % 5], 1, 0, 'campaign-' || n % 40,
     now() - n * interval '1 hour' - tenant.place * interval '1 second'
   from share_of_tenant tenant join credit_wallets wallet on wallet.tenant_id = tenant.id`,

  `insert into credit_grants (tenant_id, id, wallet_id, operation_id, channel, credits, used, spent, source, created_at)
   select tenant_id, uuidv7(), wallet_id, id, channel, 1, sequence % 2, sequence % 2 = 1, 'top_up', created_at
   from credit_operations where kind = 'grant' and reference is not null`,

  `insert into credit_entries (tenant_id, operation_id, position, wallet_id, grant_id, channel, account, credits, effective_at)
   select tenant_id, operation_id, 100 + side, wallet_id, id, channel, (array['available', 'issued'])[side], 3 - 2 * side, created_at
   from credit_grants, generate_series(1, 2) side`,

  `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, resource_id, actor_type, actor_id, actor_name,
     request_id, sequence, hash)
   select tenant.id, uuidv7(), now() - n * interval '1 hour' - tenant.place * interval '1 second',
     (array['invoice.created', 'invoice.sent', 'tenant.updated', 'session.created'])[1 + n % 4],
     (array['invoice', 'invoice', 'tenant', 'session'])[1 + n % 4], 'resource-' || n % 50, 'user', person.id, 'Person',
     'request', 1000 + n, '\\x00'
   from share_of_tenant tenant join place_of_user person on person.place = 1 + n % 3`,

  `insert into security_events (tenant_id, id, type, user_id, occurred_at)
   select tenant.id, uuidv7(), (array['password.changed', 'sign_in.new_device', 'policy.changed'])[1 + n % 3], person.id,
     now() - n * interval '1 hour' - tenant.place * interval '1 second'
   from share_of_tenant tenant join place_of_user person on person.place = 1 + n % 3`,

  `insert into login_attempts (tenant_id, id, user_id, email, method, outcome, occurred_at)
   select tenant.id, uuidv7(), person.id, 'person@rowhouse.example', 'password', (array['succeeded', 'succeeded', 'failed'])[1 + n % 3],
     now() - n * interval '1 hour' - tenant.place * interval '1 second'
   from share_of_tenant tenant join place_of_user person on person.place = 1 + n % 3`,

  `insert into throttles (id, key, kind, user_id, count, blocked_until)
   select uuidv7(), 'filled:' || place, 'sign_in_account', id, 6,
     now() + case when place % 4 = 0 then 1 else -1 end * place * interval '1 minute'
   from place_of_user`,

  `insert into totp_authenticators (user_id, sealed_secret, confirmed_at)
   select id, '\\x00', now() from place_of_user where place % 3 = 0 on conflict do nothing`,

  `insert into api_keys (tenant_id, id, name, public_id, secret_hash, last_four, scopes, expires_at, created_by, revoked_at,
     created_at, updated_at)
   select tenant.id, uuidv7(), 'Machine ' || n, tenant.place || '-' || n, '\\x00', 'abcd', '{tenants:read}',
     now() + interval '1 day', person.id, case when n % 5 > 0 then now() end, now() - n * interval '1 hour', now()
   from share_of_tenant tenant join place_of_user person on person.place = 1 + n % 3`,

  `insert into ip_rules (tenant_id, id, action, cidr, created_at)
   select tenant.id, uuidv7(), (array['allow', 'deny', 'deny'])[1 + n % 3], '10.' || n / 256 || '.' || n % 256 || '.0/24',
     now() - n * interval '1 hour'
   from share_of_tenant tenant`,

  `insert into ip_rules (tenant_id, id, action, cidr, created_at)
   select '00000000-0000-0000-0000-000000000000', uuidv7(), 'deny', '10.' || n / 256 || '.' || n % 256 || '.0/24',
     now() - n * interval '1 hour'
   from generate_series(1, 400) n`,

  `insert into audit_chains (tenant_id, last_sequence, last_hash) select id, 2000, '\\x00' from place_of_tenant`,

  `insert into outbox_events (tenant_id, id, type, subject, payload, request_id, published_at)
   select id, uuidv7(), 'invoice.finalized', 'subject', '{}', 'request', now() - n * interval '1 minute'
   from busy_tenant, generate_series(1, 200) n`,

  `insert into outbox_events (tenant_id, id, type, subject, payload, request_id)
   select id, uuidv7(), 'invoice.finalized', 'subject', '{}', 'request' from busy_tenant, generate_series(1, ${WAITING_OF_A_BUSY_TENANT})`,

  `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, actor_type, actor_name, request_id)
   select id, uuidv7(), now(), 'invoice.sent', 'invoice', 'system', 'Rowhouse', 'request'
   from busy_tenant, generate_series(1, ${WAITING_OF_A_BUSY_TENANT})`,

  `insert into data_exports (tenant_id, id, kind, format, status, storage_key, size, sha256, created_at, expires_at, updated_at)
   select id, uuidv7(), (array['platform_users', 'platform_users', 'tenant'])[1 + n % 3], 'csv',
     case when n < 8 then 'succeeded' when n % 9 = 0 then 'failed' else 'expired' end,
     case when n < 8 then 'somewhere-' || n end, 100, '\\x00', now() - n * interval '1 day', now() + (7 - n) * interval '1 day', now()
   from busy_tenant, generate_series(1, 90) n`,

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
