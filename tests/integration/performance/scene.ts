import { randomUUID } from 'node:crypto';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import { formWith } from '../../support/forms.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';
import { accessScene } from './access-scene.ts';
import { accountScene } from './account-scene.ts';
import { apiKeyScene } from './api-key-scene.ts';
import { configurationScene } from './configuration-scene.ts';
import { creditsScene } from './credits-scene.ts';
import { exportsScene } from './exports-scene.ts';
import { libraryScene } from './library-scene.ts';
import { operatorsScene } from './operators-scene.ts';
import { organizationScene } from './organization-scene.ts';
import { paymentsScene } from './payments-scene.ts';
import { securityScene } from './security-scene.ts';
import { subscriptionsScene } from './subscriptions-scene.ts';
import { twoFactorScene } from './two-factor-scene.ts';

export type Scene = Awaited<ReturnType<typeof setScene>>;

const PASSWORD = 'a password for this scene';

/**
 * One tenant in which everything that an answer can list is there `size` times: tenants, plans, tax rates, the tenant's invoices, the items
 * of each, audit entries, and the tenants that one person is a member of.
 */
export async function setScene(app: TestApp, size: number) {
  const planId = await aPlan(app);
  const operator = await anOperator(app);
  const tenant = await aTenant(app, operator, { name: 'Library 17 at the lake' });
  const memberEmail = `member-${randomUUID()}@rowhouse.example`;

  const lines = Array.from({ length: size }, (_, index) => ({
    description: `Seat ${index + 1}`,
    quantity: '1',
    unitPrice: '100.00',
    taxRate: '18',
  }));
  const invoice = {
    items: lines,
    customer: { name: 'Asha Rao', email: 'asha@lakeside.example' },
    currency: 'INR',
  };

  /** @returns the id of what was made */
  const create = async (client: HttpClient, path: string, body: unknown): Promise<string> => {
    const answer = await client.post(path, body);
    if (answer.status !== 201) throw new Error(`${path} was refused: ${answer.text}`);
    return answer.body.data.id;
  };

  const aDraft = () => create(tenant.operator, '/api/revenue/invoices', invoice);

  const anOpenInvoice = async (): Promise<string> => {
    const id = await aDraft();
    const answer = await tenant.operator.post(`/api/revenue/invoices/${id}/send`);
    if (answer.status !== 200) throw new Error(`The invoice was not sent: ${answer.text}`);
    return id;
  };

  const aFile = () => create(tenant.operator, '/api/files', formWith('library 17.txt', 'Notes'));

  const tenantFields = () => {
    const slug = `branch-${randomUUID()}`;
    return {
      name: `Branch ${slug}`,
      slug,
      email: `hello@${slug}.example`,
      country: 'IN',
      currency: 'INR',
      timeZone: 'Asia/Kolkata',
      owner: { name: 'Owner', email: `owner@${slug}.example`, password: PASSWORD },
    };
  };

  const planFields = () => ({
    code: `plan-${randomUUID().slice(0, 30)}`,
    name: 'Reading room',
    currency: 'INR',
    monthlyPrice: '1499.00',
    annualPrice: '14990.00',
  });

  /** Of a country in which nobody is billed. */
  const taxRateFields = { name: 'VAT', kind: 'vat', country: 'NZ', percentage: '15', active: false };

  const openSession = async (): Promise<{ accessToken: string; refreshToken: string }> => {
    const answer = await app.http.post('/api/auth/login', { email: memberEmail, password: PASSWORD });
    if (answer.status !== 200) throw new Error(`The member could not sign in: ${answer.text}`);
    return answer.body.data;
  };

  await app.rows(
    `insert into users (id, email, name, type, password_hash, updated_at) values ($1, $2, 'Member', 'PLATFORM_USER', $3, now())`,
    [randomUUID(), memberEmail, await app.container.services.passwords.hash(PASSWORD)],
  );
  for (let count = 1; count < size; count += 1) {
    await create(operator, '/api/tenants', tenantFields());
    await create(operator, '/api/revenue/plans', planFields());
  }
  for (let count = 0; count < size; count += 1) await aDraft();
  for (let count = 0; count < size; count += 1) await aFile();
  await app.rows(
    `insert into tax_rates (id, name, kind, country, percentage, updated_at)
     select gen_random_uuid(), 'TVA ' || n, 'vat', 'FR', 20, now() from generate_series(1, $1) n`,
    [size],
  );
  await app.rows(
    `with booking as (
       insert into ledger_transactions (tenant_id, id, cause, subject_type, subject_id, booked_at)
       select $1, made, 'scene:' || made, 'payment', made, now()
       from (select gen_random_uuid() as made from generate_series(1, $2)) as ids
       returning tenant_id, id, booked_at
     )
     insert into ledger_entries (tenant_id, transaction_id, position, account, currency, amount, booked_at)
     select tenant_id, id, side.position, side.account, 'INR', side.amount, booked_at
     from booking, (values (1, 'bank', 1), (2, 'receivable', -1)) as side (position, account, amount)`,
    [tenant.id, size],
  );
  await app.rows(
    `insert into memberships (tenant_id, id, user_id, role, updated_at)
     select tenants.id, gen_random_uuid(), users.id, 'owner', now() from tenants, users where users.email = $1`,
    [memberEmail],
  );

  return {
    app,
    size,
    ...accountScene(app, memberEmail),
    ...(await accessScene(app, tenant, size)),
    ...(await apiKeyScene(app, tenant, size)),
    ...(await configurationScene(tenant, size)),
    ...(await libraryScene(app, tenant, size)),
    ...organizationScene(app, size),
    ...(await exportsScene(app, tenant, size)),
    ...(await creditsScene(app, operator, tenant, size)),
    ...(await paymentsScene(app, tenant, size)),
    ...(await subscriptionsScene(app, tenant, size)),
    ...twoFactorScene(app),
    ...(await operatorsScene(app, size)),
    ...(await securityScene(app, tenant, size)),
    tenantId: tenant.id,
    planId,
    /** The operator on the rows of all tenants. */
    onPlatform: operator,
    /** The operator on the tenant's rows. */
    inTenant: tenant.operator,
    credentials: { email: memberEmail, password: PASSWORD },
    openSession,
    /** Another operator, of whom the process has not heard before. */
    signInOperator: () => anOperator(app),
    /** A member with a session of their own, which the process knows already. */
    async signInMember(): Promise<HttpClient> {
      const { accessToken } = await openSession();
      const client = app.http.with({ authorization: `Bearer ${accessToken}` });
      await client.get('/api/auth/me');
      return client;
    },
    invoice,
    tenantFields,
    planFields,
    aDraft,
    aFile,
    anOpenInvoice,
    /** An open invoice whose PDF is in the storage. */
    async aRenderedInvoice(): Promise<string> {
      const id = await anOpenInvoice();
      const ctx = systemContext(tenantScope(asTenantId(tenant.id)), 'render');
      await app.container.services.documents.render(ctx, id);
      return id;
    },
    aTenantOfItsOwn: () => create(operator, '/api/tenants', tenantFields()),
    aTaxRate: () => create(operator, '/api/revenue/tax-rates', taxRateFields),
    taxRateFields,
    /** An invoice of which a part was taken back, and the note that did, whose PDF is in the storage. */
    async aCreditedInvoice(): Promise<{ id: string; creditNoteId: string }> {
      const id = await anOpenInvoice();
      const creditNoteId = await create(tenant.operator, `/api/revenue/invoices/${id}/credit-note`, {
        reason: 'Closed',
      });
      await tenant.operator.get(`/api/revenue/invoices/${id}/credit-notes/${creditNoteId}/pdf`);
      return { id, creditNoteId };
    },
    aPlanOfItsOwn: () => create(operator, '/api/revenue/plans', planFields()),
  };
}
