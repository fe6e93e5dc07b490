import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { moneyRows } from './isolation-money-rows.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The rows of one tenant, by table; tables without a tenant are there too, as far as others reference them. */
export type TenantRows = Readonly<Record<string, Row>>;

type RowOf = (table: string) => Row;

const NOW = new Date('2026-11-20T09:00:00.000Z');
const HASH = Buffer.alloc(32, 7);

const text = () => `t-${randomUUID()}`;

/**
 * A valid row of each table with a tenant, in the order in which they can be inserted; `of` gives the rows made before. Whoever
 * adds a table adds its row here: until then the isolation tests fail.
 */
export const rowFactories: Readonly<Record<string, (of: RowOf) => Row>> = {
  plans: () => ({
    id: randomUUID(),
    code: text(),
    name: 'Plan',
    currency: 'INR',
    monthly_price: '10',
    annual_price: '100',
    features: [],
    updated_at: NOW,
  }),
  users: () => ({
    id: randomUUID(),
    email: `${text()}@tenant.example`,
    name: 'Member',
    type: 'PLATFORM_USER',
    updated_at: NOW,
  }),
  tenants: () => ({
    id: randomUUID(),
    name: 'Tenant',
    slug: text(),
    email: 'owner@tenant.example',
    address_lines: [],
    country: 'IN',
    currency: 'INR',
    time_zone: 'Asia/Kolkata',
    updated_at: NOW,
  }),
  memberships: (of) => ({ ...keyOf(of), user_id: of('users').id, role: 'staff', updated_at: NOW }),
  sessions: (of) => ({ id: randomUUID(), user_id: of('users').id, last_used_at: NOW, expires_at: NOW }),
  roles: (of) => ({ ...keyOf(of), name: text(), permissions: ['invoices:read'], updated_at: NOW }),
  role_assignments: (of) => ({
    tenant_id: of('tenants').id,
    membership_id: of('memberships').id,
    role_id: of('roles').id,
  }),
  invitations: (of) => ({
    ...keyOf(of),
    email: `${text()}@tenant.example`,
    role: 'staff',
    invited_by: of('users').id,
    expires_at: NOW,
    updated_at: NOW,
  }),
  api_keys: (of) => ({
    ...keyOf(of),
    name: 'Key',
    public_id: text(),
    secret_hash: HASH,
    last_four: 'abcd',
    expires_at: NOW,
    created_by: of('users').id,
    updated_at: NOW,
  }),
  impersonations: (of) => ({
    ...keyOf(of),
    impersonator_id: of('users').id,
    user_id: of('users').id,
    session_id: of('sessions').id,
    mode: 'read_only',
    reason: 'A reason',
    expires_at: NOW,
  }),
  security_policies: (of) => ({
    tenant_id: of('tenants').id,
    password_min_length: 12,
    two_factor: 'optional',
    magic_links: true,
    session_days: 90,
    session_idle_days: 14,
    updated_at: NOW,
  }),
  ip_rules: (of) => ({ ...keyOf(of), action: 'deny', cidr: text() }),
  security_events: (of) => ({ ...keyOf(of), type: 'password.changed' }),
  login_attempts: (of) => ({
    ...keyOf(of),
    email: 'member@tenant.example',
    method: 'password',
    outcome: 'failed',
  }),
  libraries: (of) => ({
    ...keyOf(of),
    name: 'Library',
    code: text(),
    address_lines: [],
    seats: 40,
    time_zone: 'Asia/Kolkata',
    updated_at: NOW,
  }),
  files: (of) => ({
    ...keyOf(of),
    name: 'notes.txt',
    content_type: 'text/plain',
    size: 5,
    sha256: HASH,
    storage_key: text(),
    stored_at: NOW,
  }),
  tenant_settings: (of) => ({ tenant_id: of('tenants').id, values: '{}', updated_at: NOW }),
  tenant_brandings: (of) => ({ tenant_id: of('tenants').id, tokens: '{}', updated_at: NOW }),
  onboarding_steps: (of) => ({ tenant_id: of('tenants').id, step: text() }),
  platform_users: (of) => ({
    ...keyOf(of),
    kind: 'student',
    name: 'Student',
    email: `${text()}@tenant.example`,
    library_id: of('libraries').id,
    user_id: of('users').id,
    updated_at: NOW,
  }),
  guardianships: (of) => ({
    tenant_id: of('tenants').id,
    parent_id: of('platform_users').id,
    student_id: of('platform_users').id,
  }),
  configurations: (of) => ({
    ...keyOf(of),
    category: 'general',
    key: text(),
    data_type: 'string',
    updated_at: NOW,
  }),
  configuration_versions: (of) => ({
    tenant_id: of('tenants').id,
    configuration_id: of('configurations').id,
    version: Math.trunc(Math.random() * 1_000_000),
    data_type: 'string',
    is_required: false,
    changed_by_name: 'Somebody',
  }),
  subscriptions: (of) => ({
    ...keyOf(of),
    plan_id: of('plans').id,
    status: 'canceled',
    ended_at: NOW,
    billing_cycle: 'monthly',
    currency: 'INR',
    unit_price: '10',
    current_period_start: NOW,
    current_period_end: new Date('2026-12-20T09:00:00.000Z'),
    updated_at: NOW,
  }),
  invoices: (of) => ({
    ...keyOf(of),
    currency: 'INR',
    subscription_id: of('subscriptions').id,
    customer_name: 'Customer',
    customer_email: 'customer@tenant.example',
    customer_address_lines: [],
    subtotal: '10',
    discount_total: '0',
    tax_total: '0',
    total: '10',
    payment_terms: 14,
    updated_at: NOW,
  }),
  invoice_items: (of) => ({
    ...keyOf(of),
    invoice_id: of('invoices').id,
    position: Math.trunc(Math.random() * 1_000_000),
    description: 'Item',
    quantity: '1',
    unit_price: '10',
    tax_rate: '0',
    amount: '10',
    discount_amount: '0',
    tax_amount: '0',
    total: '10',
  }),
  invoice_sequences: (of) => ({ tenant_id: of('tenants').id, series: text(), financial_year: '2026', last_number: 1 }),
  credit_wallets: (of) => ({ ...keyOf(of), updated_at: NOW }),
  ...moneyRows,
  emails: (of) => ({
    ...keyOf(of),
    kind: 'invoice',
    deduplication_key: text(),
    recipient: 'customer@tenant.example',
    subject: 'Invoice',
    text_body: 'Invoice',
    updated_at: NOW,
  }),
  platform_user_imports: (of) => ({
    ...keyOf(of),
    format: 'csv',
    mode: 'skip_invalid',
    file_name: 'people.csv',
    sha256: HASH,
    file_size: 10,
    updated_at: NOW,
  }),
  platform_user_import_rows: (of) => ({
    tenant_id: of('tenants').id,
    import_id: of('platform_user_imports').id,
    row_number: 2,
    kind: 'student',
    name: 'Student',
    email: `${text()}@tenant.example`,
    status: 'active',
    student_emails: [],
  }),
  platform_user_import_errors: (of) => ({
    tenant_id: of('tenants').id,
    import_id: of('platform_user_imports').id,
    position: 1,
    line: 3,
    code: 'invalid',
    message: 'Not an e-mail address',
  }),
  data_exports: (of) => ({ ...keyOf(of), kind: 'platform_users', format: 'csv', updated_at: NOW }),
  tenant_purges: (of) => ({ tenant_id: of('tenants').id }),
  outbox_events: (of) => ({ ...keyOf(of), type: 'test', subject: text(), payload: '{}', request_id: 'test' }),
  idempotency_keys: (of) => ({
    tenant_id: of('tenants').id,
    endpoint: 'createThing',
    key: text(),
    fingerprint: HASH,
    expires_at: NOW,
  }),
  audit_entries: (of) => ({
    ...keyOf(of),
    occurred_at: NOW,
    action: 'thing.created',
    resource_type: 'platform_user',
    resource_id: of('platform_users').id,
    actor_type: 'system',
    actor_name: 'Test',
    request_id: 'test',
  }),
  audit_chains: (of) => ({ tenant_id: of('tenants').id, last_sequence: 0, last_hash: HASH }),
};

const keyOf = (of: RowOf): Row => ({ tenant_id: of('tenants').id, id: randomUUID() });

/** @throws Error that says what to do when a table has no factory */
export function makeRow(table: string, made: TenantRows): Row {
  const factory = rowFactories[table];
  if (factory === undefined) {
    throw new Error(
      `The table ${table} has no factory: add a valid row of it to rowFactories in tests/support/isolation-rows.ts`,
    );
  }
  return factory((name) => {
    const row = made[name];
    if (row === undefined)
      throw new Error(`The row of ${table} needs one of ${name}, which stands after it in rowFactories`);
    return row;
  });
}

/** INSERT of a row, with its values as parameters. */
export function insertOf(table: string, row: Row): { text: string; values: unknown[] } {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`).join(', ');
  return { text: `insert into ${table} (${columns.join(', ')}) values (${places})`, values: Object.values(row) };
}

/** Inserts a tenant and a row of everything it can have, as a superuser. */
export async function seedTenant(admin: Pick<pg.ClientBase, 'query'>): Promise<TenantRows> {
  const made: Record<string, Row> = {};
  for (const table of Object.keys(rowFactories)) {
    const { text: insert, values } = insertOf(table, makeRow(table, made));
    const result: pg.QueryResult<Row> = await admin.query(`${insert} returning *`, values);
    const [row] = result.rows;
    if (row === undefined) throw new Error(`The row of ${table} was not inserted`);
    made[table] = row;
  }
  return made;
}
