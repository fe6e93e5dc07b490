import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_FILTERS, withOfflineSchemaEngine } from './schema-engine.ts';

export type SchemaFile = { path: string; content: string };

/**
 * The Prisma schema that the last migration was made from, all files in one. `npm run migrate:new` compares with it: it
 * needs neither a database nor the history of git, two migrations can be made in one commit, and branches that both
 * change the schema meet in it as an ordinary merge conflict.
 */
const SNAPSHOT_FILE = 'schema.snapshot';

/** The files of a Prisma schema folder, sorted by name. */
export const readSchemaFiles = (directory: string): SchemaFile[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.prisma'))
    .sort()
    .map((name) => ({ path: name, content: readFileSync(join(directory, name), 'utf8') }));

/** The schema as of the last migration; no file before the first. */
export const readSnapshot = (migrationsDirectory: string): SchemaFile[] => {
  const path = join(migrationsDirectory, SNAPSHOT_FILE);
  return existsSync(path) ? [{ path: SNAPSHOT_FILE, content: readFileSync(path, 'utf8') }] : [];
};

export const writeSnapshot = (migrationsDirectory: string, files: SchemaFile[]): void => {
  writeFileSync(
    join(migrationsDirectory, SNAPSHOT_FILE),
    `${files.map(({ content }) => content.trim()).join('\n\n')}\n`,
  );
};

const EMPTY_MIGRATION = '-- This is an empty migration.';

/**
 * SQL that leads from one Prisma schema to another, '' if they describe the same database. No file stands for an empty
 * database. Throws the engine's message, with file and line, for an invalid schema.
 */
export const diffSchemas = async (from: SchemaFile[], to: SchemaFile[]): Promise<string> => {
  const { stdout } = await withOfflineSchemaEngine(
    async (schemaEngine) =>
      await schemaEngine.diff({
        from: from.length === 0 ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: from },
        to: { tag: 'schemaDatamodel', files: to },
        script: true,
        exitCode: null,
        filters: NO_FILTERS,
      }),
  );
  const sql = (stdout ?? '').trim();
  return sql === EMPTY_MIGRATION ? '' : sql;
};
