import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '../../../src/config/logger.ts';
import { createApiKeyRepository } from '../../../src/repositories/identity/api-key.repository.ts';
import { createApiKeyTokens } from '../../../src/services/identity/api-key-token.ts';
import { createApiKeyUsage } from '../../../src/services/identity/api-key-usage.service.ts';
import type { ApiKeyUse } from '../../../src/types/identity/api-key.ts';
import { eventually } from '../../support/eventually.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { recordStatements } from '../../support/statement-recorder.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { aKey, aMember, tell, untilStatus, withKey } from './api-key-fixture.ts';

const INVOICES = '/api/revenue/invoices';
const tokens = createApiKeyTokens({ settings: { NODE_ENV: 'test' } });

let logged = '';
let app: TestApp;
/** Another process on the same database. */
let other: TestApp;
let operator: HttpClient;
let tenant: TestTenant;
let stranger: TestTenant;

beforeAll(async () => {
  const log = createLogger({ LOG_LEVEL: 'debug' }, (text) => {
    logged += text;
  });
  const settings = { TRUST_PROXY_HOPS: '1', LOG_ACCESS: 'true' };
  app = await startTestApp({ settings, overrides: { log } });
  other = await startTestApp({ settings, database: app.database });
  operator = await anOperator(app);
  await aPlan(app);
  tenant = await aTenant(app, operator);
  stranger = await aTenant(app, operator);
});

afterAll(async () => {
  await other.close();
  await app.close();
});

describe('a narrow key', () => {
  test.each([
    ['what its scope says', INVOICES, 200, undefined],
    ['nothing else of its tenant', '/api/audit', 403, 'FORBIDDEN'],
    ['nothing of a person', '/api/auth/me', 403, 'FORBIDDEN'],
    ['nothing of the platform', '/api/admin-users', 403, 'FORBIDDEN'],
  ])('does %s', async (_what, path, status, code) => {
    const { client } = await aKey(app, tenant.owner);
    const answer = await client.get(path);
    expect([answer.status, answer.body.error?.code]).toEqual([status, code]);
  });

  test('changes nothing that it may only see', async () => {
    const { client } = await aKey(app, tenant.owner);
    const answer = await client.post(INVOICES, {});
    expect([answer.status, answer.body.error.code]).toEqual([403, 'FORBIDDEN']);
  });

  test('sees the rows of its own tenant only', async () => {
    const made = await stranger.operator.post(INVOICES, {
      items: [{ description: 'Seat', quantity: '1', unitPrice: '10.00', taxRate: '0' }],
    });
    const { client } = await aKey(app, tenant.owner);
    expect((await client.get(`${INVOICES}/${made.body.data.id}`)).status).toBe(404);
    const answer = await client.get(INVOICES, { headers: { 'x-tenant-id': stranger.id } });
    expect([answer.status, answer.body.error.code]).toEqual([403, 'TENANT_ACCESS_DENIED']);
  });

  test('of an operator works in its tenant, and is no operator', async () => {
    const { client } = await aKey(app, tenant.operator, { scopes: ['tenants:read', 'plans:write'] });
    const tenants = await client.get('/api/tenants');
    expect(tenants.body.data.map(({ id }: { id: string }) => id)).toEqual([tenant.id]);
    expect((await client.get('/api/tenants', { headers: { 'x-tenant-id': stranger.id } })).status).toBe(403);
    expect((await client.post('/api/revenue/plans', {})).body.error.code).toBe('FORBIDDEN');
  });
});

test('what a key changes stands in the audit log under the key', async () => {
  const { id, client } = await aKey(app, tenant.owner, { name: 'Registrar', scopes: ['tenants:write', 'audit:read'] });
  const answer = await client.put(`/api/tenants/${tenant.id}`, { phone: '+91 80 4718 2200' });
  expect(answer.status).toBe(200);
  const columns = 'action, actor_type, actor_id, actor_name, session_id, impersonator_id';
  expect(await app.rows(`select ${columns} from audit_entries where actor_id = $1`, [id])).toEqual([
    {
      action: 'tenant.updated',
      actor_type: 'api_key',
      actor_id: id,
      actor_name: 'Registrar',
      session_id: null,
      impersonator_id: null,
    },
  ]);
  const entries = await client.get(`/api/audit?actorId=${id}`);
  expect(entries.body.data).toMatchObject([
    { action: 'tenant.updated', actor: { type: 'api_key', id, name: 'Registrar', impersonatorId: null } },
  ]);
});

test('every key that does not work is refused with the same words', async () => {
  const valid = await aKey(app, tenant.owner);
  const expired = await aKey(app, tenant.owner);
  const revoked = await aKey(app, tenant.owner);
  const ended = await aMember(app, tenant.id, 'owner');
  const gone = await aKey(app, ended.client);
  await app.rows('update api_keys set expires_at = now() where id = $1', [expired.id]);
  await tenant.owner.delete(`/api/api-keys/${revoked.id}`);
  await app.rows('delete from memberships where user_id = $1', [ended.id]);
  const publicId = valid.text.split('_')[2];
  const lastDigit = valid.text.endsWith('0') ? '1' : '0';
  const foreign = createApiKeyTokens({ settings: { NODE_ENV: 'production' } }).issue().text;
  const texts = {
    unknown: tokens.issue().text,
    expired: expired.text,
    revoked: revoked.text,
    'of somebody gone': gone.text,
    'wrong secret': tokens.issue(publicId).text,
    'wrong checksum': `${valid.text.slice(0, -1)}${lastDigit}`,
    'another installation': foreign,
    cut: valid.text.slice(0, 30),
    'something else': 'rh_nonsense',
    'very long': `rh_test_${'a'.repeat(6000)}`,
  };
  const headers = { 'x-request-id': 'the-same-request' };
  const answers = new Map<string, unknown>();
  for (const [name, text] of Object.entries(texts)) {
    const answer = await withKey(app, text).get(INVOICES, { headers });
    const sent = Object.fromEntries([...answer.headers].filter(([header]) => header !== 'date'));
    answers.set(name, { status: answer.status, text: answer.text, headers: sent });
  }
  const [first] = answers.values();
  expect(first).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  expect(JSON.stringify(first)).toContain('API_KEY_INVALID');
  for (const [name, answer] of answers) expect({ name, answer }).toEqual({ name, answer: first });
  expect((await valid.client.get(INVOICES)).status).toBe(200);
});

test('a key counts in its header only', async () => {
  const { text } = await aKey(app, tenant.owner);
  const elsewhere: Record<string, string>[] = [
    { cookie: `${app.container.services.browserSessions.accessCookie}=${text}` },
    { 'x-api-key': text },
    { authorization: `Basic ${text}` },
    { authorization: text },
  ];
  const statuses = [];
  for (const name of ['api_key', 'apiKey', 'key', 'access_token', 'token'])
    statuses.push((await app.http.get(`${INVOICES}?${name}=${text}`)).status);
  for (const headers of elsewhere) statuses.push((await app.http.get(INVOICES, { headers })).status);
  expect(statuses).toEqual(statuses.map(() => 401));
});

describe('in another process, within a second,', () => {
  const inBoth = async (creator: HttpClient, fields: Record<string, unknown> = {}) => {
    const key = await aKey(app, creator, fields);
    const there = withKey(other, key.text);
    expect((await there.get(INVOICES)).status).toBe(200);
    return { ...key, there };
  };

  test('a key that is revoked is dead', async () => {
    const { id, there } = await inBoth(tenant.owner);
    await tenant.owner.delete(`/api/api-keys/${id}`);
    expect(await untilStatus(there, INVOICES, 401)).toBeLessThan(1000);
  });

  test.each([
    ['that is suspended', "update users set status = 'suspended' where id = $1", 401],
    ['who is deleted', 'delete from users where id = $1', 401],
    ['who is no longer a member', 'delete from memberships where user_id = $1', 401],
    ['whose membership is suspended', "update memberships set status = 'suspended' where user_id = $1", 401],
    ['with a lower role', "update memberships set role = 'member' where user_id = $1", 403],
  ])('a key of somebody %s does no more than they', async (_what, change, status) => {
    const creator = await aMember(app, tenant.id, 'owner');
    const { there } = await inBoth(creator.client);
    await app.rows(change, [creator.id]);
    await tell(app, 'user', creator.id);
    expect(await untilStatus(there, INVOICES, status)).toBeLessThan(1000);
  });

  test('a key of an operator who lost a permission loses it', async () => {
    const { id, client } = await anAdmin();
    const { there } = await inBoth(client.with({ 'x-tenant-id': tenant.id }));
    await app.rows(`update users set platform_permissions = '["tenants:read"]' where id = $1`, [id]);
    await tell(app, 'user', id);
    expect(await untilStatus(there, INVOICES, 403)).toBeLessThan(1000);
  });

  test('a rotated key has its new secret, and its old one for the overlap', async () => {
    const { id, there } = await inBoth(tenant.owner);
    const rotate = async (overlapHours: number): Promise<HttpClient> => {
      const { body } = await tenant.owner.post(`/api/api-keys/${id}/rotate`, { overlapHours });
      return withKey(other, body.data.key);
    };
    const second = await rotate(24);
    expect(await untilStatus(second, INVOICES, 200)).toBeLessThan(1000);
    expect((await there.get(INVOICES)).status).toBe(200);
    const third = await rotate(24);
    expect(await untilStatus(there, INVOICES, 401)).toBeLessThan(1000);
    expect([(await second.get(INVOICES)).status, (await third.get(INVOICES)).status]).toEqual([200, 200]);
    await app.rows("update api_keys set previous_expires_at = now() - interval '1 second' where id = $1", [id]);
    const [row] = await app.rows<{ public_id: string }>('select public_id from api_keys where id = $1', [id]);
    await tell(app, 'api-key', row?.public_id ?? '');
    expect(await untilStatus(second, INVOICES, 401)).toBeLessThan(1000);
    const fourth = await rotate(0);
    expect(await untilStatus(third, INVOICES, 401)).toBeLessThan(1000);
    expect((await fourth.get(INVOICES)).status).toBe(200);
  });

  test('a suspended tenant is closed to its keys, and says so', async () => {
    const closed = await aTenant(app, operator);
    const { there } = await inBoth(closed.owner);
    await operator.post(`/api/tenants/${closed.id}/suspend`, { reason: 'Overdue' });
    expect(await untilStatus(there, INVOICES, 403)).toBeLessThan(1000);
    expect((await there.get(INVOICES)).body.error.code).toBe('TENANT_SUSPENDED');
  });
});

async function anAdmin(): Promise<{ id: string; client: HttpClient }> {
  const client = await anOperator(app, 'admin');
  const { body } = await client.get('/api/auth/me');
  return { id: body.data.id ?? body.data.user.id, client };
}

describe('allowed networks', () => {
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

  test.each([
    ['198.51.100.7', 200],
    ['::ffff:198.51.100.7', 200],
    ['2001:db8:5::1', 200],
    ['2001:DB8:0005:0:0:0:0:2', 200],
    ['198.51.101.7', 403],
    ['2001:db8:6::1', 403],
    ['::1', 403],
  ])('from %s: %i', async (address, status) => {
    const key = await aKey(app, tenant.owner, { allowedCidrs: ['198.51.100.0/24', '2001:db8:5::/48'] });
    const answer = await key.client.get(INVOICES, from(address));
    expect([answer.status, answer.body.error?.code]).toEqual([
      status,
      status === 403 ? 'ADDRESS_NOT_ALLOWED' : undefined,
    ]);
  });

  test('tell nothing to those who lack the secret', async () => {
    const key = await aKey(app, tenant.owner, { allowedCidrs: ['198.51.100.0/24'] });
    const guess = withKey(app, tokens.issue(key.text.split('_')[2]).text);
    expect((await guess.get(INVOICES, from('203.0.113.1'))).status).toBe(401);
  });
});

describe('the database', () => {
  const statementsOf = async (work: () => Promise<unknown>) => (await recordStatements(work)).statements.length;

  test('is asked once for a key, and not at all for what can be none', async () => {
    const { client, text } = await aKey(app, tenant.owner);
    const there = withKey(other, text);
    await there.get(INVOICES);
    await eventually(async () => (await statementsOf(() => there.get(INVOICES))) === 2, 'only the list is read');
    const unknown = withKey(app, tokens.issue().text);
    await client.get(INVOICES);
    const counts = [];
    for (let call = 0; call < 2; call += 1) counts.push(await statementsOf(() => unknown.get(INVOICES)));
    const mistyped = withKey(app, `${text.slice(0, -2)}${text.endsWith('00') ? '11' : '00'}`);
    counts.push(await statementsOf(() => mistyped.get(INVOICES)));
    expect(counts).toEqual([1, 0, 0]);
  });
});

describe('the last use', () => {
  const lastUseOf = async (id: string) => {
    const [row] = await app.rows<{ last_used_at: Date | null; last_used_ip: string | null }>(
      'select last_used_at, last_used_ip from api_keys where id = $1',
      [id],
    );
    return row;
  };

  test('is written down by the time the process ends, without a change of the key', async () => {
    const process = await startTestApp({ settings: { TRUST_PROXY_HOPS: '1' }, database: app.database });
    const keys = [await aKey(app, tenant.owner), await aKey(app, tenant.owner)];
    const [before] = await app.rows('select updated_at from api_keys where id = $1', [keys[0]?.id]);
    for (const key of [...keys, ...keys]) {
      const answer = await withKey(process, key.text).get(INVOICES, { headers: { 'x-forwarded-for': '198.51.100.7' } });
      expect(answer.status).toBe(200);
    }
    await process.close();
    for (const { id } of keys) expect(await lastUseOf(id)).toMatchObject({ last_used_ip: '198.51.100.7' });
    expect(await app.rows('select updated_at from api_keys where id = $1', [keys[0]?.id])).toEqual([before]);
    const list = await tenant.owner.get('/api/api-keys?limit=100');
    const listed = list.body.data.find(({ id }: { id: string }) => id === keys[0]?.id);
    expect(listed).toMatchObject({ lastUsedIp: '198.51.100.7' });
    expect(Math.abs(Date.parse(listed.lastUsedAt) - Date.now())).toBeLessThan(60_000);
  });

  test('is written at most once in a while for all keys together, and the latest wins', async () => {
    const repository = createApiKeyRepository({ database: app.container.infrastructure.database });
    const batches: (readonly ApiKeyUse[])[] = [];
    const recordUses: typeof repository.recordUses = (ctx, uses) => {
      batches.push(uses);
      return repository.recordUses(ctx, uses);
    };
    const { log } = app.container.infrastructure;
    const usage = createApiKeyUsage({ apiKeys: { recordUses }, log, everyMs: 300 });
    const keys = [await aKey(app, tenant.owner), await aKey(app, tenant.owner)];
    const noteAll = (usedAt: string) => {
      for (const { id } of keys) usage.note({ tenantId: tenant.id, id, usedAt, ipAddress: '192.0.2.1' });
    };
    const writtenAt = async (usedAt: string) =>
      eventually(async () => {
        const uses = await Promise.all(keys.map(({ id }) => lastUseOf(id)));
        return uses.every((use) => use?.last_used_at?.toISOString() === usedAt);
      }, `the use at ${usedAt}`);
    noteAll('2026-01-01T00:00:00.000Z');
    await writtenAt('2026-01-01T00:00:00.000Z');
    for (let minute = 1; minute <= 5; minute += 1) noteAll(`2026-01-01T00:0${minute}:00.000Z`);
    await writtenAt('2026-01-01T00:05:00.000Z');
    expect(batches.map((uses) => uses.length)).toEqual([2, 2]);
    usage.note({ tenantId: 'no tenant', id: 'no key', usedAt: 'never', ipAddress: null });
    await usage.close();
    log.flush();
    expect(logged).toContain('the last use of API keys was not written down');
    noteAll('2025-01-01T00:00:00.000Z');
    await usage.close();
    await writtenAt('2026-01-01T00:05:00.000Z');
    expect(batches).toHaveLength(4);
  });

  test('is not that of a request that was refused', async () => {
    const process = await startTestApp({ database: app.database });
    const { id, text } = await aKey(app, tenant.owner, { allowedCidrs: ['198.51.100.0/24'] });
    expect((await withKey(process, text).get(INVOICES)).status).toBe(403);
    await process.close();
    expect(await lastUseOf(id)).toEqual({ last_used_at: null, last_used_ip: null });
  });
});

test('no key reaches the log', async () => {
  const { text, client } = await aKey(app, tenant.owner);
  await client.get(INVOICES);
  await client.get(`${INVOICES}?key=${text}`);
  await client.get(`${INVOICES}/${text}`);
  await client.get(`/nowhere/${text}`, { headers: { 'user-agent': text } });
  await client.post(INVOICES, { note: text }, { 'idempotency-key': randomUUID() });
  const { log } = app.container.infrastructure;
  log.error(`failed for ${text}`, { error: new Error(`was sent ${text}`), list: [`Bearer ${text}`] });
  log.flush();
  const { length } = logged;
  expect(length).toBeGreaterThan(0);
  expect(logged).toContain(text.slice(0, text.lastIndexOf('_') + 1));
  expect(logged).not.toContain(text.slice(text.lastIndexOf('_') + 1));
  const entries = await app.rows('select changes, user_agent from audit_entries');
  expect(JSON.stringify(entries)).not.toContain(text);
});
