import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { inOrganizationStorage } from '../../../src/repositories/base/organization-storage.ts';
import { statement } from '../../../src/repositories/base/statement.ts';
import { organizationScope, platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { eventually } from '../../support/eventually.ts';
import {
  anOrganization,
  createOrganization,
  hasRole,
  storagesOf,
  type TestOrganization,
} from '../../support/organizations.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { startWorkers } from '../../support/workers.ts';

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

describe('a creation that is cut off', () => {
  /** Locks what a step needs, waits until the creation stands before it, and ends its connection. */
  const cutOffAt = async (table: string) => {
    const name = `Cut off ${randomUUID()}`;
    const email = `cut-${randomUUID()}@acme.example`;
    return withClient(app.database.adminUrl, async (client) => {
      await client.query('begin');
      await client.query(`lock table ${table} in access exclusive mode`);
      const answer = createOrganization(app.http, name, email);
      const pid = await eventually(async () => {
        const rows = await app.rows<{ pid: number }>(
          `select pid from pg_stat_activity
           where datname = current_database() and application_name = 'rowhouse-platform' and wait_event_type = 'Lock'
             and state = 'active' and xact_start is not null and query !~ '^select exists'`,
        );
        return rows[0]?.pid;
      }, `the creation waits for ${table}`);
      await client.query('select pg_terminate_backend($1)', [pid]);
      await client.query('rollback');
      return { name, email, answer: await answer };
    });
  };

  test.each(['audit_entries', 'pg_catalog.pg_auth_members', 'pg_catalog.pg_default_acl'])(
    'at %s leaves nothing, and can be done again',
    async (table) => {
      const before = await storagesOf(app);
      const roles = await app.rows(`select count(*) from pg_roles where rolname like 'org\\_%'`);
      const { name, email, answer } = await cutOffAt(table);
      expect(answer.status).toBe(503);
      expect(await storagesOf(app)).toEqual(before);
      expect(await app.rows(`select count(*) from pg_roles where rolname like 'org\\_%'`)).toEqual(roles);
      expect(await app.rows('select from organizations where name = $1', [name])).toEqual([]);
      expect(await app.rows('select from organization_admins where email = $1', [email])).toEqual([]);
      expect((await createOrganization(app.http, name, email)).status).toBe(201);
    },
  );
});

describe('the storage of a deleted organization', () => {
  const remove = async ({ name, admin }: TestOrganization) => {
    const answer = await admin.delete(`/org/delete?org_name=${encodeURIComponent(name)}`);
    expect(answer.status).toBe(200);
  };

  const clean = async () => {
    const { organizationStorages } = app.container.services;
    return organizationStorages.cleaner.clean(systemContext(platformScope, 'cleaner-test'), 1000);
  };

  const isThere = async ({ storage }: TestOrganization) => [
    (await storagesOf(app)).includes(storage),
    await hasRole(app, storage),
  ];

  test('is dropped by a job', async () => {
    const organization = await anOrganization(app);
    await organization.admin.post('/org/documents', { n: 1 });
    await remove(organization);
    expect(await isThere(organization)).toEqual([true, true]);
    const workers = await startWorkers(app);
    await eventually(async () => !(await hasRole(app, organization.storage)), 'the storage is dropped');
    await workers.close(1000);
    expect(await isThere(organization)).toEqual([false, false]);
  });

  test('is dropped by the cleaner where the job was lost, and no other is', async () => {
    const [kept, lost, alsoLost] = await Promise.all([anOrganization(app), anOrganization(app), anOrganization(app)]);
    await Promise.all([remove(lost), remove(alsoLost)]);
    await app.rows(`delete from outbox_events where type = 'organization.deleted'`);
    expect(await clean()).toBe(2);
    expect(await clean()).toBe(0);
    expect(await Promise.all([kept, lost, alsoLost].map(isThere))).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
    expect((await kept.admin.get('/org/documents')).status).toBe(200);
  });

  test('that is in use is left for the next time, and holds up no other', async () => {
    const [busy, idle] = await Promise.all([anOrganization(app), anOrganization(app)]);
    await withClient(app.database.adminUrl, async (client) => {
      await client.query('begin');
      await client.query(`select * from ${busy.storage}.documents`);
      await Promise.all([remove(busy), remove(idle)]);
      expect(await clean()).toBe(1);
      expect(await Promise.all([busy, idle].map(isThere))).toEqual([
        [true, true],
        [false, false],
      ]);
      await client.query('rollback');
    });
    expect(await clean()).toBe(1);
  });

  test('can be dropped twice, and never while the organization is there', async () => {
    const { organizationStorages } = app.container.services;
    const ctx = systemContext(platformScope, 'storage-test');
    const organization = await anOrganization(app);
    await expect(organizationStorages.remove(ctx, organization.id)).rejects.toMatchObject({ code: '55006' });
    expect(await isThere(organization)).toEqual([true, true]);
    await remove(organization);
    await organizationStorages.remove(ctx, organization.id);
    await organizationStorages.remove(ctx, organization.id);
    expect(await isThere(organization)).toEqual([false, false]);
  });

  test('answers a request that had been let in before as gone', async () => {
    const organization = await anOrganization(app);
    await app.rows('delete from organizations where id = $1', [organization.id]);
    await clean();
    const { tx, database } = app.container.infrastructure;
    const ctx = systemContext(organizationScope(organization.id), 'storage-test');
    const late = tx.run(ctx, (txCtx) =>
      inOrganizationStorage(txCtx, () => database.query(txCtx, statement('select count(*) as total from documents'))),
    );
    await expect(late).rejects.toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
  });
});
