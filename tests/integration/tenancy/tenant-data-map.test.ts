import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { tenantDataMap } from '../../../src/services/tenancy/tenant-data-map.ts';
import { type Catalog, readCatalog, type TableFacts } from '../../support/catalog-reader.ts';
import { tenantTables } from '../../support/catalog-rules.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';

/** Whoever adds such a column says whether an archive may have it. */
const SOUNDS_SECRET = /hash|secret|sealed|token|password/;

let clone: ClonedDatabase;
let catalog: Catalog;
let tables: readonly TableFacts[];

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  const client = new pg.Client({ connectionString: clone.adminUrl });
  await client.connect();
  catalog = await readCatalog(client);
  tables = tenantTables(catalog);
  await client.end();
});

afterAll(() => clone.drop());

const factsOf = (name: string): TableFacts => {
  const facts = tables.find((table) => table.name === name);
  if (facts === undefined) throw new Error(`There is no table ${name}`);
  return facts;
};

test('every table with rows of tenants stands in the map, once', () => {
  const names = tenantDataMap.map(({ name }) => name);
  expect(names.toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
});

test('it names the keys that the tables have', () => {
  const inMap = tenantDataMap.map(({ name, key }) => ({ name, key: ['tenant_id', ...key] }));
  expect(inMap).toEqual(tenantDataMap.map(({ name }) => ({ name, key: factsOf(name).primaryKey })));
});

describe('the export', () => {
  test('leaves out no column that is not there', () => {
    const unknown = tenantDataMap.flatMap(({ name, export: decision }) => {
      if (!decision.included) return [];
      const columns = factsOf(name).columns.map((column) => column.name);
      return Object.keys({ ...decision.omitted, ...decision.harmless })
        .filter((column) => !columns.includes(column))
        .map((column) => `${name}.${column}`);
    });
    expect(unknown).toEqual([]);
  });

  test('has been decided upon for every column that sounds secret', () => {
    const undecided = tenantDataMap.flatMap(({ name, export: decision }) =>
      factsOf(name)
        .columns.map((column) => column.name)
        .filter((column) => SOUNDS_SECRET.test(column) && decision.included)
        .filter((column) => !(decision.included && (column in decision.omitted || column in decision.harmless)))
        .map((column) => `${name}.${column}`),
    );
    expect(undecided).toEqual([]);
  });

  test('omits what keys and links are checked by', () => {
    const omitted = tenantDataMap.flatMap(({ name, export: decision }) =>
      decision.included ? Object.keys(decision.omitted).map((column) => `${name}.${column}`) : [],
    );
    expect(omitted).toEqual(
      expect.arrayContaining(['api_keys.secret_hash', 'api_keys.previous_secret_hash', 'emails.sealed_secret']),
    );
  });
});

describe('the purge', () => {
  const placeOf = (name: string): number => tenantDataMap.findIndex((table) => table.name === name);

  test('empties what refers before what it refers to, and keeps what kept rows refer to', () => {
    const problems = tenantDataMap.flatMap(({ name, purge }, place) =>
      factsOf(name).foreignKeys.flatMap(({ target }) => {
        const referred = tenantDataMap[placeOf(target)];
        if (referred === undefined || target === name || referred.purge.kind === 'keep') return [];
        if (placeOf(target) < place) return [`${name} comes after ${target}`];
        const { purge: ofTarget } = referred;
        const isSafe = purge.kind !== 'keep' || (ofTarget.kind === 'delete_some' && ofTarget.where.includes(name));
        return isSafe ? [] : [`${name} is kept, and refers to ${target}`];
      }),
    );
    expect(problems).toEqual([]);
  });

  test('is granted to the platform for every table that it empties', () => {
    const withoutGrant = tenantDataMap
      .filter(({ purge }) => purge.kind !== 'keep')
      .map(({ name }) => factsOf(name))
      .filter(
        ({ grants }) => !grants.some(({ role, privilege }) => role === 'rowhouse_platform' && privilege === 'DELETE'),
      );
    expect(withoutGrant.map(({ name }) => name)).toEqual([]);
  });
});
