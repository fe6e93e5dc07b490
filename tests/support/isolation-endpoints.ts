import { randomUUID } from 'node:crypto';
import { tenantStorageKey } from '../../src/gateways/storage/storage-key.ts';
import type { DescribedEndpoint } from '../../src/http/openapi/described-endpoint.ts';
import { systemContext, tenantScope } from '../../src/types/context-factory.ts';
import { asTenantId } from '../../src/types/ids.ts';
import { formWith, pixelPng } from './forms.ts';
import type { RequestOptions } from './http-client.ts';
import { ensureSandboxMethod, paymentRecipes } from './isolation-payments.ts';
import { subscriptionRecipes } from './isolation-subscriptions.ts';
import type { TestTenant } from './people.ts';

/** Collections that belong to nobody: what one tenant may see of them, the others may too. */
export const sharedCollections: Readonly<Record<string, string>> = {
  '/api/revenue/plans': "the platform's price list",
  '/api/revenue/tax-rates': 'the taxes that everybody is charged',
};

/** How to make an object that belongs to a tenant, and what to ask of it. */
interface ObjectRecipe {
  /** @returns the values of the path's parameters */
  make(tenant: TestTenant): Promise<Readonly<Record<string, string>>>;
  /** What an operation needs to have happened before. */
  readonly before?: Readonly<
    Record<string, (tenant: TestTenant, params: Readonly<Record<string, string>>) => Promise<void>>
  >;
  /** The body of each operation that takes one. */
  readonly bodies?: Readonly<Record<string, unknown>>;
}

const invoiceBody = { items: [{ description: 'Seat', quantity: '1', unitPrice: '10.00', taxRate: '0' }] };

const apiKeyBody = { name: 'Kiosk', scopes: ['tenants:read'], expiresInDays: 30 };

const newPerson = (kind: string) => ({ kind, name: 'Meera Nair', email: `${randomUUID()}@people.example` });

const makePerson = (kind: string) => ({
  make: async (tenant: TestTenant) => ({ id: await post(tenant, '/api/platform-users', newPerson(kind)) }),
});

const anAddressPart = (): string => randomUUID().slice(0, 4);

async function post(tenant: TestTenant, path: string, body?: unknown): Promise<string> {
  const answer = await tenant.operator.post(path, body, { 'idempotency-key': randomUUID() });
  if (answer.status >= 300) throw new Error(`POST ${path} failed: ${answer.text}`);
  return answer.body.data.id;
}

/** Inserts what `text` selects of `owner` and `tenant`. @returns its id */
async function insertForOwner({ app, id, ownerEmail }: TestTenant, text: string): Promise<string> {
  const [row] = await app.rows<{ id: string }>(
    `insert into ${text} from users owner, tenants tenant where owner.email = $1 and tenant.id = $2 returning id`,
    [ownerEmail, id],
  );
  if (row === undefined) throw new Error(`Nothing was inserted: ${text}`);
  return row.id;
}

const insertLockout = (tenant: TestTenant): Promise<string> =>
  insertForOwner(
    tenant,
    `throttles (id, key, kind, user_id, count, blocked_until)
     select gen_random_uuid(), gen_random_uuid(), 'two_factor', owner.id, 5, now() + interval '1 hour'`,
  );

const insertSession = (tenant: TestTenant): Promise<string> =>
  insertForOwner(
    tenant,
    `sessions (id, user_id, home_tenant_id, last_used_at, expires_at)
     select gen_random_uuid(), owner.id, tenant.id, now(), now() + interval '1 hour'`,
  );

const insertSecurityEvent = (tenant: TestTenant): Promise<string> =>
  insertForOwner(
    tenant,
    "security_events (tenant_id, id, type, user_id) select tenant.id, gen_random_uuid(), 'password.changed', owner.id",
  );

const insertMember = ({ app, id }: TestTenant): Promise<string> =>
  app
    .rows<{ id: string }>(
      `with person as (insert into users (id, email, name, type, updated_at)
         select made, made || '@tenant.example', 'Member', 'PLATFORM_USER', now() from gen_random_uuid() made returning id)
       insert into memberships (tenant_id, id, user_id, role, updated_at)
       select $1, gen_random_uuid(), id, 'staff', now() from person returning user_id as id`,
      [id],
    )
    .then(([row]) => row?.id ?? '');

const insertInvitation = (tenant: TestTenant): Promise<string> =>
  insertForOwner(
    tenant,
    `invitations (tenant_id, id, email, role, invited_by, expires_at, updated_at)
     select tenant.id, gen_random_uuid(), gen_random_uuid() || '@visitors.example', 'staff', owner.id, now() + interval '1 day', now()`,
  );

async function makeConfiguration({ operator }: TestTenant): Promise<{ category: string; key: string }> {
  const at = { category: 'general', key: `key-${randomUUID()}` };
  const answer = await operator.put('/api/configurations', { ...at, dataType: 'string', value: 'One' });
  if (answer.status !== 201) throw new Error(`PUT /api/configurations failed: ${answer.text}`);
  return at;
}

/** @returns a member, and a role of the tenant's own that they have */
async function makeRoleAssignment(tenant: TestTenant): Promise<{ userId: string; roleId: string }> {
  const userId = await insertMember(tenant);
  const roleId = await post(tenant, '/api/rbac/roles', { name: randomUUID(), permissions: [] });
  await tenant.operator.post(`/api/rbac/users/${userId}/roles`, { roleId });
  return { userId, roleId };
}

/** @returns an export whose file can be had */
async function makeExport({ app, id: tenantId }: TestTenant): Promise<{ id: string }> {
  const id = randomUUID();
  const key = tenantStorageKey(tenantId, 'exports', id, 'people.csv');
  await app.container.infrastructure.gateways.storage.put({ key, body: Buffer.from('id'), contentType: 'text/csv' });
  await app.rows(
    `insert into data_exports (tenant_id, id, kind, format, status, storage_key, size, sha256, expires_at, updated_at)
     values ($1, $2, 'platform_users', 'csv', 'succeeded', $3, 2, '\\x00', now() + interval '1 day', now())`,
    [tenantId, id, key],
  );
  return { id };
}

async function findWallet({ app, id }: TestTenant): Promise<string> {
  const [wallet] = await app.rows<{ id: string }>('select id from credit_wallets where tenant_id = $1', [id]);
  if (wallet === undefined) throw new Error('The tenant has no wallet');
  return wallet.id;
}

async function grantCredits({ app, id }: TestTenant): Promise<string> {
  const { services, infrastructure } = app.container;
  const ctx = systemContext(tenantScope(asTenantId(id)), 'isolation');
  const { operationId } = await infrastructure.tx.run(ctx, (txCtx) =>
    services.creditLedger.grant(txCtx, { channel: 'sms', credits: 5, source: 'promotional' }),
  );
  return operationId;
}

/** Sends an invoice and takes a part of it back by a note of this id. */
async function insertCreditNote(
  tenant: TestTenant,
  { id, creditNoteId }: Readonly<Record<string, string>>,
): Promise<void> {
  await post(tenant, `/api/revenue/invoices/${id}/send`);
  await tenant.app.rows(
    `insert into credit_notes (tenant_id, id, invoice_id, number, currency, reason, subtotal, tax_total, total, issued_at)
     values ($1, $2, $3, $4, 'INR', 'Closed', 1, 0, 1, now())`,
    [tenant.id, creditNoteId, id, `CN-${creditNoteId}`.slice(0, 16)],
  );
}

/** By collection: the path in front of the first parameter. Whoever adds an endpoint with a parameter adds its object here. */
const recipes: Readonly<Record<string, ObjectRecipe>> = {
  '/api/security/events': { make: async (tenant) => ({ id: await insertSecurityEvent(tenant) }) },
  '/api/security/lockouts': { make: async (tenant) => ({ id: await insertLockout(tenant) }) },
  '/api/security/sessions': { make: async (tenant) => ({ id: await insertSession(tenant) }) },
  '/api/rbac/roles': {
    make: async (tenant) => ({
      id: await post(tenant, '/api/rbac/roles', { name: randomUUID(), permissions: ['members:read'] }),
    }),
    bodies: { updateRole: { description: 'Touched' }, setRolePermissions: { permissions: [] } },
  },
  '/api/rbac/users': { make: makeRoleAssignment, bodies: { assignRole: { roleId: 'manager' } } },
  '/api/tenants': {
    make: async (tenant) => ({
      id: tenant.id,
      userId: await insertMember(tenant),
      invitationId: await insertInvitation(tenant),
    }),
    bodies: {
      updateTenant: { name: 'Another name' },
      updateMember: { role: 'manager' },
      inviteMember: { email: 'guest@visitors.example', role: 'staff' },
      updateTenantSettings: { weekStart: 'sunday' },
      updateTenantBranding: { font: 'lora' },
      uploadTenantLogo: formWith('logo.png', pixelPng(), 'image/png'),
      completeOnboardingStep: { step: 'profile' },
    },
    before: {
      completeOnboardingStep: async ({ operator }, { id }) => {
        await operator.put(`/api/tenants/${id}`, { phone: '+91 80 4718 2200', addressLines: ['14 Lake Road'] });
      },
      downloadTenantLogo: async ({ operator }, { id }) => {
        await operator.post(`/api/tenants/${id}/branding/logo`, formWith('logo.png', pixelPng(), 'image/png'));
      },
    },
  },
  '/api/api-keys': {
    make: async (tenant) => ({ id: await post(tenant, '/api/api-keys', apiKeyBody) }),
    bodies: { rotateApiKey: { overlapHours: 1 } },
  },
  '/api/security/ip-rules': {
    make: async (tenant) => ({
      id: await post(tenant, '/api/security/ip-rules', { action: 'deny', cidr: `2001:db8::${anAddressPart()}` }),
    }),
  },
  '/api/exports': { make: makeExport },
  '/api/files': { make: async (tenant) => ({ id: await post(tenant, '/api/files', formWith('notes.txt', 'Notes')) }) },
  '/api/configurations': { make: makeConfiguration, bodies: { restoreConfiguration: { version: 1 } } },
  '/api/credits/wallets': { make: async (tenant) => ({ id: await findWallet(tenant) }) },
  '/api/credits/transactions': { make: async (tenant) => ({ id: await grantCredits(tenant) }) },
  '/api/libraries': {
    make: async (tenant) => ({
      id: await post(tenant, '/api/libraries', { name: 'Annexe', code: randomUUID().slice(0, 8), seats: 12 }),
    }),
    bodies: { updateLibrary: { seats: 20 } },
  },
  '/api/platform-users': {
    ...makePerson('student'),
    before: {
      activatePlatformUser: async (tenant, { id }) => void (await post(tenant, `/api/platform-users/${id}/deactivate`)),
    },
    bodies: { updatePlatformUser: { name: 'Another name' } },
  },
  '/api/platform-users/imports': {
    make: async (tenant) => ({
      id: await post(tenant, '/api/platform-users/bulk-import', formWith('people.csv', 'kind,name,email\n')),
    }),
  },
  '/api/platform-users/owners': makePerson('owner'),
  '/api/platform-users/students': makePerson('student'),
  '/api/platform-users/parents': makePerson('parent'),
  '/api/platform-users/staff': makePerson('staff'),
  '/api/revenue/invoices': {
    make: async (tenant) => ({
      id: await post(tenant, '/api/revenue/invoices', invoiceBody),
      creditNoteId: randomUUID(),
    }),
    before: {
      downloadInvoice: async (tenant, { id }) => void (await post(tenant, `/api/revenue/invoices/${id}/send`)),
      voidInvoice: async (tenant, { id }) => void (await post(tenant, `/api/revenue/invoices/${id}/send`)),
      createCreditNote: async (tenant, { id }) => void (await post(tenant, `/api/revenue/invoices/${id}/send`)),
      downloadCreditNote: insertCreditNote,
      payInvoice: async (tenant, { id }) => {
        await ensureSandboxMethod(tenant);
        await post(tenant, `/api/revenue/invoices/${id}/send`);
      },
    },
    bodies: {
      createCreditNote: { reason: 'Closed' },
      updateInvoice: { notes: 'Touched' },
      payInvoice: { through: 'gateway' },
    },
  },
  ...paymentRecipes,
  ...subscriptionRecipes,
};

type EndpointFacts = Pick<DescribedEndpoint, 'method' | 'path' | 'operationId' | 'body'>;

export const collectionOf = (path: string): string =>
  path.slice(0, path.indexOf('/:') === -1 ? undefined : path.indexOf('/:'));

/** Endpoints whose rows are those of the tenant in context. */
export const isTenantEndpoint = ({ access }: Pick<DescribedEndpoint, 'access'>): boolean =>
  access.rule.kind === 'tenant';

export const isListOfTenants = ({ success }: Pick<DescribedEndpoint, 'success'>): boolean =>
  'page' in success || 'slice' in success;

/** Gives a tenant something to find in a collection; what no recipe makes is there already, or belongs to nobody. */
export const makeObject = async (collection: string, tenant: TestTenant): Promise<void> =>
  void (await recipes[collection]?.make(tenant));

/** @throws Error that says what to add where, for an endpoint whose object nobody can make yet */
export function recipeFor({ path, operationId, body }: EndpointFacts) {
  const recipe = recipes[collectionOf(path)];
  if (recipe === undefined) {
    throw new Error(
      `${operationId}: say in tests/support/isolation-endpoints.ts how to make an object of ${collectionOf(path)}, or why it is shared`,
    );
  }
  const content = recipe.bodies?.[operationId];
  if (body !== undefined && content === undefined) {
    throw new Error(
      `${operationId}: add its body to the recipe of ${collectionOf(path)} in tests/support/isolation-endpoints.ts`,
    );
  }
  return {
    /** Makes an object of the tenant and the request that works on it. */
    async prepare(tenant: TestTenant): Promise<{ path: string; options: RequestOptions }> {
      const params = await recipe.make(tenant);
      await recipe.before?.[operationId]?.(tenant, params);
      const filled = path.replace(/:([a-zA-Z]+)/g, (parameter, name: string) => {
        const value = params[name];
        if (value === undefined) throw new Error(`${operationId}: its recipe gives no value for ${parameter}`);
        return value;
      });
      const headers = { 'idempotency-key': randomUUID() };
      return { path: filled, options: content === undefined ? { headers } : { headers, body: content } };
    },
  };
}
