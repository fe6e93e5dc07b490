import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { rewriteUrl } from '../../scripts/lib/database-roles.ts';
import { projectPaths } from '../../scripts/lib/project-paths.ts';
import { diffSchemas, readSchemaFiles, type SchemaFile } from '../../scripts/lib/schema-files.ts';
import { type Catalog, readCatalog } from '../support/catalog-reader.ts';
import { structureProblems, structureRules } from '../support/catalog-rules.ts';
import { readTestServer } from '../support/template-database.ts';

const database = `rowhouse_test_${randomUUID().replaceAll('-', '')}`;
let admin: pg.Client;
let client: pg.Client;
let declared: SchemaFile[];

/** What a Prisma schema makes of an empty database; nothing of it stays. */
async function catalogOf(files: readonly SchemaFile[]): Promise<Catalog> {
  await client.query('begin');
  if (files.length > 0) await client.query(await diffSchemas([], [...files]));
  const catalog = await readCatalog(client);
  await client.query('rollback');
  return catalog;
}

beforeAll(async () => {
  const { adminUrl } = readTestServer();
  declared = readSchemaFiles(projectPaths().schema);
  admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create database ${database}`);
  client = new pg.Client({ connectionString: rewriteUrl(adminUrl, { database }) });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await admin.query(`drop database ${database}`);
  await admin.end();
});

test('prisma/schema keeps every rule of the structure', async () => {
  expect(structureProblems(await catalogOf(declared))).toEqual([]);
});

describe('the rules find', () => {
  type RuleName = keyof typeof structureRules;

  const faults: ReadonlyArray<[RuleName, string, string]> = [
    [
      'a table has a tenant or is on the list',
      'model Stray {\n  id String @id @db.Uuid\n  @@map("strays")\n}',
      'strays',
    ],
    [
      'a table has a tenant or is on the list',
      'model Loose {\n  tenantId String? @map("tenant_id") @db.Uuid\n  id String @id @db.Uuid\n  @@map("loose")\n}',
      'loose',
    ],
    [
      'primary keys begin with the tenant',
      'model Keyed {\n  tenantId String @map("tenant_id") @db.Uuid\n  id String @id @db.Uuid\n  @@map("keyed")\n}',
      'keyed',
    ],
    [
      'indexes begin with the tenant',
      'model Indexed {\n  tenantId String @map("tenant_id") @db.Uuid\n  id String @db.Uuid\n  name String\n  @@id([tenantId, id])\n  @@index([name, tenantId])\n  @@map("indexed")\n}',
      'indexed_name',
    ],
    [
      'uniques begin with the tenant',
      'model Named {\n  tenantId String @map("tenant_id") @db.Uuid\n  id String @db.Uuid\n  name String @unique\n  @@id([tenantId, id])\n  @@map("named")\n}',
      'named_name_key',
    ],
    [
      'what names a row has a foreign key',
      'model Loose {\n  tenantId String @map("tenant_id") @db.Uuid\n  id String @db.Uuid\n  invoiceId String @map("invoice_id") @db.Uuid\n  @@id([tenantId, id])\n  @@map("loose")\n}',
      'invoice_id',
    ],
    [
      'times have a zone',
      'model Timed {\n  tenantId String @map("tenant_id") @db.Uuid\n  at DateTime\n  @@id([tenantId, at])\n  @@map("timed")\n}',
      'timestamp',
    ],
    [
      'times have a zone',
      'model Timed {\n  tenantId String @map("tenant_id") @db.Uuid\n  opensAt DateTime @map("opens_at") @db.Timetz(3)\n  @@id([tenantId, opensAt])\n  @@map("timed")\n}',
      'opens_at',
    ],
    [
      'numbers are exact',
      'model Priced {\n  tenantId String @map("tenant_id") @db.Uuid\n  id String @db.Uuid\n  rating Float\n  @@id([tenantId, id])\n  @@map("priced")\n}',
      'rating',
    ],
    [
      'numbers are exact',
      'model Priced {\n  tenantId String @map("tenant_id") @db.Uuid\n  id String @db.Uuid\n  unitPrice Int @map("unit_price")\n  @@id([tenantId, id])\n  @@map("priced")\n}',
      'unit_price',
    ],
    ['the list of global tables is current', '', 'refresh_tokens is on the list and does not exist'],
  ];

  test.each(faults)('%s', async (rule, model, named) => {
    const files = model === '' ? [] : [...declared, { path: 'fault.prisma', content: model }];
    expect(structureRules[rule](await catalogOf(files)).join('\n')).toContain(named);
  });

  test.each([
    [
      'foreign keys between tables of tenants are composite',
      /\n\s*subscription Subscription\?.*/,
      '\n  subscription Subscription? @relation(fields: [subscriptionId], references: [id])',
      'subscriptions',
    ],
    ['every foreign key has an index', /\n\s*@@index\(\[planId\]\)/, '', 'plan_id'],
  ] as const)('%s', async (rule, found, replacement, named) => {
    const files = declared.map(({ path, content }) => ({
      path,
      content: content
        .replace(found, replacement)
        .replace(
          /(model Subscription \{\n.*\n\s*id\s+String\s+@db\.Uuid)/,
          rule.startsWith('foreign') ? '$1 @unique' : '$1',
        ),
    }));
    expect(structureRules[rule](await catalogOf(files)).join('\n')).toContain(named);
  });
});
