import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, signIn, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const PATH = '/api/configurations';

let app: TestApp;
let tenant: TestTenant;
let other: TestTenant;
let owner: HttpClient;
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  const operator = await anOperator(app);
  tenant = await aTenant(app, operator);
  other = await aTenant(app, operator);
  owner = tenant.owner;
});

afterAll(() => app.close());

/** A key that nobody uses. */
const aKey = () => ({ category: 'partners', key: `key${++count}` });
const pathOf = ({ category, key }: { category: string; key: string }): string => `${PATH}/${category}/${key}`;

const set = (body: object, client = owner) => client.put(PATH, body);
const codeOf = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [status, body.error?.code];

const rowsOf = (key: string) =>
  app.rows('select tenant_id, value, default_value, version from configurations where key = $1', [key]);

describe('making and changing', () => {
  test('answers 201 for a new one and 200 for one that was there, and keeps every version', async () => {
    const at = aKey();
    const made = await set({ ...at, dataType: 'integer', value: 1, description: 'Seats' });
    expect(made.status).toBe(201);
    expect(made.body.data).toMatchObject({
      ...at,
      dataType: 'integer',
      value: 1,
      defaultValue: null,
      isRequired: false,
      validationRules: null,
      description: 'Seats',
      version: 1,
      valueIsValid: true,
      problems: [],
    });
    const changed = await set({ ...at, value: 2 });
    expect(changed.status).toBe(200);
    expect(changed.body.data).toMatchObject({ value: 2, description: 'Seats', version: 2, id: made.body.data.id });
    expect(await rowsOf(at.key)).toEqual([{ tenant_id: tenant.id, value: 2, default_value: null, version: 2 }]);
    const versions = await app.rows(
      `select version, value, changed_by_name from configuration_versions where configuration_id = $1 order by version`,
      [made.body.data.id],
    );
    expect(versions).toEqual([
      { version: 1, value: 1, changed_by_name: 'Owner' },
      { version: 2, value: 2, changed_by_name: 'Owner' },
    ]);
    const audit = await app.rows(
      `select action, changes from audit_entries where resource_id = $1 order by occurred_at, id`,
      [made.body.data.id],
    );
    expect(audit).toEqual([
      { action: 'configuration.created', changes: expect.objectContaining({ after: expect.anything() }) },
      {
        action: 'configuration.updated',
        changes: { before: { value: 1, version: 1 }, after: { value: 2, version: 2 } },
      },
    ]);
  });

  test('leaves what is absent, and clears what is null', async () => {
    const at = aKey();
    await set({ ...at, dataType: 'string', value: 'a', defaultValue: 'b', validationRules: { maxLength: 3 } });
    const cleared = await set({ ...at, value: null, validationRules: null });
    expect(cleared.body.data).toMatchObject({ value: null, defaultValue: 'b', validationRules: null });
    expect(await rowsOf(at.key)).toMatchObject([{ value: null, default_value: 'b' }]);
  });

  test('refuses a new one without a data type, unknown fields and names that are none', async () => {
    const at = aKey();
    for (const body of [
      { ...at, value: 1 },
      { ...at, dataType: 'date', value: 1 },
      { ...at, dataType: 'string', unknown: true },
      { ...at, key: 'a b', dataType: 'string' },
      { ...at, category: 'all', dataType: 'string' },
      { ...at, dataType: 'string', version: 0 },
    ]) {
      expect(codeOf(await set(body))).toEqual([400, 'VALIDATION_FAILED']);
    }
    expect(await rowsOf(at.key)).toEqual([]);
  });

  test('needs the version that is there, where one is given', async () => {
    const at = aKey();
    expect(codeOf(await set({ ...at, dataType: 'integer', version: 1 }))).toEqual([409, 'VERSION_CONFLICT']);
    await set({ ...at, dataType: 'integer', value: 1 });
    const answers = await Promise.all([2, 3, 4].map((value) => set({ ...at, value, version: 1 })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const conflict = answers.find(({ status }) => status === 409);
    expect(conflict?.body.error.details.current).toMatchObject({ ...at, version: 2, valueIsValid: true });
  });

  test('makes one of several that are made at once', async () => {
    const at = aKey();
    const answers = await Promise.all([1, 2, 3, 4].map((value) => set({ ...at, dataType: 'integer', value })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    expect(await rowsOf(at.key)).toMatchObject([{ version: 4 }]);
  });

  test('refuses a required one that has neither value nor default', async () => {
    const at = aKey();
    const bare = { ...at, dataType: 'string', isRequired: true };
    expect(codeOf(await set(bare))).toEqual([422, 'CONFIGURATION_VALUE_REQUIRED']);
    expect((await set({ ...bare, defaultValue: 'x' })).status).toBe(201);
    expect(codeOf(await set({ ...at, defaultValue: null }))).toEqual([422, 'CONFIGURATION_VALUE_REQUIRED']);
  });

  test('ends at as many as a tenant can have', async () => {
    const full = await aTenant(app, await anOperator(app));
    await app.rows(
      `insert into configurations (tenant_id, id, category, key, data_type, updated_at)
       select $1, gen_random_uuid(), 'many', 'full' || n, 'string', now() from generate_series(1, 500) n`,
      [full.id],
    );
    const at = { category: 'many', dataType: 'string', value: 'x' };
    expect(codeOf(await set({ ...at, key: 'more' }, full.owner))).toEqual([422, 'CONFIGURATION_LIMIT_REACHED']);
    expect((await set({ ...at, key: 'full1' }, full.owner)).status).toBe(200);
  });
});

describe('the value', () => {
  test('is the own one, else the default, else the one of the request', async () => {
    const at = aKey();
    expect(codeOf(await owner.get(pathOf(at)))).toEqual([404, 'CONFIGURATION_NOT_FOUND']);
    const fallback = await owner.get(`${pathOf(at)}?defaultValue=${encodeURIComponent('{"seats":[1]}')}`);
    expect(fallback.body.data).toMatchObject({
      value: { seats: [1] },
      source: 'request',
      dataType: null,
      version: null,
    });
    const text = await owner.get(`${pathOf(at)}?defaultValue=half%20past`);
    expect(text.body.data).toMatchObject({ value: 'half past', source: 'request' });

    await set({ ...at, dataType: 'boolean' });
    expect(codeOf(await owner.get(pathOf(at)))).toEqual([404, 'CONFIGURATION_NOT_FOUND']);
    expect((await owner.get(`${pathOf(at)}?defaultValue=true`)).body.data).toMatchObject({ value: true, version: 1 });
    await set({ ...at, defaultValue: false });
    expect((await owner.get(`${pathOf(at)}?defaultValue=true`)).body.data).toMatchObject({
      value: false,
      source: 'default',
    });
    await set({ ...at, value: true });
    expect((await owner.get(pathOf(at))).body.data).toMatchObject({ value: true, source: 'value', version: 3 });
  });

  test.each(['{"__proto__":{}}', `${'['.repeat(900)}${']'.repeat(900)}`, 'x'.repeat(2001)])(
    'is not taken from a request with %.20s',
    async (defaultValue) => {
      const answer = await owner.get(`${pathOf(aKey())}?defaultValue=${encodeURIComponent(defaultValue)}`);
      expect(codeOf(answer)).toEqual([400, 'VALIDATION_FAILED']);
    },
  );
});

describe('the list', () => {
  test('shows a category in pages and in order', async () => {
    for (const key of ['b', 'a', 'c']) await set({ category: 'sorted', key, dataType: 'string', value: key });
    const keysOf = async (query: string): Promise<string[]> =>
      (await owner.get(`${PATH}?category=sorted&${query}`)).body.data.map(({ key }: { key: string }) => key);
    expect(await keysOf('sort=key')).toEqual(['a', 'b', 'c']);
    expect(await keysOf('sort=-key')).toEqual(['c', 'b', 'a']);
    expect(await keysOf('sort=key&limit=2&page=2')).toEqual(['c']);
    expect((await keysOf('')).sort()).toEqual(['a', 'b', 'c']);
    expect((await owner.get(`${PATH}?category=sorted&limit=2`)).body.meta).toEqual({
      page: 1,
      limit: 2,
      total: 3,
      totalPages: 2,
    });
    const all: { category: string }[] = (await owner.get(`${PATH}?limit=100`)).body.data;
    expect(new Set(all.map(({ category }) => category)).size).toBeGreaterThan(1);
  });
});

describe('history', () => {
  test('shows who made it what, the newest first, in slices', async () => {
    const at = aKey();
    for (let value = 1; value <= 5; value += 1) {
      await set({ ...at, dataType: 'integer', value }, value === 5 ? tenant.operator : owner);
    }
    const first = await owner.get(`${pathOf(at)}/history?limit=3`);
    expect(first.body.data.map(({ version, value }: Record<string, unknown>) => [version, value])).toEqual([
      [5, 5],
      [4, 4],
      [3, 3],
    ]);
    expect(first.body.data[0].changedBy.name).toBe('Operator');
    expect(first.body.data[1].changedBy).toEqual({ id: expect.any(String), name: 'Owner' });
    const rest = await owner.get(`${pathOf(at)}/history?limit=3&cursor=${first.body.meta.nextCursor}`);
    expect(rest.body.data.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    expect(rest.body.meta.nextCursor).toBeNull();
    expect(codeOf(await owner.get(`${pathOf(at)}/history?cursor=bm9uZQ`))).toEqual([400, 'VALIDATION_FAILED']);
    expect(codeOf(await owner.get(`${pathOf(aKey())}/history`))).toEqual([404, 'CONFIGURATION_NOT_FOUND']);
  });

  test('goes back to a version with its own rules, as a new version', async () => {
    const at = aKey();
    const { body } = await set({ ...at, dataType: 'integer', value: 1, validationRules: { maximum: 5 } });
    await set({ ...at, dataType: 'string', value: 'many', validationRules: { maxLength: 9 } });
    const answer = await owner.post(`${pathOf(at)}/rollback`, { version: 1 });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({
      dataType: 'integer',
      value: 1,
      validationRules: { maximum: 5 },
      version: 3,
    });
    expect((await owner.get(pathOf(at))).body.data).toMatchObject({ value: 1, version: 3 });
    const [entry] = await app.rows(
      `select changes from audit_entries where resource_id = $1 and action = 'configuration.restored'`,
      [body.data.id],
    );
    expect(entry).toMatchObject({ changes: { before: { value: 'many' }, after: { value: 1 } } });
    const missing = await owner.post(`${pathOf(at)}/rollback`, { version: 9 });
    expect(codeOf(missing)).toEqual([404, 'CONFIGURATION_VERSION_NOT_FOUND']);
    expect(codeOf(await owner.post(`${pathOf(at)}/rollback`, {}))).toEqual([400, 'VALIDATION_FAILED']);
    expect(codeOf(await owner.post(`${pathOf(aKey())}/rollback`, { version: 1 }))).toEqual([
      404,
      'CONFIGURATION_NOT_FOUND',
    ]);
  });

  test('has no way back to a version that did not keep its rules', async () => {
    const at = aKey();
    await set({ ...at, dataType: 'integer', value: 10 });
    await set({ ...at, validationRules: { maximum: 5 } });
    await set({ ...at, value: 5 });
    const answer = await owner.post(`${pathOf(at)}/rollback`, { version: 2 });
    expect(codeOf(answer)).toEqual([422, 'CONFIGURATION_VALUE_INVALID']);
    expect(await rowsOf(at.key)).toMatchObject([{ value: 5, version: 3 }]);
  });
});

test('deletes a configuration with its history', async () => {
  const at = aKey();
  const { body } = await set({ ...at, dataType: 'string', value: 'x' });
  expect((await owner.delete(pathOf(at))).status).toBe(204);
  expect(await rowsOf(at.key)).toEqual([]);
  const versions = await app.rows('select 1 from configuration_versions where configuration_id = $1', [body.data.id]);
  expect(versions).toEqual([]);
  expect(codeOf(await owner.get(pathOf(at)))).toEqual([404, 'CONFIGURATION_NOT_FOUND']);
  expect(codeOf(await owner.delete(pathOf(at)))).toEqual([404, 'CONFIGURATION_NOT_FOUND']);
  const [entry] = await app.rows(
    `select changes from audit_entries where resource_id = $1 and action = 'configuration.deleted'`,
    [body.data.id],
  );
  expect(entry).toMatchObject({ changes: { before: { value: 'x' } } });
});

describe('who may', () => {
  test('nobody without a session, and no operator without a tenant', async () => {
    const at = aKey();
    expect((await app.http.get(PATH)).status).toBe(401);
    expect((await app.http.put(PATH, at)).status).toBe(401);
    const operator = await anOperator(app);
    expect(codeOf(await operator.get(PATH))).toEqual([400, 'TENANT_REQUIRED']);
  });

  test('staff see and do not change, members do neither', async () => {
    const at = aKey();
    await set({ ...at, dataType: 'string', value: 'x' });
    const clients: HttpClient[] = [];
    for (const role of ['staff', 'member']) {
      const email = `${role}@configurations.example`;
      const hash = await app.container.services.passwords.hash('a password for tests only');
      await app.rows(
        `with person as (insert into users (id, email, name, type, password_hash, updated_at)
           values (gen_random_uuid(), $1, $2, 'PLATFORM_USER', $3, now()) returning id)
         insert into memberships (tenant_id, id, user_id, role, updated_at)
         select $4, gen_random_uuid(), id, $2, now() from person`,
        [email, role, hash, tenant.id],
      );
      clients.push(await signIn(app, email));
    }
    const [staff, member] = clients;
    expect((await staff?.get(pathOf(at)))?.status).toBe(200);
    for (const answer of [await staff?.put(PATH, { ...at, value: 'y' }), await member?.get(pathOf(at))]) {
      expect(answer?.status).toBe(403);
    }
    expect(await rowsOf(at.key)).toMatchObject([{ value: 'x' }]);
  });

  test('another tenant has its own under the same key', async () => {
    const at = aKey();
    await set({ ...at, dataType: 'string', value: 'ours' });
    expect(codeOf(await other.owner.get(pathOf(at)))).toEqual([404, 'CONFIGURATION_NOT_FOUND']);
    expect(codeOf(await other.owner.get(`${pathOf(at)}/history`))).toEqual([404, 'CONFIGURATION_NOT_FOUND']);
    expect((await set({ ...at, dataType: 'string', value: 'theirs' }, other.owner)).status).toBe(201);
    expect((await owner.get(pathOf(at))).body.data.value).toBe('ours');
    expect((await other.owner.get(pathOf(at))).body.data.value).toBe('theirs');
    await other.owner.delete(pathOf(at));
    expect((await owner.get(pathOf(at))).body.data.value).toBe('ours');
  });
});
