import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { recordStatements } from '../../support/statement-recorder.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { aKey, aMember, tell, untilStatus, withKey } from './api-key-fixture.ts';

const RULES = '/api/security/ip-rules';
const INVOICES = '/api/revenue/invoices';
const PLATFORM_ID = '00000000-0000-0000-0000-000000000000';

/** Where everybody is unless they say otherwise. */
const HOME = '192.0.2.1';
const AWAY = '198.51.100.9';

let app: TestApp;
/** Another process on the same database. */
let other: TestApp;
let operator: HttpClient;
let tenant: TestTenant;
let stranger: TestTenant;
let key: HttpClient;

const from = (address: string) => ({ 'x-forwarded-for': address });

beforeAll(async () => {
  const settings = {
    TRUST_PROXY_HOPS: '1',
    JWT_KEYS: `test:${Buffer.from(randomUUID()).toString('base64')}`,
  };
  app = await startTestApp({ settings });
  other = await startTestApp({ settings, database: app.database });
  operator = (await anOperator(app)).with(from(HOME));
  await aPlan(app);
  tenant = atHome(await aTenant(app, operator));
  stranger = atHome(await aTenant(app, operator));
  key = (await aKey(app, tenant.owner)).client;
});

afterAll(async () => {
  await other.close();
  await app.close();
});

const atHome = (made: TestTenant): TestTenant => ({
  ...made,
  owner: made.owner.with(from(HOME)),
  operator: made.operator.with(from(HOME)),
});

/** Puts rules into the place of those that are there, and waits until both processes have heard of it. */
async function setRules(ownerId: string, rules: readonly string[]): Promise<void> {
  await app.rows('delete from ip_rules where tenant_id = $1', [ownerId]);
  for (const rule of rules) {
    const [action, cidr] = rule.split(' ');
    await app.rows('insert into ip_rules (tenant_id, id, action, cidr) values ($1, gen_random_uuid(), $2, $3)', [
      ownerId,
      action,
      cidr,
    ]);
  }
  const heard = [app, other].map(
    ({ container }) =>
      new Promise<void>((resolve) => {
        container.infrastructure.notifications.subscribe('rowhouse_invalidation', (payload) => {
          if (payload === `ip-rules:${ownerId}`) resolve();
        });
      }),
  );
  await tell(app, 'ip-rules', ownerId);
  await Promise.all(heard);
}

beforeEach(async () => {
  await setRules(PLATFORM_ID, []);
  await setRules(tenant.id, []);
});

const rowsOf = (ownerId: string) =>
  app.rows('select id, action, cidr, note from ip_rules where tenant_id = $1 order by created_at, id', [ownerId]);

describe('a rule', () => {
  test('is made, listed and deleted, and each change is written down', async () => {
    const body = { action: 'deny', cidr: '2001:DB8::/32', note: 'Scrapers' };
    const answer = await tenant.owner.post(RULES, body);
    expect(answer.status).toBe(201);
    const { id } = answer.body.data;
    const row = { id, action: 'deny', cidr: '2001:db8::/32', note: 'Scrapers' };
    expect(answer.body.data).toMatchObject(row);
    expect(await rowsOf(tenant.id)).toEqual([row]);
    await tenant.owner.post(RULES, { action: 'allow', cidr: '192.0.2.0/24' });
    const list = async (query: string) => (await tenant.owner.get(`${RULES}?${query}`)).body.data;
    expect(await list('sort=createdAt')).toMatchObject([row, { cidr: '192.0.2.0/24', note: null }]);
    expect(await list('action=deny')).toEqual([answer.body.data]);
    expect((await stranger.owner.get(RULES)).body.data).toEqual([]);
    expect((await stranger.owner.delete(`${RULES}/${id}`)).body.error.code).toBe('IP_RULE_NOT_FOUND');
    expect((await tenant.owner.delete(`${RULES}/${id}`)).status).toBe(204);
    expect((await tenant.owner.delete(`${RULES}/${id}`)).status).toBe(404);
    const audit = await app.rows(
      'select action, changes from audit_entries where resource_id = $1 order by occurred_at, id',
      [id],
    );
    const fields = { action: 'deny', cidr: '2001:db8::/32', note: 'Scrapers' };
    expect(audit).toEqual([
      { action: 'ip_rule.created', changes: { after: fields } },
      { action: 'ip_rule.deleted', changes: { before: fields } },
    ]);
    const events = await app.rows("select type from security_events where details ->> 'ruleId' = $1 order by id", [id]);
    expect(events).toEqual([{ type: 'ip_rule.created' }, { type: 'ip_rule.deleted' }]);
  });

  test('of the platform is the operators’', async () => {
    const answer = await operator.post(RULES, { action: 'deny', cidr: AWAY });
    expect(answer.body.data.cidr).toBe(`${AWAY}/32`);
    expect(await rowsOf(PLATFORM_ID)).toHaveLength(1);
    expect((await operator.get(RULES)).body.data).toHaveLength(1);
    expect((await tenant.owner.get(RULES)).body.data).toEqual([]);
    expect((await tenant.operator.get(RULES)).body.data).toEqual([]);
    expect((await tenant.owner.delete(`${RULES}/${answer.body.data.id}`)).status).toBe(404);
    expect((await operator.delete(`${RULES}/${answer.body.data.id}`)).status).toBe(204);
  });

  test.each([
    ['no network', { action: 'deny', cidr: 'home' }, 'body.cidr'],
    ['bits behind the prefix', { action: 'deny', cidr: '10.1.2.3/8' }, 'body.cidr'],
    ['another action', { action: 'log', cidr: '10.0.0.0/8' }, 'body.action'],
    ['an unknown field', { action: 'deny', cidr: '10.0.0.0/8', tenantId: randomUUID() }, 'body.tenantId'],
  ])('with %s is refused', async (_what, body, path) => {
    const answer = await tenant.owner.post(RULES, body);
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, path]);
  });

  test('is made by those who may', async () => {
    const { client: manager } = await aMember(app, tenant.id, 'manager');
    const { client: reader } = await aKey(app, tenant.owner, { scopes: ['security:read'] });
    const body = { action: 'deny', cidr: AWAY };
    const statuses = [];
    for (const caller of [app.http, manager, reader]) statuses.push((await caller.post(RULES, body)).status);
    expect(statuses).toEqual([401, 403, 403]);
    expect((await reader.get(RULES)).status).toBe(200);
    expect((await manager.get(RULES)).status).toBe(403);
  });

  test('is the only one for its network in its scope, however many try', async () => {
    const bodies = ['10.0.0.0/8', '::ffff:10.0.0.0/104', '10.0.0.0/8'].map((cidr) => ({ action: 'deny', cidr }));
    const answers = await Promise.all(bodies.map((body) => tenant.owner.post(RULES, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.error.code).toBe('IP_RULE_EXISTS');
    expect((await stranger.owner.post(RULES, bodies[0])).status).toBe(201);
    expect((await operator.post(RULES, bodies[0])).status).toBe(201);
    expect(await rowsOf(tenant.id)).toHaveLength(1);
  });

  test('is one of five hundred at most, however many are made at once', async () => {
    await app.rows(
      `insert into ip_rules (tenant_id, id, action, cidr)
       select $1, gen_random_uuid(), 'deny', '10.' || n / 256 || '.' || n % 256 || '.0/24' from generate_series(1, 498) n`,
      [tenant.id],
    );
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => tenant.owner.post(RULES, { action: 'deny', cidr: `11.0.${n}.0/24` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.error.code).toBe('IP_RULE_LIMIT_REACHED');
  });
});

describe('nobody locks themselves out', () => {
  const refusal = async (client: HttpClient, action: string, cidr: string) => {
    const answer = await client.post(RULES, { action, cidr });
    return answer.body.error?.code ?? answer.status;
  };

  test.each([
    ['deny', `${HOME}/32`, 'RULE_LOCKS_OUT_CALLER'],
    ['deny', '0.0.0.0/0', 'RULE_LOCKS_OUT_CALLER'],
    ['allow', `${AWAY}/32`, 'RULE_LOCKS_OUT_CALLER'],
    ['allow', '::/0', 'RULE_LOCKS_OUT_CALLER'],
    ['allow', '192.0.2.0/24', 201],
    ['deny', `${AWAY}/32`, 201],
  ])('by a rule to %s %s: %s', async (action, cidr, expected) => {
    expect(await refusal(tenant.owner, action, cidr)).toBe(expected);
    expect(await rowsOf(tenant.id)).toHaveLength(expected === 201 ? 1 : 0);
    expect(await refusal(operator, action, cidr)).toBe(expected);
    expect(await rowsOf(PLATFORM_ID)).toHaveLength(expected === 201 ? 1 : 0);
  });

  test('by a tenant’s rule that does not hold for them', async () => {
    expect(await refusal(tenant.operator, 'deny', HOME)).toBe(201);
    expect((await tenant.operator.get(INVOICES)).status).toBe(200);
    expect((await tenant.owner.get(INVOICES)).status).toBe(403);
  });

  test('by taking away what allows them', async () => {
    const { body } = await tenant.owner.post(RULES, { action: 'allow', cidr: HOME });
    await tenant.owner.post(RULES, { action: 'allow', cidr: AWAY });
    const path = `${RULES}/${body.data.id}`;
    expect((await tenant.owner.delete(path)).body.error.code).toBe('RULE_LOCKS_OUT_CALLER');
    expect(await rowsOf(tenant.id)).toHaveLength(2);
    expect((await tenant.owner.send('DELETE', path, { headers: from(AWAY) })).status).toBe(204);
  });
});

describe('who passes', () => {
  const callers: Record<string, () => HttpClient> = {
    operator: () => operator,
    'operator in the tenant': () => tenant.operator,
    member: () => tenant.owner,
    key: () => key,
    stranger: () => stranger.owner,
  };
  const everybody = Object.keys(callers);
  const operators = ['operator', 'operator in the tenant'];
  const ownPeople = ['member', 'key'];
  const without = (names: readonly string[]) => everybody.filter((name) => !names.includes(name));

  test.each<[string, string[], string[], string, string[]]>([
    ['without rules', [], [], AWAY, everybody],
    ['the platform denies', ['deny 198.51.100.0/24'], [], AWAY, []],
    ['the platform denies others', ['deny 203.0.113.0/24'], [], AWAY, everybody],
    ['the platform allows', ['allow 198.51.100.0/24'], [], AWAY, everybody],
    ['the platform allows others', ['allow 203.0.113.0/24'], [], AWAY, without(operators)],
    ['the platform allows and denies', ['allow 198.51.100.0/24', `deny ${AWAY}/32`], [], AWAY, []],
    ['the tenant denies', [], ['deny 198.51.100.0/24'], AWAY, without(ownPeople)],
    ['the tenant allows', [], ['allow 198.51.100.0/24'], AWAY, everybody],
    ['the tenant allows others', [], ['allow 203.0.113.0/24'], AWAY, without(ownPeople)],
    ['the tenant denies within', [], ['allow 198.51.100.0/24', `deny ${AWAY}/32`], AWAY, without(ownPeople)],
    ['the tenant allows within', [], ['deny 198.51.100.0/24', `allow ${AWAY}/32`], AWAY, without(ownPeople)],
    ['the tenant allows what the platform denies', [`deny ${AWAY}/32`], [`allow ${AWAY}/32`], AWAY, []],
    ['the tenant denies IPv6', [], ['deny 2001:db8::/32'], '2001:db8::7', without(ownPeople)],
    ['the tenant denies other IPv6', [], ['deny 2001:db8::/32'], '2001:db9::7', everybody],
    ['the tenant denies IPv4, mapped', [], [`deny ${AWAY}/32`], `::ffff:${AWAY}`, without(ownPeople)],
    ['the tenant allows IPv4 only', [], ['allow 0.0.0.0/0'], '2001:db8::7', without(ownPeople)],
  ])('where %s', async (_what, platformRules, tenantRules, address, passing) => {
    await setRules(PLATFORM_ID, platformRules);
    await setRules(tenant.id, tenantRules);
    const passed = [];
    for (const [name, caller] of Object.entries(callers)) {
      const answer = await caller().get(INVOICES, { headers: from(address) });
      if (answer.status === 200) passed.push(name);
      else expect([answer.status, answer.body.error.code]).toEqual([403, 'ADDRESS_NOT_ALLOWED']);
    }
    expect(passed).toEqual(passing);
  });

  test('a member whom the tenant does not want there still has what is their own', async () => {
    await setRules(tenant.id, [`deny ${AWAY}/32`]);
    expect((await tenant.owner.get('/api/auth/me', { headers: from(AWAY) })).status).toBe(200);
    await setRules(PLATFORM_ID, [`deny ${AWAY}/32`]);
    expect((await tenant.owner.get('/api/auth/me', { headers: from(AWAY) })).status).toBe(403);
  });

  test('nobody signs in from where the platform denies; health answers everywhere', async () => {
    await setRules(PLATFORM_ID, [`deny ${AWAY}/32`, `allow ${HOME}/32`]);
    const body = { email: tenant.ownerEmail, password: 'a password for tests only' };
    const signIn = async (address: string) => (await app.http.post('/api/auth/login', body, from(address))).status;
    expect([await signIn(AWAY), await signIn('203.0.113.5')]).toEqual([403, 200]);
    const metrics = { authorization: 'Bearer metrics-token-of-a-test' };
    const get = async (path: string, headers: Record<string, string>) =>
      (await app.http.get(path, { headers: { ...headers, ...from(AWAY) } })).status;
    expect([await get('/health/live', {}), await get('/metrics', metrics)]).toEqual([200, 403]);
  });

  test('a forged header counts for nothing', async () => {
    await setRules(tenant.id, [`deny ${AWAY}/32`]);
    const forged = await tenant.owner.get(INVOICES, { headers: from(`${HOME}, ${AWAY}`) });
    expect(forged.status).toBe(403);
  });
});

describe('the rules in memory', () => {
  test('change in another process within a second', async () => {
    const { text } = await aKey(app, tenant.owner);
    const there = withKey(other, text).with(from(AWAY));
    expect((await there.get(INVOICES)).status).toBe(200);
    const { body } = await tenant.owner.post(RULES, { action: 'deny', cidr: AWAY });
    expect(await untilStatus(there, INVOICES, 403)).toBeLessThan(1000);
    await tenant.owner.delete(`${RULES}/${body.data.id}`);
    expect(await untilStatus(there, INVOICES, 200)).toBeLessThan(1000);
    const { body: wide } = await operator.post(RULES, { action: 'deny', cidr: AWAY });
    expect(await untilStatus(there, INVOICES, 403)).toBeLessThan(1000);
    await operator.delete(`${RULES}/${wide.data.id}`);
    expect(await untilStatus(there, INVOICES, 200)).toBeLessThan(1000);
  });

  test('hold at once in the process that changes them', async () => {
    const away = tenant.owner.with(from(AWAY));
    await tenant.owner.post(RULES, { action: 'deny', cidr: AWAY });
    expect((await away.get(INVOICES)).status).toBe(403);
  });

  test('are read once', async () => {
    await tenant.owner.get(INVOICES);
    const { statements } = await recordStatements(() => tenant.owner.get(INVOICES));
    expect(statements.filter(({ text }) => text.includes('ip_rules'))).toEqual([]);
  });
});
