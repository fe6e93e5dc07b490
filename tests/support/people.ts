import { randomUUID } from 'node:crypto';
import type { HttpClient } from './http-client.ts';
import type { TestApp } from './test-app.ts';

const PASSWORD = 'a password for tests only';
let counter = 0;

/** Signs somebody in; the client carries their access token. */
export async function signIn(app: TestApp, email: string, password = PASSWORD): Promise<HttpClient> {
  const answer = await app.http.post('/api/auth/login', { email, password });
  if (answer.status !== 200) throw new Error(`Could not sign in as ${email}: ${answer.text}`);
  return app.http.with({ authorization: `Bearer ${answer.body.data.accessToken}` });
}

/** A signed-in operator of the platform. */
export async function anOperator(app: TestApp, role: 'super_admin' | 'admin' = 'super_admin'): Promise<HttpClient> {
  const email = `operator-${++counter}@rowhouse.example`;
  const hash = await app.container.services.passwords.hash(PASSWORD);
  await app.rows(
    `insert into users (id, email, name, type, platform_role, password_hash, updated_at) values ($1, $2, 'Operator', 'ADMIN_USER', $3, $4, now())`,
    [randomUUID(), email, role, hash],
  );
  return signIn(app, email);
}

/** A plan with a trial, which every new tenant needs. */
export async function aPlan(app: TestApp): Promise<string> {
  const id = randomUUID();
  await app.rows(
    `insert into plans (id, code, name, currency, monthly_price, annual_price, trial_days, features, updated_at)
     values ($1, $2, 'Growth', 'INR', 1499, 14990, 14, '{}', now())`,
    [id, `plan-${++counter}`],
  );
  return id;
}

/** A tenant made through the API, with its owner signed in and the operator working on it. */
export interface TestTenant {
  /** Where it is. */
  readonly app: TestApp;
  readonly id: string;
  readonly owner: HttpClient;
  readonly ownerEmail: string;
  /** The operator with X-Tenant-Id of this tenant. */
  readonly operator: HttpClient;
}

export async function aTenant(
  app: TestApp,
  operator: HttpClient,
  fields: Record<string, unknown> = {},
): Promise<TestTenant> {
  const slug = `tenant-${++counter}`;
  const ownerEmail = `owner@${slug}.example`;
  const answer = await operator.post('/api/tenants', {
    name: `Tenant ${counter}`,
    slug,
    email: `hello@${slug}.example`,
    country: 'IN',
    currency: 'INR',
    timeZone: 'Asia/Kolkata',
    owner: { name: 'Owner', email: ownerEmail, password: PASSWORD },
    ...fields,
  });
  if (answer.status !== 201) throw new Error(`Could not make a tenant: ${answer.text}`);
  const id: string = answer.body.data.id;
  return { app, id, ownerEmail, owner: await signIn(app, ownerEmail), operator: operator.with({ 'x-tenant-id': id }) };
}
