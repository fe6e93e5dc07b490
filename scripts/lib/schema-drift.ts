import { randomUUID } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { ensureDatabase, type RolePasswords, rewriteUrl, withClient } from './database-roles.ts';
import { applyMigrations } from './migrations.ts';
import { compareCatalogs, readCatalog } from './schema-catalog.ts';
import { diffSchemas, readSchemaFiles, readSnapshot } from './schema-files.ts';

export type DriftRequest = {
  /** URL of a superuser of the server on which two databases are made and dropped again. */
  adminUrl: string;
  passwords: RolePasswords;
  /** Folder of the Prisma schema. */
  schema: string;
  /** Folder of the migrations. */
  migrations: string;
};

const STALE_SNAPSHOT =
  'prisma/migrations/schema.snapshot is not prisma/schema: run npm run migrate:new -- <name>, or, if a migration for it exists, npm run migrate:new -- --snapshot';

const withScratchDatabase = async <Result>(
  { adminUrl, passwords }: DriftRequest,
  use: (ownerUrl: string) => Promise<Result>,
): Promise<Result> => {
  const database = `rowhouse_drift_${randomUUID().replaceAll('-', '')}`;
  try {
    const { ownerUrl } = await ensureDatabase({ adminUrl, database, passwords });
    return await use(ownerUrl);
  } finally {
    await withClient(rewriteUrl(adminUrl, { database: 'postgres' }), async (client) => {
      await client.query(`drop database if exists ${escapeIdentifier(database)} with (force)`);
    });
  }
};

/**
 * Makes one database from the migrations and one from the Prisma schema and compares them. Returns a sentence for each
 * difference, none if they agree.
 */
export const findSchemaDrift = async (request: DriftRequest): Promise<string[]> => {
  const files = readSchemaFiles(request.schema);
  const declared = await withScratchDatabase(request, async (ownerUrl) => {
    const sql = await diffSchemas([], files);
    return await withClient(ownerUrl, async (client) => {
      await client.query(sql);
      return await readCatalog(client);
    });
  });
  const migrated = await withScratchDatabase(request, async (ownerUrl) => {
    await applyMigrations({ databaseUrl: ownerUrl, directory: request.migrations });
    return await withClient(ownerUrl, readCatalog);
  });
  const differences = compareCatalogs(migrated, declared);
  if ((await diffSchemas(readSnapshot(request.migrations), files)) !== '') differences.push(STALE_SNAPSHOT);
  return differences;
};
