import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { MIGRATION_FILE } from './lib/migrations.ts';
import { projectPaths } from './lib/project-paths.ts';
import { runProgram } from './lib/run-program.ts';
import { diffSchemas, readSchemaFiles, readSnapshot, writeSnapshot } from './lib/schema-files.ts';
import { setupError } from './lib/setup-error.ts';

const NAME = /^[a-z0-9]+(_[a-z0-9]+)*$/;
const HAND_WRITTEN = '-- The Prisma schema has not changed: write the statements by hand.';

/** UTC time as Prisma writes it in front of a migration's name: 20260131235959. */
const toTimestamp = (time: Date): string => time.toISOString().replaceAll(/\D/g, '').slice(0, 14);

/**
 * Writes a migration from the schema of the last migration to prisma/schema as it is now. What Prisma can't express
 * (policies, grants, triggers, functions, checks) is added by hand before it is applied anywhere.
 */
await runProgram(async () => {
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || !NAME.test(name) || rest.length > 0) {
    throw setupError(
      'Usage: npm run migrate:new -- <name>, the name in lower case with underscores: add_invoice_notes',
    );
  }
  const { root, schema, migrations } = projectPaths();
  const files = readSchemaFiles(schema);
  const sql = await diffSchemas(readSnapshot(migrations), files);
  const directory = join(migrations, `${toTimestamp(new Date())}_${name}`);
  mkdirSync(directory);
  writeFileSync(join(directory, MIGRATION_FILE), `${sql || HAND_WRITTEN}\n`);
  writeSnapshot(migrations, files);
  console.log(`Wrote ${relative(root, join(directory, MIGRATION_FILE))}`);
});
