import { applyMigrations, markRolledBack } from './lib/migrations.ts';
import { projectPaths } from './lib/project-paths.ts';
import { migrateQueueSchema } from './lib/queue-schema.ts';
import { runProgram } from './lib/run-program.ts';
import { setupError } from './lib/setup-error.ts';

const USAGE = 'Usage: npm run migrate [-- --rolled-back <migration>]';

/** Name of the failed migration that is to be applied again, if the command line has one. */
const readRolledBack = (parameters: string[]): string | undefined => {
  if (parameters.length === 0) return undefined;
  const [option, name, ...rest] = parameters;
  if (option !== '--rolled-back' || name === undefined || rest.length > 0) throw setupError(USAGE);
  return name;
};

/** Brings the database of DATABASE_URL, by which its owner logs in, to the version of this code. */
await runProgram(async (environment) => {
  const rolledBack = readRolledBack(process.argv.slice(2));
  const databaseUrl = environment.DATABASE_URL;
  if (!databaseUrl) {
    throw setupError(
      'DATABASE_URL is not set: it names the database to migrate. npm start migrates the embedded one by itself.',
    );
  }
  if (rolledBack !== undefined) await markRolledBack(databaseUrl, rolledBack);
  const applied = await applyMigrations({ databaseUrl, directory: projectPaths().migrations });
  await migrateQueueSchema(databaseUrl);
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
});
