import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { projectPaths } from '../../../scripts/lib/project-paths.ts';
import { type Catalog, compareCatalogs, readCatalog } from '../../../scripts/lib/schema-catalog.ts';
import { findSchemaDrift } from '../../../scripts/lib/schema-drift.ts';
import { diffSchemas, readSchemaFiles, writeSnapshot } from '../../../scripts/lib/schema-files.ts';
import { type ClonedDatabase, cloneTemplateDatabase, readTestServer } from '../../support/template-database.ts';

const SCHEMA = `
datasource db {
  provider = "postgresql"
}

enum Colour {
  red
  green

  @@map("colour")
}

model Shelf {
  tenantId   String   @map("tenant_id") @db.Uuid
  id         String   @db.Uuid
  label      String   @default("a;b")
  labelLower String?  @map("label_lower")
  colour     Colour   @default(red)
  width      Decimal  @default(0) @db.Decimal(9, 2)
  createdAt  DateTime @default(now()) @map("created_at") @db.Timestamptz(3)
  books      Book[]

  @@id([tenantId, id])
  @@index([tenantId, createdAt])
  @@map("shelves")
}

model Book {
  tenantId String  @map("tenant_id") @db.Uuid
  id       String  @db.Uuid
  shelfId  String? @map("shelf_id") @db.Uuid
  shelf    Shelf?  @relation(fields: [tenantId, shelfId], references: [tenantId, id], onDelete: Restrict)

  @@id([tenantId, id])
  @@map("books")
}
`;

/** Of each kind that no Prisma schema can express. */
const HAND_WRITTEN = `
alter table shelves drop column label_lower;
alter table shelves add column label_lower text generated always as (lower(label)) stored;
alter table shelves add column label_length int generated always as (length(label)) stored;
create index shelves_by_label on shelves (tenant_id, label_lower);
create index red_shelves on shelves (id) where colour = 'red';
alter table shelves add constraint positive_width check (width >= 0);
alter table shelves enable row level security;
create policy all_shelves on shelves to rowhouse_tenant using (true);
grant select on shelves to rowhouse_tenant;
create function shelf_count() returns bigint language sql as $$ select count(*) from shelves; $$;
`;

const DRIFTS: [what: string, sql: string, reported: string][] = [
  [
    'a column only in the migrations',
    'alter table books add column extra int',
    'column books.extra is in the migrations',
  ],
  ['a column only in the schema', 'alter table shelves drop column width', 'column shelves.width is in prisma/schema'],
  ['a type', 'alter table shelves alter column width type numeric(9, 3)', 'column shelves.width is "numeric(9,2)'],
  ['nullability', 'alter table shelves alter column label drop not null', 'column shelves.label is "text not null'],
  ['a default', "alter table shelves alter column label set default 'b'", 'column shelves.label is "text not null'],
  ['a table', 'create table stray (id int primary key)', 'table stray is in the migrations'],
  ['a missing table', 'drop table books', 'table books is in prisma/schema'],
  ['an index only in the migrations', 'create index stray on books (id)', 'index books.stray is in the migrations'],
  [
    'a missing index',
    'drop index shelves_tenant_id_created_at_idx',
    'index shelves.shelves_tenant_id_created_at_idx is in',
  ],
  [
    'the columns of an index',
    'drop index shelves_tenant_id_created_at_idx; create index shelves_tenant_id_created_at_idx on shelves (created_at)',
    'index shelves.shelves_tenant_id_created_at_idx is "CREATE INDEX',
  ],
  ['a missing foreign key', 'alter table books drop constraint books_tenant_id_shelf_id_fkey', 'foreign key books.'],
  [
    'the action of a foreign key',
    `alter table books drop constraint books_tenant_id_shelf_id_fkey;
     alter table books add constraint books_tenant_id_shelf_id_fkey foreign key (tenant_id, shelf_id)
       references shelves (tenant_id, id) on delete cascade on update cascade`,
    'ON DELETE CASCADE" by the migrations',
  ],
  [
    'a primary key',
    'alter table books drop constraint books_pkey; alter table books add primary key (id)',
    'primary key books.',
  ],
  ['an enum', "alter type colour add value 'blue'", 'enum colour is "red, green" by prisma/schema, "red, green, blue"'],
];

const directory = mkdtempSync(join(tmpdir(), 'rowhouse-drift-'));
const { adminUrl, passwords } = readTestServer();
let projects = 0;

/** A project whose first migration makes SCHEMA, with these statements in a second one. */
const writeProject = async (statements: string) => {
  projects += 1;
  const schema = join(directory, String(projects), 'schema');
  const migrations = join(directory, String(projects), 'migrations');
  mkdirSync(schema, { recursive: true });
  writeFileSync(join(schema, 'library.prisma'), SCHEMA);
  const files = readSchemaFiles(schema);
  const writeMigration = (name: string, sql: string) => {
    mkdirSync(join(migrations, name), { recursive: true });
    writeFileSync(join(migrations, name, 'migration.sql'), sql);
  };
  writeMigration('20260101000000_first', await diffSchemas([], files));
  writeMigration('20260102000000_second', statements);
  cpSync(join(projectPaths().migrations, 'migration_lock.toml'), join(migrations, 'migration_lock.toml'));
  writeSnapshot(migrations, files);
  return { adminUrl, passwords, schema, migrations };
};

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the comparison of migrations and Prisma schema', () => {
  test('finds that those of this project agree', async () => {
    const { schema, migrations } = projectPaths();
    expect(await findSchemaDrift({ adminUrl, passwords, schema, migrations })).toEqual([]);
  });

  test('lets the migrations have what no Prisma schema can express', async () => {
    expect(await findSchemaDrift(await writeProject(HAND_WRITTEN))).toEqual([]);
  });

  describe('of two databases', () => {
    let clone: ClonedDatabase;
    let client: pg.Client;
    let declared: Catalog;

    beforeAll(async () => {
      clone = await cloneTemplateDatabase();
      client = new pg.Client(clone.adminUrl);
      await client.connect();
      await client.query('drop schema public cascade; create schema public');
      await client.query(await diffSchemas([], [{ path: 'library.prisma', content: SCHEMA }]));
      declared = await readCatalog(client);
      await client.query(HAND_WRITTEN);
    });

    afterAll(async () => {
      await client.end();
      await clone.drop();
    });

    test.each(DRIFTS)('reports %s', async (_what, sql, reported) => {
      await client.query('begin');
      await client.query(sql);
      const differences = compareCatalogs(await readCatalog(client), declared);
      await client.query('rollback');
      expect(differences).toEqual([expect.stringContaining(reported)]);
    });
  });

  test('reports a schema that no migration was made from', async () => {
    const project = await writeProject('alter table books add column title text');
    const changed = SCHEMA.replace('  shelf    Shelf?', '  title    String?\n  shelf    Shelf?');
    writeFileSync(join(project.schema, 'library.prisma'), changed);
    expect(await findSchemaDrift(project)).toEqual([expect.stringContaining('schema.snapshot is not prisma/schema')]);
  });
});
