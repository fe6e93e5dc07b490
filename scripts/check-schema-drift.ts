import { startEmbeddedPostgres } from './lib/embedded-postgres.ts';
import { projectPaths } from './lib/project-paths.ts';
import { runProgram } from './lib/run-program.ts';
import { findSchemaDrift } from './lib/schema-drift.ts';
import { setupError } from './lib/setup-error.ts';

const THROW_AWAY_PASSWORDS = { owner: 'owner', tenant: 'tenant', platform: 'platform', queue: 'queue' };

await runProgram(async () => {
  const { schema, migrations } = projectPaths();
  const postgres = await startEmbeddedPostgres({ ephemeral: true });
  try {
    const request = { adminUrl: postgres.adminUrl, passwords: THROW_AWAY_PASSWORDS, schema, migrations };
    const differences = await findSchemaDrift(request);
    if (differences.length > 0) {
      throw setupError(
        `The migrations and prisma/schema differ:\n${differences.map((line) => `  ${line}`).join('\n')}`,
      );
    }
    console.log('The migrations and prisma/schema agree.');
  } finally {
    await postgres.stop();
  }
});
