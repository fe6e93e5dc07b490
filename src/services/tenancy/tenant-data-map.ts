import type { TablePurge, TenantTable } from '../../types/tenancy/tenant-data.ts';

type Reasons = Readonly<Record<string, string>>;

interface TableOptions {
  /** The primary key after the tenant's column; `id` alone where it is not said. */
  readonly key?: readonly string[];
  /** Columns that no archive has. */
  readonly omitted?: Reasons;
  /** Columns that sound secret and are none. */
  readonly harmless?: Reasons;
  /** Why no archive has any of it. */
  readonly notExported?: string;
}

const table = (name: string, purge: TablePurge, options: TableOptions): TenantTable => {
  const { key = ['id'], omitted = {}, harmless = {}, notExported } = options;
  return {
    name,
    key,
    purge,
    export:
      notExported === undefined ? { included: true, omitted, harmless } : { included: false, reason: notExported },
  };
};

/** A table whose rows go with their tenant. */
const deleted = (name: string, options: TableOptions = {}): TenantTable => table(name, { kind: 'delete' }, options);

/** A table whose rows outlive their tenant, for a reason. */
const kept = (name: string, reason: string, options: TableOptions = {}): TenantTable =>
  table(name, { kind: 'keep', reason }, options);

/** A table of whose rows some go with their tenant, and the others stay for a reason. */
const partlyDeleted = (name: string, where: string, reason: string, options: TableOptions = {}): TenantTable =>
  table(name, { kind: 'delete_some', where, reason }, options);

const BOOKS = "The operator's books: kept for as long as tax and commercial law ask";
const CREDIT_BOOKS = 'Credits are prepaid money: the books of what was bought and used';
const WORKS_ELSEWHERE = "works in the operator's account with the payment gateway, and nowhere else";

/** What is kept may refer to a draft: such a one stays with it. */
const REFERRING_TO_INVOICES = [
  'credit_notes',
  'credit_purchases',
  'dunning_cases',
  'payments',
  'pending_invoice_items',
  'subscription_changes',
];

const UNREFERENCED_DRAFTS = [
  "invoices.status = 'draft'",
  ...REFERRING_TO_INVOICES.map(
    (name) => `not exists (select from ${name} r where r.tenant_id = $1 and r.invoice_id = invoices.id)`,
  ),
].join(' and ');

const ITEMS_OF_DRAFTS = `
  not exists (select from credit_note_items r where r.tenant_id = $1 and r.invoice_item_id = invoice_items.id)
  and exists (
    select from invoices where invoices.tenant_id = $1 and invoices.id = invoice_items.invoice_id and ${UNREFERENCED_DRAFTS})`;

/**
 * Every table with rows of tenants, in the order in which a purge empties them: what refers comes before what it refers to. A
 * new table is one line here; tests/integration/tenancy/tenant-data-map.test.ts compares the list with the database.
 */
export const tenantDataMap: readonly TenantTable[] = [
  deleted('guardianships', { key: ['parent_id', 'student_id'] }),
  deleted('platform_user_import_rows', { key: ['import_id', 'row_number'] }),
  deleted('platform_user_import_errors', { key: ['import_id', 'position'] }),
  deleted('platform_user_imports', { omitted: { storage_key: 'names a place in the storage of the installation' } }),
  deleted('platform_users'),
  deleted('libraries'),
  deleted('files', { omitted: { storage_key: 'names a place in the storage; the file itself is in the archive' } }),
  deleted('configuration_versions', { key: ['configuration_id', 'version'] }),
  deleted('configurations'),
  deleted('onboarding_steps', { key: ['step'] }),
  deleted('tenant_settings', { key: [] }),
  deleted('tenant_brandings', {
    key: [],
    omitted: { logo_storage_key: 'names a place in the storage; the logo itself is in the archive' },
    harmless: { tokens: 'colours and fonts' },
  }),
  deleted('data_exports', { notExported: 'Exports themselves: their files are gone after a few days' }),

  deleted('role_assignments', { key: ['membership_id', 'role_id'] }),
  deleted('roles'),
  deleted('invitations'),
  deleted('api_keys', {
    omitted: {
      secret_hash: 'a secret is checked by it',
      previous_secret_hash: 'a secret is checked by it',
      public_id: 'is half of a key that works',
    },
  }),
  deleted('impersonations', { omitted: { session_id: "names an operator's session" } }),
  deleted('security_policies', { key: [], harmless: { password_min_length: 'a number of characters' } }),
  deleted('ip_rules'),
  deleted('security_events'),
  deleted('login_attempts'),
  deleted('memberships'),

  deleted('emails', { omitted: { sealed_secret: 'is the secret of a link' } }),
  deleted('idempotency_keys', {
    key: ['endpoint', 'key'],
    notExported: 'Answers of the last day, kept for repeated requests: secrets that are shown once may be among them',
  }),
  partlyDeleted(
    'outbox_events',
    'published_at is not null',
    'Events that are still to be handed over: they go a week after they were',
    { notExported: 'Ids on their way to jobs: the rows that they are about are in the archive' },
  ),

  deleted('credit_alerts', { key: ['channel'] }),
  deleted('credit_custom_plans'),
  deleted('settlement_settings', { key: [] }),
  deleted('fee_schedules', { key: ['method', 'currency'] }),

  kept('dunning_actions', BOOKS, { key: ['invoice_id', 'step'] }),
  kept('dunning_cases', BOOKS, { key: ['invoice_id'] }),
  kept('refunds', BOOKS),
  kept('disputes', BOOKS),
  kept('checkout_sessions', BOOKS, {
    omitted: { url: 'whoever has it is on the payment page', gateway_session_id: WORKS_ELSEWHERE },
  }),
  kept('payment_attempts', BOOKS, { key: ['payment_id', 'position'] }),
  kept('credit_purchases', CREDIT_BOOKS),
  kept('payments', BOOKS),
  kept('settlements', BOOKS),
  kept('payment_methods', 'Payments refer to them; they have no more than a brand and the last digits', {
    omitted: { gateway_customer_id: WORKS_ELSEWHERE, gateway_method_id: WORKS_ELSEWHERE },
  }),
  kept('ledger_entries', BOOKS, { key: ['transaction_id', 'position'] }),
  kept('ledger_transactions', BOOKS),
  kept('credit_entries', CREDIT_BOOKS, { key: ['operation_id', 'position'] }),
  kept('credit_grants', CREDIT_BOOKS),
  kept('credit_operations', CREDIT_BOOKS),
  kept('credit_wallets', CREDIT_BOOKS),
  kept('credit_note_items', BOOKS, { key: ['credit_note_id', 'position'] }),
  kept('credit_notes', BOOKS),
  kept('pending_invoice_items', BOOKS),
  kept('coupon_redemptions', BOOKS),
  kept('usage_events', BOOKS, { key: ['source', 'event_id'] }),
  kept('mrr_movements', BOOKS),
  kept('subscription_changes', BOOKS),
  partlyDeleted('invoice_items', ITEMS_OF_DRAFTS, BOOKS),
  partlyDeleted('invoices', UNREFERENCED_DRAFTS, BOOKS),
  kept('invoice_sequences', 'Numbers that were given are never given again', { key: ['series', 'financial_year'] }),
  kept('subscriptions', 'Invoices refer to them'),

  kept('audit_entries', 'The audit log is a chain of hashes: without its entries it proves nothing', {
    harmless: { hash: 'seals the entry, and opens nothing' },
  }),
  kept('audit_chains', 'As above: where the chain ends', {
    key: [],
    harmless: { last_hash: 'seals the last entry, and opens nothing' },
  }),
  kept('tenant_purges', 'The record of the purge', { key: [], notExported: 'Is there when the tenant is gone' }),
];

/** Folders of a tenant's storage whose objects outlive it, each with its reason. */
export const keptFolders: Readonly<Record<string, string>> = { invoices: BOOKS, 'credit-notes': BOOKS };

/** Folders of a tenant's storage that no archive of its data has, each with its reason. */
export const unexportedFolders: Readonly<Record<string, string>> = {
  exports: 'Exports themselves',
  imports: 'Files that wait to be read: their people are in the archive once they are',
  files: 'Are in the archive by their own names',
};

/** The reasons why rows and objects stay, by table and `storage:<folder>`. */
export const keptReasons = (): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    tenantDataMap.flatMap(({ name, purge }) => (purge.kind === 'delete' ? [] : [[name, purge.reason]])),
  ),
  ...Object.fromEntries(Object.entries(keptFolders).map(([folder, reason]) => [`storage:${folder}`, reason])),
});
