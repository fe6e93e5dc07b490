import { randomUUID } from 'node:crypto';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import type { TestApp } from './test-app.ts';

export const ORGANIZATION_PASSWORD = 'secure123';

/** An organization made through the API, with its admin signed in. */
export interface TestOrganization {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** The name of its schema and of its role. */
  readonly storage: string;
  readonly admin: HttpClient;
}

export const createOrganization = (http: HttpClient, name: string, email: string): Promise<HttpAnswer> =>
  http.post('/org/create', { organization_name: name, email, password: ORGANIZATION_PASSWORD });

export async function signInAdmin(http: HttpClient, email: string): Promise<HttpClient> {
  const answer = await http.post('/admin/login', { email, password: ORGANIZATION_PASSWORD });
  if (answer.status !== 200) throw new Error(`The admin could not sign in: ${answer.text}`);
  return http.with({ authorization: `Bearer ${answer.body.access_token}` });
}

export async function anOrganization(app: TestApp, name = `Organization ${randomUUID()}`): Promise<TestOrganization> {
  const email = `owner-${randomUUID()}@organization.example`;
  const answer = await createOrganization(app.http, name, email);
  if (answer.status !== 201) throw new Error(`The organization was not made: ${answer.text}`);
  const [row] = await app.rows<{ id: string }>(
    'select organization_id as id from organization_admins where email = $1',
    [email],
  );
  if (row === undefined) throw new Error('The organization has no admin');
  const storage = `org_${row.id.replaceAll('-', '')}`;
  return { id: row.id, name, email, storage, admin: await signInAdmin(app.http, email) };
}

/** What is there of organizations' storages in a database: schemas, and roles that own rights in it. */
export const storagesOf = async (app: TestApp): Promise<string[]> =>
  (
    await app.rows<{ name: string }>(
      `select nspname as name from pg_namespace where nspname ~ '^org_[0-9a-f]{32}$' order by nspname`,
    )
  ).map(({ name }) => name);

export const hasRole = async (app: TestApp, name: string): Promise<boolean> =>
  (await app.rows('select from pg_roles where rolname = $1', [name])).length > 0;
