import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { MIGRATION_FILE } from './lib/migrations.ts';
import { projectPaths } from './lib/project-paths.ts';
import { runProgram } from './lib/run-program.ts';
import { diffSchemas, readSchemaFiles, readSnapshot, writeSnapshot } from './lib/schema-files.ts';
import { setupError } from './lib/setup-error.ts';

const USAGE = `Usage: npm run migrate:new -- <name>      writes a migration; the name in lower case: add_invoice_notes
       npm run migrate:new -- --snapshot  records that the migrations already make prisma/schema as it is`;

const SNAPSHOT_OPTION = '--snapshot';
const NAME = /^[a-z0-9]+(_[a-z0-9]+)*$/;
const HAND_WRITTEN = '-- The Prisma schema has not changed: write the statements by hand.';

/** UTC time as Prisma writes it in front of a migration's name: 20260131235959. */
const toTimestamp = (time: Date): string => time.toISOString().replaceAll(/\D/g, '').slice(0, 14);

const readParameter = ([parameter, ...rest]: string[]): string => {
  const isKnown = parameter === SNAPSHOT_OPTION || (parameter !== undefined && NAME.test(parameter));
  if (!isKnown || rest.length > 0) throw setupError(USAGE);
  return parameter;
};

/**
 * Writes a migration from the schema of the last migration to prisma/schema as it is now. What Prisma can't express
 * (policies, grants, triggers, functions, checks) is added by hand before it is applied anywhere.
 */
await runProgram(async () => {
  const parameter = readParameter(process.argv.slice(2));
  const { root, schema, migrations } = projectPaths();
  const files = readSchemaFiles(schema);
  const sql = await diffSchemas(readSnapshot(migrations), files);
  if (parameter !== SNAPSHOT_OPTION) {
    const directory = join(migrations, `${toTimestamp(new Date())}_${parameter}`);
    mkdirSync(directory);
    writeFileSync(join(directory, MIGRATION_FILE), `${sql || HAND_WRITTEN}\n`);
    console.log(`Wrote ${relative(root, join(directory, MIGRATION_FILE))}`);
  }
  writeSnapshot(migrations, files);
});
