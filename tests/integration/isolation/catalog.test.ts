import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { readCatalog } from '../../support/catalog-reader.ts';
import { protectionProblems, protectionRules, structureProblems } from '../../support/catalog-rules.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';

let clone: ClonedDatabase;
let client: pg.Client;

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  client = new pg.Client({ connectionString: clone.adminUrl });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await clone.drop();
});

test('the migrated database keeps every rule of structure and protection', async () => {
  const catalog = await readCatalog(client);
  expect(catalog.tables.length).toBeGreaterThan(10);
  expect([...structureProblems(catalog), ...protectionProblems(catalog)]).toEqual([]);
});

describe('the rules find', () => {
  type RuleName = keyof typeof protectionRules;

  const faults: ReadonlyArray<[RuleName, string, string]> = [
    [
      'row-level security is on and forced',
      'alter table invoices disable row level security',
      'invoices has no row-level',
    ],
    ['row-level security is on and forced', 'alter table invoices no force row level security', 'does not force'],
    ['policies are the two of the template', 'drop policy platform_access on invoices', 'invoices'],
    [
      'policies are the two of the template',
      'create policy more on invoices for select to rowhouse_tenant using (true)',
      '"more"',
    ],
    ['policies are the two of the template', 'alter policy tenant_wall on invoices to public', 'public'],
    ['policies are the two of the template', 'alter policy tenant_wall on invoices with check (true)', 'invoices'],
    ['policies are the two of the template', 'alter policy tenant_wall on tenants using (id is not null)', 'tenants'],
    ['a row never changes its tenant', 'drop trigger tenant_is_immutable on emails', 'emails'],
    ['a row never changes its tenant', 'alter table emails disable trigger tenant_is_immutable', 'emails'],
    ['grants are the reviewed ones', 'grant truncate on invoices to rowhouse_tenant', 'TRUNCATE'],
    ['grants are the reviewed ones', 'grant update on audit_entries to rowhouse_platform', 'audit_entries'],
    ['grants are the reviewed ones', 'grant select on users to rowhouse_tenant', 'users'],
    ['grants are the reviewed ones', 'grant select (email) on users to rowhouse_tenant', 'SELECT (email)'],
    ['grants are the reviewed ones', 'grant select on plans to public', 'public'],
    ['grants are the reviewed ones', 'grant select on plans to rowhouse_queue', 'rowhouse_queue'],
    ['the reviewed lists are current', 'drop index invoices_search', 'invoices_search'],
    ['tables belong to the owner', 'alter table invoices owner to rowhouse_tenant', 'invoices belongs to'],
    ['views show what their reader may see', 'create view all_invoices as select * from invoices', 'all_invoices'],
    [
      'views show what their reader may see',
      'create materialized view m as select * from invoices; grant select on m to rowhouse_tenant',
      'm is materialized',
    ],
    [
      'functions run with the rights of their caller',
      'create function peek() returns bigint language sql security definer as $$ select count(*) from invoices $$',
      'peek',
    ],
    ['functions run with the rights of their caller', 'alter function app_tenant_id() leakproof', 'leakproof'],
    [
      'the tenant in context is read by one function',
      `create or replace function app_tenant_id() returns uuid language sql stable return '${'0'.repeat(8)}-0000-0000-0000-000000000001'::uuid`,
      'app_tenant_id',
    ],
    ['roles have no power over the wall', 'alter role rowhouse_tenant bypassrls', 'BYPASSRLS'],
    ['roles have no power over the wall', 'alter role rowhouse_platform superuser', 'SUPERUSER'],
    ['roles have no power over the wall', 'grant rowhouse_owner to rowhouse_tenant', 'member of rowhouse_owner'],
    ['roles have no power over the wall', 'grant create on schema public to rowhouse_tenant', 'create in public'],
    ['roles have no power over the wall', 'grant usage on schema bullmq to rowhouse_tenant', 'bullmq'],
  ];

  test.each(faults)('%s: %s', async (rule, fault, named) => {
    expect(protectionRules[rule](await readCatalog(client))).toEqual([]);
    await client.query('begin');
    await client.query(fault);
    const problems = protectionRules[rule](await readCatalog(client));
    await client.query('rollback');
    expect(problems.join('\n')).toContain(named);
  });

  test('a view that is a security_invoker', async () => {
    await client.query('begin; create view fine with (security_invoker = true) as select * from invoices');
    const problems = protectionProblems(await readCatalog(client));
    await client.query('rollback');
    expect(problems).toEqual([]);
  });
});
