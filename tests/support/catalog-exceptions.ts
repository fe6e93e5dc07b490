/**
 * What the rules of catalog-rules.ts are not applied to, each with its reason. An entry that no longer names anything breaks
 * the rules as well: this list can't outlive what it excuses.
 */

/** Tables without tenant_id. */
export const globalTables: Readonly<Record<string, string>> = {
  tenants: 'the tenant itself: its wall is its own id',
  plans: "the platform's price list, which every tenant reads",
  tax_rates: "the operator's taxes, which every tenant reads",
  coupons: "the operator's discounts, which whoever has the code reads",
  dunning_campaigns: "the operator's way with unpaid invoices",
  credit_packages: "the operator's price list, which every tenant reads",
  credit_prices: "the operator's price list, which every tenant reads",
  gateway_events: 'whose they are stands in their bodies; only the platform role reads them',
  users: 'a person can belong to several tenants; only the platform role reads people',
  sessions: 'belong to a user; only the platform role reads them',
  refresh_tokens: 'belong to a session; only the platform role reads them',
  totp_authenticators: 'belong to a user; only the platform role reads them',
  recovery_codes: 'belong to a user; only the platform role reads them',
  sign_in_challenges: 'belong to a user; only the platform role reads them',
  one_time_tokens: 'are found by their own id before anybody is known; only the platform role reads them',
  organizations: 'have storage of their own; only the platform role reads their names',
  organization_admins: 'belong to an organization; only the platform role reads them',
  throttles: 'protect accounts and addresses of no tenant; only the platform role reads them',
  _prisma_migrations: "Prisma's own record of the migrations",
};

/** Indexes of tenant tables that do not begin with the tenant. */
export const unledIndexes: Readonly<Record<string, string>> = {
  api_keys_created_by_idx: 'the foreign key to users',
  api_keys_public_id_idx: 'a key is looked up before its tenant is known',
  impersonations_impersonator_id_idx: 'the foreign key to users',
  impersonations_session_id_idx: 'the impersonation behind a session, and the foreign key to it',
  impersonations_user_id_idx: 'the foreign key to users',
  invitations_id_idx: 'an invitation is looked up by its mailed token, before its tenant is known',
  invitations_invited_by_idx: 'the foreign key to users',
  login_attempts_occurred_at_id_idx: "operators' list over all tenants, newest first",
  security_events_occurred_at_id_idx: "operators' list over all tenants, newest first",
  audit_entries_actor: 'what an operator did, in whichever tenant',
  audit_entries_impersonator: 'what an operator did in the place of others, in whichever tenant',
  audit_entries_occurred_at_id_idx: "operators' list over all tenants, newest first",
  audit_entries_unsealed: 'work queue: entries that wait for their place in the chain',
  idempotency_keys_expires_at_idx: 'work queue: keys to delete',
  data_exports_expires_at_idx: 'work queue: exports to delete',
  data_exports_unfinished: 'work queue: exports that nobody works at any more',
  platform_user_imports_unfinished: 'work queue: imports that nobody works at any more',
  files_abandoned: 'work queue: uploads that were never completed',
  invoices_created_at_id_idx: "operators' list over all tenants, newest first",
  invoices_due_at_id_idx: "operators' list over all tenants, by due date",
  invoices_id_tenant_id_idx: "operators' read of one invoice",
  invoices_number_id_idx: "operators' list over all tenants, by number",
  invoices_search: "operators' search over all tenants",
  invoices_total_id_idx: "operators' list over all tenants, by amount",
  memberships_user_id_idx: "a user's tenants at sign-in, and the foreign key to users",
  platform_users_search: "operators' search over all tenants",
  outbox_events_published_at_idx: 'work queue: events to delete',
  outbox_events_unpublished: 'work queue: events to hand over',
  coupon_redemptions_coupon_id_idx: 'the foreign key to coupons',
  credit_custom_plans_created_at_id_idx: "operators' list over all tenants, newest first",
  credit_operations_created_at_id_idx: "operators' list over all tenants, newest first",
  credit_operations_reference_created_at_id_idx: "operators' search over all tenants",
  credit_purchases_package_id_idx: 'the foreign key to packages',
  credit_wallets_created_at_id_idx: "operators' list over all tenants, newest first",
  credit_wallets_id_tenant_id_idx: "operators' read of one wallet",
  credit_purchases_pending: 'work queue: purchases that are paid for or given up',
  dunning_cases_campaign_id_idx: 'the foreign key to campaigns',
  dunning_cases_due: 'work queue: steps to take',
  dunning_cases_status_started_at_invoice_id_idx: "operators' list over all tenants",
  invoices_coupon_id_idx: 'the foreign key to coupons',
  invoices_overdue: 'work queue: invoices that are due',
  invoices_to_finalize: 'work queue: drafts to finalize',
  ledger_entries_account_currency_booked_at_idx: "the operator's trial balance",
  ledger_transactions_subject_id_idx: "what was booked of one row, whichever tenant's",
  ledger_transactions_booked_at_id_idx: "operators' list over all tenants, newest first",
  mrr_movements_currency_occurred_at_idx: "the operator's revenue over all tenants",
  payments_created_at_id_idx: "operators' list over all tenants, newest first",
  payments_gateway_gateway_payment_id_idx: 'a gateway names a payment by its own id, not by its tenant',
  payments_status_created_at_id_idx: "operators' list over all tenants, by status",
  payments_id_tenant_id_idx: "operators' read of one payment",
  payments_search: "operators' search over all tenants",
  payments_unresolved: 'work queue: payments whose end is not known',
  refunds_created_at_id_idx: "operators' list over all tenants, newest first",
  refunds_unresolved: 'work queue: refunds whose end is not known',
  settlements_created_at_id_idx: "operators' list over all tenants, newest first",
  settlements_status_created_at_id_idx: "operators' list over all tenants, by status",
  settlements_utr: "a bank's reference belongs to one payout, whichever tenant's",
  subscriptions_created_at_id_idx: "operators' list over all tenants, newest first",
  subscriptions_pending_plan_id_idx: 'the foreign key to plans',
  subscriptions_to_renew: 'work queue: subscriptions whose period ends',
  subscriptions_to_resume: 'work queue: pauses that end',
  subscriptions_plan_id_idx: 'the foreign key to plans',
};

/** Uniques over all tenants. */
export const sharedUniques: Readonly<Record<string, string>> = {
  settlements_utr: 'only operators write it, who see every tenant',
};

/** Columns of tenant tables that name a row of something else and have no foreign key: `table.column`. */
export const looseReferences: Readonly<Record<string, string>> = {
  'audit_entries.actor_id': 'the log outlives those it names',
  'audit_entries.impersonator_id': 'the log outlives those it names',
  'audit_entries.session_id': 'the log outlives what it names',
  'login_attempts.user_id': 'the log outlives those it names',
  'configuration_versions.changed_by': 'the history outlives those it names',
  'onboarding_steps.completed_by': 'the checklist outlives those it names',
  'files.created_by': 'a file outlives whoever brought it',
  'platform_users.user_id': 'the login of the same person, which may go',
  'platform_users.import_id': 'names the import that brought them, which is deleted before them',
  'platform_user_imports.created_by': 'an import outlives whoever brought it',
  'platform_user_import_rows.library_id': 'is checked when the row becomes one of the people',
  'data_exports.created_by': 'an export outlives whoever asked for it',
  'security_events.actor_id': 'the log outlives those it names',
  'security_events.user_id': 'the log outlives those it names',
  'api_keys.public_id': 'is the part of the key that finds it',
  'subscription_changes.changed_by': 'the history outlives those it names',
  'usage_events.event_id': "is the sender's",
  'mrr_movements.plan_id': 'the plan at that moment, for reports',
  'ledger_transactions.subject_id': 'names rows of several tables, as its subject type says',
  'payment_methods.gateway_customer_id': "is the gateway's",
  'payment_methods.gateway_method_id': "is the gateway's",
  'payments.gateway_payment_id': "is the gateway's",
  'checkout_sessions.gateway_session_id': "is the gateway's",
  'refunds.gateway_refund_id': "is the gateway's",
  'refunds.created_by': 'the record outlives those it names',
  'disputes.gateway_dispute_id': "is the gateway's",
  'settlements.created_by': 'the record outlives those it names',
  'settlements.approved_by': 'the record outlives those it names',
  'credit_operations.created_by': 'the record outlives those it names',
  'credit_operations.counterparty_id': "the tenant on the other side, whom this one's wall hides",
  'credit_entries.wallet_id': 'is that of its operation',
  'emails.subject_id': 'names rows of several tables, as its kind says',
};

const READ = ['SELECT'];
const APPEND = ['SELECT', 'INSERT'];
const KEEP = ['SELECT', 'INSERT', 'UPDATE'];
const ALL = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** What each role may do; tables that are not named here are tables of tenants, where both roles may do everything. */
export const reviewedGrants: Readonly<
  Record<string, { readonly tenant: readonly string[]; readonly platform: readonly string[] }>
> = {
  tenants: { tenant: ['SELECT', 'UPDATE'], platform: ALL },
  plans: { tenant: READ, platform: ALL },
  users: { tenant: [], platform: ALL },
  sessions: { tenant: [], platform: ALL },
  refresh_tokens: { tenant: [], platform: ALL },
  totp_authenticators: { tenant: [], platform: ALL },
  recovery_codes: { tenant: [], platform: ALL },
  sign_in_challenges: { tenant: [], platform: ALL },
  one_time_tokens: { tenant: [], platform: ALL },
  throttles: { tenant: [], platform: ALL },
  organizations: { tenant: [], platform: ALL },
  organization_admins: { tenant: [], platform: ALL },
  tenant_purges: { tenant: READ, platform: KEEP },
  impersonations: { tenant: READ, platform: ['SELECT', 'INSERT', 'DELETE'] },
  login_attempts: { tenant: READ, platform: ['SELECT', 'INSERT', 'DELETE'] },
  security_events: { tenant: APPEND, platform: ['SELECT', 'INSERT', 'DELETE'] },
  _prisma_migrations: { tenant: [], platform: [] },
  outbox_events: { tenant: APPEND, platform: ALL },
  idempotency_keys: { tenant: KEEP, platform: ALL },
  audit_entries: { tenant: APPEND, platform: ['SELECT', 'INSERT', 'UPDATE (hash, sequence)'] },
  configuration_versions: { tenant: APPEND, platform: ['SELECT', 'INSERT', 'DELETE'] },
  audit_chains: { tenant: READ, platform: KEEP },
  tax_rates: { tenant: READ, platform: ALL },
  coupons: { tenant: ['SELECT', 'UPDATE (redemptions)'], platform: ALL },
  dunning_campaigns: { tenant: READ, platform: ALL },
  credit_packages: { tenant: READ, platform: ALL },
  credit_prices: { tenant: READ, platform: ALL },
  gateway_events: { tenant: [], platform: ALL },
  subscription_changes: { tenant: APPEND, platform: APPEND },
  usage_events: { tenant: APPEND, platform: APPEND },
  mrr_movements: { tenant: APPEND, platform: APPEND },
  credit_note_items: { tenant: APPEND, platform: APPEND },
  ledger_transactions: { tenant: APPEND, platform: APPEND },
  ledger_entries: { tenant: APPEND, platform: APPEND },
  payment_attempts: { tenant: APPEND, platform: APPEND },
  dunning_actions: { tenant: APPEND, platform: APPEND },
  credit_operations: { tenant: APPEND, platform: APPEND },
  credit_entries: { tenant: APPEND, platform: APPEND },
  coupon_redemptions: { tenant: KEEP, platform: KEEP },
  pending_invoice_items: { tenant: KEEP, platform: KEEP },
  credit_notes: { tenant: KEEP, platform: KEEP },
  payment_methods: { tenant: KEEP, platform: KEEP },
  payments: { tenant: KEEP, platform: KEEP },
  checkout_sessions: { tenant: KEEP, platform: KEEP },
  refunds: { tenant: KEEP, platform: KEEP },
  disputes: { tenant: KEEP, platform: KEEP },
  settlements: { tenant: KEEP, platform: KEEP },
  dunning_cases: { tenant: KEEP, platform: KEEP },
  credit_grants: { tenant: KEEP, platform: KEEP },
  credit_purchases: { tenant: KEEP, platform: KEEP },
};

/** What a role may do to the whole server: `role has POWER`. */
export const reviewedPowers: Readonly<Record<string, string>> = {
  'rowhouse_owner has CREATEROLE':
    'it makes a role for each organization; since PostgreSQL 16 that is power over the roles it made and over no others',
};

export const everyGrant: readonly string[] = ALL;

/** Functions that run with their owner's rights. */
export const definerFunctions: Readonly<Record<string, string>> = {
  create_organization_storage: 'the roles of the API may not make schemas; it makes the one whose name is the id given',
  drop_organization_storage: 'as above, and refuses while the organization exists',
};
