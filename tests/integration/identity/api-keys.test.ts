import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { aKey, aMember, DRAFT } from './api-key-fixture.ts';

let app: TestApp;
let operator: HttpClient;
let tenant: TestTenant;
let stranger: TestTenant;

beforeAll(async () => {
  app = await startTestApp();
  operator = await anOperator(app);
  await aPlan(app);
  tenant = await aTenant(app, operator);
  stranger = await aTenant(app, operator);
});

afterAll(() => app.close());

const rowOf = async (id: string) => {
  const [row] = await app.rows('select * from api_keys where id = $1', [id]);
  return row;
};
const auditOf = (id: string) =>
  app.rows('select action, actor_type, changes from audit_entries where resource_id = $1 order by occurred_at, id', [
    id,
  ]);

describe('creating', () => {
  test('shows the key once, and keeps no more than its hash', async () => {
    const answer = await tenant.owner.post('/api/api-keys', {
      ...DRAFT,
      allowedCidrs: ['::ffff:127.0.0.0/104', '2001:DB8::/32', '2001:db8::/32'],
      rateLimitPerMinute: 30,
    });
    expect(answer.status).toBe(201);
    const { key, ...shown } = answer.body.data;
    expect(key).toMatch(/^rh_test_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/);
    expect(shown).toMatchObject({
      name: 'Kiosk',
      prefix: key.slice(0, key.lastIndexOf('_')),
      lastFour: key.slice(-4),
      scopes: ['invoices:read'],
      allowedCidrs: ['127.0.0.0/8', '2001:db8::/32'],
      rateLimitPerMinute: 30,
      status: 'active',
      lastUsedAt: null,
      revokedAt: null,
      createdBy: { name: 'Owner' },
    });
    const secret = key.slice(key.lastIndexOf('_') + 1, -6);
    const row = await rowOf(shown.id);
    expect(row?.secret_hash).toEqual(createHash('sha256').update(secret).digest());
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(Date.parse(shown.expiresAt) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
    const list = await tenant.owner.get('/api/api-keys');
    expect(list.body.data.find(({ id }: { id: string }) => id === shown.id)).toEqual(shown);
    expect(list.text).not.toContain(secret);
    const audit = await auditOf(shown.id);
    expect(audit).toMatchObject([{ action: 'api_key.created', changes: { after: { name: 'Kiosk' } } }]);
    const events = await app.rows('select type, details from security_events where tenant_id = $1', [tenant.id]);
    expect(events).toContainEqual({ type: 'api_key.created', details: { apiKeyId: shown.id, name: 'Kiosk' } });
    expect(JSON.stringify([audit, events])).not.toContain(secret);
  });

  test.each([
    ['no expiry', { expiresInDays: undefined }, 'body.expiresInDays'],
    ['an expiry of today', { expiresInDays: 0 }, 'body.expiresInDays'],
    ['more than a year', { expiresInDays: 366 }, 'body.expiresInDays'],
    ['no scope', { scopes: [] }, 'body.scopes'],
    ['every scope', { scopes: ['*'] }, 'body.scopes.0'],
    ['a pattern', { scopes: ['invoices:*'] }, 'body.scopes.0'],
    ['a scope twice', { scopes: ['invoices:read', 'invoices:read'] }, 'body.scopes'],
    ['no network', { allowedCidrs: ['everywhere'] }, 'body.allowedCidrs.0'],
    ['bits behind the prefix', { allowedCidrs: ['10.1.2.3/8'] }, 'body.allowedCidrs.0'],
    ['51 networks', { allowedCidrs: Array.from({ length: 51 }, (_, at) => `10.0.0.${at}`) }, 'body.allowedCidrs'],
    ['a budget of nothing', { rateLimitPerMinute: 0 }, 'body.rateLimitPerMinute'],
    ['a budget without end', { rateLimitPerMinute: 100_001 }, 'body.rateLimitPerMinute'],
    ['an unknown field', { tenantId: randomUUID() }, 'body.tenantId'],
  ])('refuses %s', async (_what, fields, path) => {
    const answer = await tenant.owner.post('/api/api-keys', { ...DRAFT, ...fields });
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, path]);
  });

  test.each([
    'api-keys:write',
    'rbac:write',
    'members:write',
    'security:write',
    'tenants:impersonate',
    'tenants:delete',
    'admin-users:read',
    'admin-users:write',
    'admin-users:delete',
  ])('gives no key %s, whoever makes it', async (scope) => {
    for (const creator of [tenant.owner, tenant.operator]) {
      const answer = await creator.post('/api/api-keys', { ...DRAFT, scopes: ['invoices:read', scope] });
      expect([answer.status, answer.body.error.code]).toEqual([422, 'SCOPE_NOT_DELEGABLE']);
      expect(answer.body.error.details).toEqual({ scopes: [scope] });
    }
  });

  test('gives no key what its creator lacks', async () => {
    const answer = await tenant.owner.post('/api/api-keys', { ...DRAFT, scopes: ['invoices:read', 'invoices:write'] });
    expect([answer.status, answer.body.error.code]).toEqual([403, 'PERMISSION_NOT_HELD']);
    expect(answer.body.error.details).toEqual({ scopes: ['invoices:write'] });
    expect((await tenant.operator.post('/api/api-keys', { ...DRAFT, scopes: ['invoices:write'] })).status).toBe(201);
  });

  test('is for those who may', async () => {
    const { client: manager } = await aMember(app, tenant.id, 'manager');
    const { text } = await aKey(app, tenant.owner, { scopes: ['api-keys:read'] });
    const machine = app.http.with({ authorization: `Bearer ${text}` });
    const statuses = [];
    for (const caller of [app.http, manager, machine])
      statuses.push((await caller.post('/api/api-keys', DRAFT)).status);
    expect(statuses).toEqual([401, 403, 403]);
    expect((await operator.post('/api/api-keys', DRAFT)).body.error.code).toBe('TENANT_REQUIRED');
    expect((await machine.get('/api/api-keys')).status).toBe(200);
    expect((await manager.get('/api/api-keys')).status).toBe(403);
  });

  test('stops at a hundred live keys, however many are made at once', async () => {
    const full = await aTenant(app, operator);
    const { id } = await aKey(app, full.owner);
    await app.rows(
      `insert into api_keys (tenant_id, id, name, public_id, secret_hash, last_four, expires_at, created_by, revoked_at, updated_at)
       select tenant_id, gen_random_uuid(), 'Key', gen_random_uuid()::text, secret_hash, 'abcd',
         case when n = 98 then now() else expires_at end, created_by, case when n = 99 then now() end, now()
       from api_keys, generate_series(1, 99) n where id = $1`,
      [id],
    );
    const answers = await Promise.all(Array.from({ length: 5 }, () => full.owner.post('/api/api-keys', DRAFT)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.error.code).toBe('API_KEY_LIMIT_REACHED');
    const live = 'revoked_at is null and expires_at > now()';
    expect(await app.rows(`select count(*)::int from api_keys where tenant_id = $1 and ${live}`, [full.id])).toEqual([
      { count: 100 },
    ]);
  });
});

describe('the list', () => {
  test('is of the tenant, by name and by status, a page at a time', async () => {
    const own = await aTenant(app, operator);
    await aKey(app, stranger.owner, { name: 'Till' });
    const ids = new Map<string, string>();
    for (const name of ['Till one', 'Till two', 'Gate']) ids.set(name, (await aKey(app, own.owner, { name })).id);
    await own.owner.delete(`/api/api-keys/${ids.get('Gate')}`);
    await app.rows('update api_keys set expires_at = now() where id = $1', [ids.get('Till two')]);
    const names = async (query: string) => {
      const { body } = await own.owner.get(`/api/api-keys?${query}`);
      return body.data.map(({ name, status }: { name: string; status: string }) => `${name}: ${status}`);
    };
    expect(await names('sort=createdAt')).toEqual(['Till one: active', 'Till two: expired', 'Gate: revoked']);
    expect(await names('search=TILL&sort=-createdAt')).toEqual(['Till two: expired', 'Till one: active']);
    expect(await names('search=%25')).toEqual([]);
    expect(await names('status=active')).toEqual(['Till one: active']);
    expect(await names('status=expired')).toEqual(['Till two: expired']);
    expect(await names('status=revoked&search=gate')).toEqual(['Gate: revoked']);
    const second = await own.owner.get('/api/api-keys?sort=createdAt&limit=1&page=2');
    expect(second.body.data).toHaveLength(1);
    expect(second.body.meta).toEqual({ page: 2, limit: 1, total: 3, totalPages: 3 });
  });
});

describe('rotating', () => {
  const rotate = (client: HttpClient, id: string, overlapHours = 1) =>
    client.post(`/api/api-keys/${id}/rotate`, { overlapHours });

  test('is refused for what is no live key of the tenant', async () => {
    const { id } = await aKey(app, tenant.owner);
    expect((await rotate(stranger.owner, id)).body.error.code).toBe('API_KEY_NOT_FOUND');
    expect((await rotate(tenant.owner, randomUUID())).status).toBe(404);
    expect((await rotate(tenant.owner, id, 169)).status).toBe(400);
    expect((await rotate(tenant.owner, id, -1)).status).toBe(400);
    expect((await tenant.owner.post(`/api/api-keys/${id}/rotate`, {})).status).toBe(400);
    await app.rows('update api_keys set expires_at = now() where id = $1', [id]);
    expect((await rotate(tenant.owner, id)).body.error.code).toBe('API_KEY_NOT_ACTIVE');
    const { id: revoked } = await aKey(app, tenant.owner);
    await tenant.owner.delete(`/api/api-keys/${revoked}`);
    const answer = await rotate(tenant.owner, revoked);
    expect([answer.status, answer.body.error.code]).toEqual([409, 'API_KEY_NOT_ACTIVE']);
  });

  test('hands nobody scopes that they lack', async () => {
    const { id } = await aKey(app, tenant.operator, { scopes: ['invoices:write'] });
    const before = await rowOf(id);
    const answer = await rotate(tenant.owner, id);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'PERMISSION_NOT_HELD']);
    expect(await rowOf(id)).toEqual(before);
  });

  test('gives another secret; the one until now ends with the overlap, but never after the key', async () => {
    const { id, text } = await aKey(app, tenant.owner, { expiresInDays: 1 });
    const { body } = await rotate(tenant.owner, id, 168);
    expect(body.data.key).not.toBe(text);
    expect(body.data).toMatchObject({
      id,
      prefix: text.slice(0, text.lastIndexOf('_')),
      lastFour: body.data.key.slice(-4),
    });
    expect(body.data.previousExpiresAt).toBe(body.data.expiresAt);
    const [, rotated] = await auditOf(id);
    expect(rotated).toMatchObject({
      action: 'api_key.rotated',
      changes: { before: { lastFour: text.slice(-4) }, after: { lastFour: body.data.lastFour } },
    });
    expect(JSON.stringify(rotated)).not.toContain(body.data.key.slice(-49));
  });

  test('twice at once leaves one secret and one before it', async () => {
    const { id, text, client } = await aKey(app, tenant.owner);
    const answers = await Promise.all([rotate(tenant.owner, id), rotate(tenant.owner, id)]);
    const keys = answers.map(({ body }) => String(body.data.key));
    expect(new Set([text, ...keys]).size).toBe(3);
    const statusOf = async (key: string) =>
      (await app.http.with({ authorization: `Bearer ${key}` }).get('/api/revenue/invoices')).status;
    expect((await client.get('/api/revenue/invoices')).status).toBe(401);
    expect(await Promise.all(keys.map(statusOf))).toEqual([200, 200]);
  });
});

describe('revoking', () => {
  test('ends a key of the tenant, and stays done', async () => {
    const { id, client } = await aKey(app, tenant.owner);
    expect((await client.get('/api/revenue/invoices')).status).toBe(200);
    expect((await stranger.owner.delete(`/api/api-keys/${id}`)).status).toBe(404);
    expect((await app.http.delete(`/api/api-keys/${id}`)).status).toBe(401);
    expect((await client.delete(`/api/api-keys/${id}`)).status).toBe(403);
    expect((await tenant.owner.delete(`/api/api-keys/${id}`)).status).toBe(204);
    expect((await client.get('/api/revenue/invoices')).status).toBe(401);
    const { revoked_at: revokedAt } = (await rowOf(id)) ?? {};
    expect(revokedAt).not.toBeNull();
    expect((await tenant.owner.delete(`/api/api-keys/${id}`)).status).toBe(204);
    expect((await rowOf(id))?.revoked_at).toEqual(revokedAt);
    expect((await auditOf(id)).map(({ action }) => action)).toEqual([
      'api_key.created',
      'api_key.revoked',
      'api_key.revoked',
    ]);
  });
});
