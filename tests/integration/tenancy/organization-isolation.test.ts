import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { inOrganizationStorage } from '../../../src/repositories/base/organization-storage.ts';
import { statement } from '../../../src/repositories/base/statement.ts';
import { organizationScope, systemContext } from '../../../src/types/context-factory.ts';
import { anOrganization, type TestOrganization } from '../../support/organizations.ts';
import { recordStatements } from '../../support/statement-recorder.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app.close());

const withClient = async <T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
};

/** SQLSTATE of what a statement answers, or its rows, in a transaction that is undone. */
const answerOf = (client: pg.Client, before: string, text: string): Promise<unknown> =>
  client
    .query('begin')
    .then(() => client.query(before))
    .then(() => client.query(text))
    .then(({ rows }) => rows)
    .catch((error: unknown) => (error instanceof pg.DatabaseError ? error.code : String(error)))
    .finally(() => client.query('rollback'));

describe('the role of an organization', () => {
  let mine: TestOrganization;
  let other: TestOrganization;

  beforeAll(async () => {
    [mine, other] = await Promise.all([anOrganization(app), anOrganization(app)]);
    await mine.admin.post('/org/documents', { whose: 'mine' });
    await other.admin.post('/org/documents', { whose: 'other' });
  });

  const NO_PRIVILEGE = '42501';
  const NO_TABLE = '42P01';
  const NO_SCHEMA = '3F000';

  test('reads its own documents by its own path, and nothing by another', async () => {
    await withClient(app.database.platformUrl, async (client) => {
      const asMine = (path: string) => `set local role ${mine.storage}; set local search_path = ${path}`;
      expect(await answerOf(client, asMine(mine.storage), 'select body from documents')).toEqual([
        { body: { whose: 'mine' } },
      ]);
      expect(await answerOf(client, asMine(other.storage), 'select body from documents')).toBe(NO_TABLE);
      expect(await answerOf(client, asMine('public'), 'select body from documents')).toBe(NO_TABLE);
      expect(await answerOf(client, asMine(`org_${'0'.repeat(32)}`), 'select body from documents')).toBe(NO_TABLE);
    });
  });

  test('has no right outside of its schema, and none to change its schema', async () => {
    const refused: string[] = [
      `select * from ${other.storage}.documents`,
      `insert into ${other.storage}.documents (id, body) values (gen_random_uuid(), '{}')`,
      `update ${other.storage}.documents set body = '{}'`,
      `delete from ${other.storage}.documents`,
      'select * from public.organizations',
      'select * from public.organization_admins',
      'select * from public.tenants',
      'select * from public.users',
      'select * from public.audit_entries',
      `insert into public.audit_entries (tenant_id) values (gen_random_uuid())`,
      'create table mine (id int)',
      'drop table documents',
      'alter table documents add column x int',
      'truncate documents',
      'create schema more',
      'create role more',
      `grant ${other.storage} to ${mine.storage}`,
      'create temporary table scratch (id int)',
      `select public.create_organization_storage('${randomUUID()}')`,
      `select public.drop_organization_storage('${other.id}')`,
      `copy documents to '/tmp/documents'`,
    ];
    await withClient(app.database.platformUrl, async (client) => {
      const asMine = `set local role ${mine.storage}; set local search_path = ${mine.storage}`;
      for (const text of refused) expect([text, await answerOf(client, asMine, text)]).toEqual([text, NO_PRIVILEGE]);
    });
  });

  test.each(['tenantUrl', 'queueUrl'] as const)('can not be taken on by %s', async (url) => {
    await withClient(app.database[url], async (client) => {
      expect(await answerOf(client, 'select 1', `set local role ${mine.storage}`)).toBe(NO_PRIVILEGE);
      expect([NO_PRIVILEGE, NO_SCHEMA]).toContain(
        await answerOf(client, 'select 1', `select * from ${mine.storage}.documents`),
      );
    });
  });

  test('is no right of the platform role before it takes it on', async () => {
    await withClient(app.database.platformUrl, async (client) => {
      expect(await answerOf(client, 'select 1', `select * from ${mine.storage}.documents`)).toBe(NO_PRIVILEGE);
    });
  });

  test('is given back before anything else is written, and does not stay on the connection', async () => {
    const { database, tx } = app.container.infrastructure;
    const ctx = systemContext(organizationScope(mine.id), 'storage-test');
    const who = statement('select current_user::text as role, current_schemas(false)::text as path');
    const seen = await tx.run(ctx, async (txCtx) => [
      await database.query(txCtx, who),
      await inOrganizationStorage(txCtx, () => database.query(txCtx, who)),
      await database.query(txCtx, who),
    ]);
    const platform = [{ role: 'rowhouse_platform', path: '{public}' }];
    expect(seen).toEqual([platform, [{ role: mine.storage, path: `{pg_catalog,${mine.storage}}` }], platform]);
    for (let count = 0; count < 12; count += 1)
      expect(await tx.run(ctx, (txCtx) => database.query(txCtx, who))).toEqual(platform);
  });

  test('a failure inside leaves nothing written, whoever catches it', async () => {
    const { database, tx } = app.container.infrastructure;
    const ctx = systemContext(organizationScope(mine.id), 'storage-test');
    const fail = () =>
      tx.run(ctx, async (txCtx) => {
        await inOrganizationStorage(txCtx, () =>
          database.execute(txCtx, statement(`update documents set body = '{"whose":"nobody"}'`)),
        );
        await inOrganizationStorage(txCtx, () => database.execute(txCtx, statement('delete from public.users')));
      });
    await expect(fail()).rejects.toMatchObject({ code: NO_PRIVILEGE });
    expect(await app.rows(`select body from ${mine.storage}.documents`)).toEqual([{ body: { whose: 'mine' } }]);
  });

  test('requests of two organizations at once each see their own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? mine : other).admin.get('/org/documents')),
    );
    const wrong = answers.filter(
      ({ body }, index) => body.data[0].body.whose !== (index % 2 === 0 ? 'mine' : 'other') || body.meta.total !== 1,
    );
    expect(wrong).toEqual([]);
  });
});

describe('an index serves', () => {
  let large: TestOrganization;

  beforeAll(async () => {
    large = await anOrganization(app);
    await app.rows(
      `insert into ${large.storage}.documents (id, body, created_at)
       select gen_random_uuid(), jsonb_build_object('city', 'City ' || n % 1000, 'guests', n, 'venue', jsonb_build_object('hall', 'Hall ' || n % 10)), now() - n * interval '1 second'
       from generate_series(1, 20000) n`,
    );
    await app.rows(`vacuum analyze ${large.storage}.documents`);
  }, 60_000);

  const textOf = (value: unknown): string =>
    Array.isArray(value) ? `{${value.map((one) => JSON.stringify(String(one))).join(',')}}` : String(value);

  /** The plans, as the organization's role, of what a request asks its storage. */
  async function plansOf(request: () => Promise<unknown>): Promise<string[]> {
    const { statements } = await recordStatements(request);
    const asked = statements.filter(
      ({ text }) => / from documents(?: |$)/.test(text) || text.includes('update documents'),
    );
    return withClient(app.database.platformUrl, async (client) => {
      await client.query('set plan_cache_mode = force_generic_plan');
      const plans: string[] = [];
      for (const [index, { text, values }] of asked.entries()) {
        const given = values.map((value) => pg.escapeLiteral(textOf(value))).join(', ');
        const asOrganization = `set local role ${large.storage}; set local search_path = ${large.storage}; prepare asked${index} as ${text}`;
        const plan = await answerOf(client, asOrganization, `explain (format json) execute asked${index} (${given})`);
        plans.push(JSON.stringify(plan));
      }
      return plans;
    });
  }

  const indexOf = (plan: string): string[] => [...plan.matchAll(/"Index Name":"(\w+)"/g)].map(([, name = '']) => name);

  test.each([
    ['a text', 'filter[city]=City 17'],
    ['a number, which may be a text', 'filter[guests]=4017'],
    ['two fields', 'filter[city]=City 17&filter[venue.hall]=Hall 7'],
    ['a field that another comparison limits', 'filter[city]=City 17&filter[guests][gt]=100&sort=-body.guests'],
  ])('equality with %s', async (_what, query) => {
    const plans = await plansOf(async () => {
      const answer = await large.admin.get(`/org/documents?${query}`);
      expect(answer.body.meta.total).toBeGreaterThan(0);
    });
    expect(plans).toHaveLength(2);
    for (const plan of plans) {
      expect(indexOf(plan)).toContain('documents_body');
      expect(plan).not.toContain('Seq Scan');
    }
  });

  test.each(['createdAt', '-createdAt'])('a page by %s', async (sort) => {
    const [page = ''] = await plansOf(() => large.admin.get(`/org/documents?sort=${sort}`));
    expect(indexOf(page)).toEqual(['documents_created_at_id']);
    expect(page).not.toContain('"Node Type":"Sort"');
  });

  test('one document, a change of it, and a batch of an export', async () => {
    const { body } = await large.admin.get('/org/documents?limit=1');
    const path = `/org/documents/${body.data[0].id}`;
    for (const request of [
      () => large.admin.get(path),
      () => large.admin.put(path, { city: 'City 17' }),
      () => large.admin.delete(path),
    ]) {
      const plans = await plansOf(request);
      expect(plans.length).toBeGreaterThan(0);
      for (const plan of plans) expect(indexOf(plan)).toEqual(['documents_pkey']);
    }
    const batches = await plansOf(() => large.admin.get('/org/export'));
    expect(batches.length).toBeGreaterThan(1);
    for (const plan of batches) expect([indexOf(plan), plan.includes('Seq Scan')]).toEqual([['documents_pkey'], false]);
  });
});
