import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ApplyMigrationsInput } from '@prisma/schema-engine-wasm/schema_engine_bg';
import { Client, type DatabaseError } from 'pg';
import { NO_FILTERS, type SchemaEngine, withSchemaEngine } from './schema-engine.ts';
import { setupError } from './setup-error.ts';

export const LOCK_FILE = 'migration_lock.toml';
export const MIGRATION_FILE = 'migration.sql';

export type MigrationTarget = {
  /** URL of the database for its owner. */
  databaseUrl: string;
  /** The folder of the migrations, `prisma/migrations`. */
  directory: string;
};

/** Held while migrating, so that of several processes started at once one migrates and the others wait. */
const MIGRATION_LOCK = 7_692_002;

const listMigrations = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

const readMigrations = (directory: string): ApplyMigrationsInput => {
  const lockFile = join(directory, LOCK_FILE);
  return {
    filters: NO_FILTERS,
    migrationsList: {
      baseDir: resolve(directory),
      lockfile: { path: LOCK_FILE, content: existsSync(lockFile) ? readFileSync(lockFile, 'utf8') : null },
      shadowDbInitScript: '',
      migrationDirectories: listMigrations(directory).map((name) => ({
        path: name,
        migrationFile: {
          path: MIGRATION_FILE,
          content: { tag: 'ok', value: readFileSync(join(directory, name, MIGRATION_FILE), 'utf8') },
        },
      })),
    },
  };
};

const describePlace = (script: string, position: string | undefined): string =>
  position === undefined ? '' : ` at line ${script.slice(0, Number(position)).split('\n').length}`;

const describeScriptFailure = (input: ApplyMigrationsInput, script: string, error: DatabaseError): string => {
  const failed = input.migrationsList.migrationDirectories.find(
    ({ migrationFile: { content } }) => content.tag === 'ok' && content.value === script,
  );
  const name = failed?.path ?? 'the migration';
  const hints = [error.detail, error.hint].filter((text) => text !== undefined);
  return [
    `Migration ${name} failed${describePlace(script, error.position)}: ${[error.message, ...hints].join(' ')} (${error.code})`,
    `PostgreSQL rolled it back. Mend it, then run: npm run migrate -- --rolled-back ${name}`,
  ].join('\n');
};

const assertHistoryIsWhole = async (schemaEngine: SchemaEngine, input: ApplyMigrationsInput): Promise<void> => {
  const { failedMigrationNames, editedMigrationNames } = await schemaEngine.diagnoseMigrationHistory({
    ...input,
    optInToShadowDatabase: false,
  });
  const [failed] = failedMigrationNames;
  if (failed !== undefined) {
    throw setupError(
      `Migration ${failed} failed in this database before, so none is applied: npm run migrate -- --rolled-back ${failed} runs it again.`,
    );
  }
  if (editedMigrationNames.length > 0) {
    throw setupError(
      `Changed after it was applied to this database: ${editedMigrationNames.join(', ')}. Restore the file and put the change into a new migration (npm run migrate:new).`,
    );
  }
};

const withMigrationLock = async <Result>(databaseUrl: string, use: () => Promise<Result>): Promise<Result> => {
  const client = new Client({ connectionString: databaseUrl, application_name: 'rowhouse-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await use();
  } finally {
    await client.end();
  }
};

/**
 * Applies the migrations that the database does not have yet, each in one transaction, and records them in
 * `_prisma_migrations` as `prisma migrate deploy` does. Two processes can do it at once.
 *
 * Returns the names of those applied. Throws a setup error for a migration that fails, that failed before, or that was
 * changed after it had been applied; the migrations before it stay applied.
 */
export const applyMigrations = async ({ databaseUrl, directory }: MigrationTarget): Promise<string[]> => {
  const input = readMigrations(directory);
  let failure: string | undefined;
  const rememberFailure = (script: string, error: DatabaseError) => {
    failure = describeScriptFailure(input, script, error);
  };
  const apply = async (schemaEngine: SchemaEngine): Promise<string[]> => {
    await assertHistoryIsWhole(schemaEngine, input);
    const { appliedMigrationNames } = await schemaEngine.applyMigrations(input).catch((error: unknown) => {
      throw failure === undefined ? error : setupError(failure, error);
    });
    return appliedMigrationNames;
  };
  return await withMigrationLock(databaseUrl, async () => await withSchemaEngine(databaseUrl, rememberFailure, apply));
};

/**
 * Records that a failed migration left nothing behind, so that the next run applies it again. Throws the engine's error
 * if there is no such failed migration.
 */
export const markRolledBack = async (databaseUrl: string, migrationName: string): Promise<void> => {
  await withSchemaEngine(
    databaseUrl,
    () => undefined,
    async (schemaEngine) => {
      await schemaEngine.markMigrationRolledBack({ migrationName });
    },
  );
};
