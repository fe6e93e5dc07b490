import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endpoints } from '../../../src/routes/index.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { type Impersonation, type ImpersonationFixture, startImpersonations } from './impersonation-fixture.ts';
import { refusal } from './operators-fixture.ts';

let fixture: ImpersonationFixture;
let readOnly: Impersonation;
let full: Impersonation;

beforeAll(async () => {
  fixture = await startImpersonations();
  readOnly = await fixture.impersonate();
  full = await fixture.impersonate({ mode: 'full' });
});

afterAll(() => fixture.app.close());

/** What R-ID-11 keeps from everybody who works in the place of somebody else, by permission. */
const NEVER = /^(?:tenants:(?:delete|impersonate)|members:write|rbac:write|api-keys:|security:write)/;

const guarded = endpoints.flatMap((endpoint) => {
  const { rule } = endpoint.access;
  return rule.kind === 'user' || rule.kind === 'tenant' || rule.kind === 'platform' ? [{ ...endpoint, rule }] : [];
});

type Guarded = (typeof guarded)[number];

const call = (client: HttpClient, { method, path, body }: Guarded): Promise<HttpAnswer> =>
  client.send(
    method.toUpperCase(),
    path.replaceAll(/:\w+/g, () => randomUUID()),
    body === undefined ? {} : { body: {} },
  );

const named = (some: readonly Guarded[]) => some.map((endpoint) => [endpoint.operationId, endpoint] as const);

describe('what only the user does', () => {
  const forbidden = guarded.filter(({ rule }) => rule.kind === 'user' && !rule.impersonated);

  test('is there', () => expect(forbidden.length).toBeGreaterThan(3));

  test.each(named(forbidden))('%s is forbidden in both modes', async (_name, endpoint) => {
    for (const { client } of [readOnly, full]) {
      expect(refusal(await call(client, endpoint))).toEqual([403, 'IMPERSONATION_FORBIDDEN']);
    }
  });

  test('leaves to an impersonator what shows something or ends the session, and no more', () => {
    const allowed = guarded.filter(({ rule }) => rule.kind === 'user' && rule.impersonated);
    const changing = allowed.filter(({ method }) => method !== 'get').map(({ operationId }) => operationId);
    expect(changing.sort()).toEqual(['checkPermissions', 'logout', 'signOutSinger']);
  });
});

describe('what operators do on the platform', () => {
  test.each(named(guarded.filter(({ rule }) => rule.kind === 'platform')))(
    '%s is forbidden in both modes',
    async (_name, endpoint) => {
      for (const { client } of [readOnly, full]) {
        expect(refusal(await call(client, endpoint))).toEqual([403, 'FORBIDDEN']);
      }
    },
  );
});

describe('what members do', () => {
  const ofTenants = guarded.flatMap((endpoint) =>
    endpoint.rule.kind === 'tenant' ? [{ ...endpoint, permission: endpoint.rule.permission }] : [],
  );
  const writes = ofTenants.filter(({ permission }) => !permission.endsWith(':read'));

  test('includes writing', () => expect(writes.length).toBeGreaterThan(3));

  test.each(named(writes))('%s is forbidden in read_only', async (_name, endpoint) => {
    expect(refusal(await call(readOnly.client, endpoint))).toEqual([403, 'FORBIDDEN']);
  });

  test.each(named(ofTenants.filter(({ permission }) => NEVER.test(permission))))(
    '%s is never done for somebody else',
    async (_name, endpoint) => {
      expect(refusal(await call(full.client, endpoint))).toEqual([403, 'FORBIDDEN']);
    },
  );

  test('is done where both may: full writes, read_only reads', async () => {
    const { tenant, app } = fixture;
    const rename = (client: HttpClient) => client.put(`/api/tenants/${tenant.id}`, { phone: '+91 80 4718 2200' });
    expect((await readOnly.client.get(`/api/tenants/${tenant.id}`)).status).toBe(200);
    expect((await rename(readOnly.client)).status).toBe(403);
    expect((await rename(full.client)).status).toBe(200);
    const entries = await app.rows(
      "select actor_id, impersonator_id from audit_entries where action = 'tenant.updated' and tenant_id = $1",
      [tenant.id],
    );
    expect(entries).toEqual([{ actor_id: await fixture.ownerOf(tenant), impersonator_id: fixture.root.id }]);
  });
});

describe('the permissions', () => {
  const permissionsOf = async ({ client }: Impersonation): Promise<string[]> =>
    (await client.get('/api/auth/me')).body.data.permissions;

  test.each([
    ['read_only', ['plans:read', 'audit:read']],
    ['full', ['plans:read', 'audit:read']],
  ])('in %s are never more than the operator’s own', async (mode, expected) => {
    const { addOperator, impersonate, tenant } = fixture;
    const permissions = ['tenants:impersonate', 'plans:write', 'plans:read', 'audit:read', 'members:write'];
    const operator = await addOperator({ permissions });
    const impersonation = await impersonate({ mode }, { by: operator.client });
    expect((await permissionsOf(impersonation)).sort()).toEqual([...expected].sort());
    expect((await impersonation.client.get(`/api/tenants/${tenant.id}`)).status).toBe(403);
    expect((await impersonation.client.get('/api/audit')).status).toBe(200);
  });

  test('are never more than the user’s', async () => {
    const { addMember, impersonate } = fixture;
    const member = await addMember(fixture.tenant.id, 'member');
    const impersonation = await impersonate({ userId: member.id, mode: 'full' });
    expect(await permissionsOf(impersonation)).toEqual(['tenants:read']);
  });
});

describe('the tenant', () => {
  test('is the one of the grant, though the user works elsewhere too', async () => {
    const { app, addTenant, addMember, impersonate } = fixture;
    const other = await addTenant();
    const member = await addMember(fixture.tenant.id, 'owner');
    await app.rows(
      "insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, 'owner', now())",
      [other.id, member.id],
    );
    const { client } = await impersonate({ userId: member.id, mode: 'full' });
    const named = client.with({ 'x-tenant-id': other.id });
    expect(refusal(await named.get('/api/revenue/invoices'))).toEqual([403, 'TENANT_ACCESS_DENIED']);
    expect((await client.get(`/api/tenants/${other.id}`)).status).toBe(404);
    expect((await client.get(`/api/tenants/${fixture.tenant.id}`)).status).toBe(200);
  });
});

describe('every request', () => {
  test('stands in the tenant’s audit log under both names, the refused ones too', async () => {
    const { addTenant, impersonate, requestsOf, ownerOf, root, sessionOf } = fixture;
    const tenant = await addTenant();
    const { id, client } = await impersonate({ mode: 'full' }, { of: tenant });
    const called = guarded.filter(({ operationId }) => operationId !== 'logout' && operationId !== 'signOutSinger');
    for (const endpoint of called) await call(client, endpoint);
    await client.post('/api/auth/logout');
    const requests = await requestsOf(tenant.id);
    expect(requests.map(({ operation }) => operation)).toEqual([
      ...called.map(({ operationId }) => operationId),
      'logout',
    ]);
    const [owner, session] = [await ownerOf(tenant), await sessionOf(id)];
    const strange = requests.filter(
      ({ actor, impersonator, session: of }) => actor !== owner || impersonator !== root.id || of !== session.id,
    );
    expect(strange).toEqual([]);
  });

  test('does so at once, many at a time, and without its query', async () => {
    const { addTenant, impersonate, requestsOf, app } = fixture;
    const tenant = await addTenant();
    const { client, accessToken } = await impersonate({}, { of: tenant });
    const calls = 60;
    const answers = await Promise.all(
      Array.from({ length: calls }, (_, index) => client.get(`/api/revenue/invoices?search=secret-${index}`)),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const requests = await requestsOf(tenant.id);
    expect(requests).toHaveLength(calls);
    expect(requests[0]?.changes).toEqual({ after: { method: 'GET', path: '/api/revenue/invoices' } });
    const viaCookieOrHeader = app.http.with({ authorization: `bearer  ${accessToken}`, 'x-tenant-id': randomUUID() });
    expect((await viaCookieOrHeader.get('/api/revenue/invoices')).status).toBe(403);
    expect(await requestsOf(tenant.id)).toHaveLength(calls + 1);
  });

  test('does not happen where that can not be written', async () => {
    const { app, addTenant, impersonate } = fixture;
    const tenant = await addTenant();
    const { client } = await impersonate({ mode: 'full' }, { of: tenant });
    expect((await client.get('/api/auth/me')).status).toBe(200);
    await app.rows('revoke insert on audit_entries from rowhouse_tenant');
    try {
      const answer = await client.put(`/api/tenants/${tenant.id}`, { name: 'Unwritten' });
      expect(refusal(answer)).toEqual([503, 'IMPERSONATION_NOT_AUDITED']);
      expect(refusal(await client.get('/api/auth/me'))).toEqual([503, 'IMPERSONATION_NOT_AUDITED']);
    } finally {
      await app.rows('grant insert on audit_entries to rowhouse_tenant');
    }
    expect(await app.rows('select 1 from tenants where name = $1', ['Unwritten'])).toEqual([]);
  });

  test('of anybody else makes no such entry', async () => {
    const { addTenant, requestsOf } = fixture;
    const tenant = await addTenant();
    await tenant.owner.get('/api/auth/me');
    await tenant.operator.get('/api/revenue/invoices');
    expect(await requestsOf(tenant.id)).toEqual([]);
  });
});

test('the grant is in the list of the user’s sessions', async () => {
  const { tenant } = fixture;
  const { body } = await tenant.owner.get('/api/auth/sessions');
  expect(body.data).toContainEqual(expect.objectContaining({ impersonated: true, impersonatorName: 'Person' }));
});
