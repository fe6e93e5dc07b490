import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withClient } from '../../../scripts/lib/database-roles.ts';
import { applyMigrations, markRolledBack } from '../../../scripts/lib/migrations.ts';
import { projectPaths } from '../../../scripts/lib/project-paths.ts';
import { diffSchemas } from '../../../scripts/lib/schema-files.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';

const FUNCTION_WITH_SEMICOLONS = `
create table shelves (id int primary key, label text default 'a;b');
create function first_shelf() returns int language plpgsql as $$
begin
  insert into shelves values (1);
  return 1;
end;
$$;
select first_shelf();
`;

const root = mkdtempSync(join(tmpdir(), 'rowhouse-migrations-'));
let directory: string;
let database: ClonedDatabase;

const writeMigration = (name: string, sql: string): void => {
  mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, name, 'migration.sql'), sql);
};

const apply = async () => await applyMigrations({ databaseUrl: database.ownerUrl, directory });

const rows = async (sql: string) =>
  await withClient(database.ownerUrl, async (client) => (await client.query(sql)).rows);

beforeEach(async () => {
  directory = mkdtempSync(join(root, 'case-'));
  cpSync(join(projectPaths().migrations, 'migration_lock.toml'), join(directory, 'migration_lock.toml'));
  database = await cloneTemplateDatabase();
  await withClient(database.adminUrl, async (client) => {
    await client.query('drop schema public cascade; create schema public authorization rowhouse_owner');
  });
});

afterEach(async () => await database.drop());

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('applying migrations', () => {
  test('runs a script whole, once, and records the checksum that Prisma records', async () => {
    writeMigration('20260101000000_first', FUNCTION_WITH_SEMICOLONS);
    expect(await apply()).toEqual(['20260101000000_first']);
    expect(await apply()).toEqual([]);
    expect(await rows('select id, label from shelves')).toEqual([{ id: 1, label: 'a;b' }]);
    const checksum = createHash('sha256').update(FUNCTION_WITH_SEMICOLONS).digest('hex');
    expect(await rows('select migration_name, checksum, applied_steps_count from _prisma_migrations')).toEqual([
      { migration_name: '20260101000000_first', checksum, applied_steps_count: 1 },
    ]);
  });

  test('by three processes at once applies each once', async () => {
    writeMigration('20260101000000_first', FUNCTION_WITH_SEMICOLONS);
    writeMigration('20260102000000_second', 'create table books (id int primary key);');
    const applied = await Promise.all([apply(), apply(), apply()]);
    expect(applied.flat()).toEqual(['20260101000000_first', '20260102000000_second']);
  });

  test('leaves nothing of one that fails, says where it failed, and goes on after it was mended', async () => {
    writeMigration('20260101000000_first', FUNCTION_WITH_SEMICOLONS);
    writeMigration('20260102000000_second', 'create table books (id int);\n\ncreate tabel pages (id int);');
    await expect(apply()).rejects.toThrow(
      /20260102000000_second failed at line 3: syntax error at or near "tabel" \(42601\)/,
    );
    expect(await rows("select to_regclass('shelves') is not null as first, to_regclass('books') as second")).toEqual([
      { first: true, second: null },
    ]);

    writeMigration('20260102000000_second', 'create table books (id int);');
    await expect(apply()).rejects.toThrow(/20260102000000_second failed in this database before/);
    await markRolledBack(database.ownerUrl, '20260102000000_second');
    expect(await apply()).toEqual(['20260102000000_second']);
  });

  test('refuses one that was changed after it had been applied', async () => {
    writeMigration('20260101000000_first', FUNCTION_WITH_SEMICOLONS);
    await apply();
    writeMigration('20260101000000_first', `${FUNCTION_WITH_SEMICOLONS}-- changed`);
    writeMigration('20260102000000_second', 'create table books (id int);');
    await expect(apply()).rejects.toThrow(/Changed after it was applied to this database: 20260101000000_first/);
    expect(await rows("select to_regclass('books') as second")).toEqual([{ second: null }]);
  });
});

describe('the difference of two schemas', () => {
  const schemaWith = (field: string) => [
    {
      path: 'a.prisma',
      content: `datasource db {\n  provider = "postgresql"\n}\nmodel Book {\n  id Int @id\n  ${field}\n}`,
    },
  ];

  test('is the SQL that leads from one to the other, nothing if they are equal', async () => {
    expect(await diffSchemas(schemaWith('title String'), schemaWith('title String?'))).toContain(
      'ALTER TABLE "Book" ALTER COLUMN "title" DROP NOT NULL',
    );
    expect(await diffSchemas(schemaWith('title String'), schemaWith('title   String // same'))).toBe('');
  });

  test('names file and line of an invalid schema', async () => {
    await expect(diffSchemas([], schemaWith('title Strnig'))).rejects.toThrow(/a\.prisma:6/);
  });
});
