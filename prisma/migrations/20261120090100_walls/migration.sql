-- The wall between every two tenants. Roles are made before the first migration (docs/adr/0003-tenancy.md).

create extension if not exists pg_trgm;

-- After a connection's first transaction an unset setting reads '' and not null.
create function app_tenant_id() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('app.tenant_id', true), '')::uuid;

create function forbid_tenant_change() returns trigger language plpgsql as $$
begin
  if new.tenant_id is distinct from old.tenant_id then
    raise exception 'a row of % never changes its tenant', tg_table_name using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;

-- Puts a table behind the wall: call it in the migration that creates the table, then grant what the roles may do.
create procedure protect_tenant_table(target regclass) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy tenant_wall on %s for all to rowhouse_tenant using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()))',
    target);
  execute format('create policy platform_access on %s for all to rowhouse_platform using (true) with check (true)', target);
  execute format('create trigger tenant_is_immutable before update of tenant_id on %s for each row execute function forbid_tenant_change()', target);
end $$;

-- Tables of tenants.
call protect_tenant_table('memberships');
call protect_tenant_table('subscriptions');
call protect_tenant_table('invoices');
call protect_tenant_table('invoice_items');
call protect_tenant_table('invoice_sequences');
call protect_tenant_table('credit_wallets');
call protect_tenant_table('emails');
grant select, insert, update, delete on
  memberships, subscriptions, invoices, invoice_items, invoice_sequences, credit_wallets, emails
  to rowhouse_tenant, rowhouse_platform;

-- The tenant itself: the wall is its own id.
alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenant_wall on tenants for all to rowhouse_tenant
  using (id = (select app_tenant_id())) with check (id = (select app_tenant_id()));
create policy platform_access on tenants for all to rowhouse_platform using (true) with check (true);
grant select, update on tenants to rowhouse_tenant;
grant select, insert, update, delete on tenants to rowhouse_platform;

-- What every tenant and the platform share.
call protect_tenant_table('outbox_events');
call protect_tenant_table('idempotency_keys');
call protect_tenant_table('audit_entries');
call protect_tenant_table('audit_chains');
grant select, insert on outbox_events to rowhouse_tenant;
grant select, insert, update, delete on outbox_events to rowhouse_platform;
grant usage on sequence outbox_events_sequence_seq to rowhouse_tenant, rowhouse_platform;
grant select, insert, update on idempotency_keys to rowhouse_tenant;
grant select, insert, update, delete on idempotency_keys to rowhouse_platform;

-- The audit log is append-only: sealing is the one change an entry sees, once.
grant select, insert on audit_entries to rowhouse_tenant;
grant select, insert, update (sequence, hash) on audit_entries to rowhouse_platform;
grant select on audit_chains to rowhouse_tenant;
grant select, insert, update on audit_chains to rowhouse_platform;

create function keep_audit_entry() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.hash is null and new.hash is not null and new.sequence is not null
     and to_jsonb(new) - 'sequence' - 'hash' = to_jsonb(old) - 'sequence' - 'hash' then
    return new;
  end if;
  raise exception 'the audit log is append-only' using errcode = 'integrity_constraint_violation';
end $$;

create trigger audit_entries_are_kept before update or delete on audit_entries for each row execute function keep_audit_entry();
create trigger audit_entries_are_not_emptied before truncate on audit_entries for each statement execute function keep_audit_entry();

-- Tables without a tenant: tenants read the price list, and nothing of other people.
grant select on plans to rowhouse_tenant;
grant select, insert, update, delete on plans, users, sessions, refresh_tokens to rowhouse_platform;

-- Work that waits, found without reading what is done.
create index outbox_events_unpublished on outbox_events (sequence) where published_at is null;
create index audit_entries_unsealed on audit_entries (occurred_at, id) where sequence is null;

-- An operator's search over all tenants. (For a tenant LIKE is not leakproof: there the tenant's own rows are filtered.)
create index invoices_search on invoices
  using gin (lower(coalesce(number, '') || ' ' || customer_name || ' ' || customer_email) gin_trgm_ops);
create index tenants_search on tenants using gin (lower(name || ' ' || slug || ' ' || email) gin_trgm_ops);

-- Rules that no code path may break.
alter table users add constraint users_email_is_lower_case check (email = lower(email));
alter table tenants add constraint tenants_slug_form check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$');
alter table plans
  add constraint plans_prices_are_not_negative check (monthly_price >= 0 and annual_price >= 0),
  add constraint plans_trial_days_range check (trial_days between 0 and 365);
alter table subscriptions add constraint subscriptions_quantity_is_positive check (quantity > 0);
alter table invoices
  add constraint invoices_amounts_add_up check (total = subtotal - discount_total + tax_total and total >= 0 and discount_total between 0 and subtotal),
  add constraint invoices_paid_within_total check (amount_paid between 0 and total),
  add constraint invoices_discount_is_whole check ((discount_type is null) = (discount_value is null)),
  add constraint invoices_number_from_finalization check ((status = 'draft') = (number is null));
alter table invoice_items
  add constraint invoice_items_quantity_is_positive check (quantity > 0),
  add constraint invoice_items_amounts_add_up check (total = amount - discount_amount + tax_amount);
alter table invoice_sequences add constraint invoice_sequences_start_at_one check (last_number >= 1);
alter table credit_wallets
  add constraint credit_wallets_are_never_overdrawn check (sms_credits >= 0 and whatsapp_credits >= 0 and email_credits >= 0);
