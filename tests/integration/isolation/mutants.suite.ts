/**
 * Breaks the wall in every way of isolation-mutants.ts, each in a transaction that is rolled back, and expects the checks of
 * tables.test.ts to notice. No part of `npm test`: npm run test:isolation-mutants.
 */
import { afterAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { readCatalog } from '../../support/catalog-reader.ts';
import { findLeak } from '../../support/isolation-checks.ts';
import { mutantsOf } from '../../support/isolation-mutants.ts';
import { seedWorld, worldWithin } from '../../support/isolation-world.ts';
import { cloneTemplateDatabase } from '../../support/template-database.ts';

const clone = await cloneTemplateDatabase();
const rows = await seedWorld(clone.adminUrl);
const client = new pg.Client({ connectionString: clone.adminUrl });
await client.connect();
const catalog = await readCatalog(client);

afterAll(async () => {
  await client.end();
  await clone.drop();
});

/** What the checks find in a database that `sql` has changed. */
async function leakAfter(sql: string, table: string): Promise<string | null> {
  await client.query('begin');
  try {
    await client.query(sql);
    return await findLeak(worldWithin(client, rows, catalog), table);
  } finally {
    await client.query('rollback');
  }
}

test('the checks find nothing in the database as it is', async () => {
  expect(await leakAfter('select 1', 'tenants')).toBeNull();
});

test.each(mutantsOf(catalog))('mutant: $name', async ({ sql, table }) => {
  expect(await leakAfter(sql, table)).not.toBeNull();
});
