import { createContainer } from '../src/composition/index.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { platformScope, systemContext } from '../src/types/context-factory.ts';
import { backupFailure } from './lib/backup-failure.ts';
import { gzipLines } from './lib/gzip-lines.ts';
import { openInstallation } from './lib/installation.ts';
import { runProgram } from './lib/run-program.ts';
import { setupError } from './lib/setup-error.ts';

const USAGE = 'Usage: npm run org:restore -- <file>';

async function restoreFrom(file: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const container = createContainer(readEnvironment(environment));
  try {
    const ctx = systemContext(platformScope, 'org-restore', 'organization.restored');
    const { name, documents, sha256 } = await container.services.organizationBackups.restore(ctx, gzipLines(file));
    return `${name}: ${documents} documents, sha256 ${sha256}`;
  } finally {
    await container.close();
  }
}

/** npm run org:restore -- <file>: makes an organization of its backup, all of it or nothing. */
await runProgram(async (environment) => {
  const [file, ...rest] = process.argv.slice(2);
  if (file === undefined || rest.length > 0) throw setupError(USAGE);
  const installation = await openInstallation(environment);
  try {
    console.log(await restoreFrom(file, installation.environment));
  } catch (error) {
    throw backupFailure(error);
  } finally {
    await installation.close();
  }
});
