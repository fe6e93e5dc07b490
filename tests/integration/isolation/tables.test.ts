import { afterAll, describe, expect, test } from '@jest/globals';
import { walledTables } from '../../support/catalog-rules.ts';
import { appliesTo, checkNames, checkTable } from '../../support/isolation-checks.ts';
import { rowFactories } from '../../support/isolation-rows.ts';
import { openWorld, seedWorld } from '../../support/isolation-world.ts';
import { cloneTemplateDatabase } from '../../support/template-database.ts';

const clone = await cloneTemplateDatabase();
const world = await openWorld(clone, await seedWorld(clone.adminUrl));
const tables = walledTables(world.catalog);

afterAll(async () => {
  await world.close();
  await clone.drop();
});

test('every table with a tenant has a factory of its rows, and every factory a table', () => {
  const known = new Set(world.catalog.tables.map(({ name }) => name));
  expect(tables.map(({ name }) => name).filter((name) => !Object.hasOwn(rowFactories, name))).toEqual([]);
  expect(Object.keys(rowFactories).filter((name) => !known.has(name))).toEqual([]);
});

test('the sessions log in as the roles that serve, and as nobody above them', async () => {
  for (const [session, name] of [
    [world.tenant(null), 'rowhouse_tenant'],
    [world.platform, 'rowhouse_platform'],
    [world.owner, 'rowhouse_owner'],
  ] as const) {
    const outcome = await session.attempt(
      'select current_user::text as name, rolsuper, rolbypassrls from pg_roles where rolname = session_user',
    );
    expect(outcome).toMatchObject({ rows: [{ name, rolsuper: false, rolbypassrls: false }] });
  }
});

describe.each(tables.map((table) => ({ name: table.name, table })))('$name', ({ table }) => {
  test.each(checkNames.filter((check) => appliesTo(check, table, world.catalog)))('%s', async (check) => {
    expect(await checkTable(world, table, check)).toEqual([]);
  });
});
