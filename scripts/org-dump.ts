import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { createContainer } from '../src/composition/index.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { platformScope, systemContext } from '../src/types/context-factory.ts';
import { backupFailure } from './lib/backup-failure.ts';
import { openInstallation } from './lib/installation.ts';
import { runProgram } from './lib/run-program.ts';
import { setupError } from './lib/setup-error.ts';

const USAGE = 'Usage: npm run org:dump -- <name> [--out <file>]';

interface DumpCommand {
  readonly name: string;
  readonly file: string;
}

function readCommand(parameters: readonly string[]): DumpCommand {
  const { values, positionals } = parseArgs({
    args: [...parameters],
    options: { out: { type: 'string' } },
    allowPositionals: true,
  });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw setupError(USAGE);
  return { name, file: values.out ?? `${name.replace(/[^\p{L}\p{N}]+/gu, '-').toLowerCase()}.ndjson.gz` };
}

/** Writes to a file that was not there; one that can't be finished is not left behind. */
async function dumpInto({ name, file }: DumpCommand, environment: NodeJS.ProcessEnv): Promise<string> {
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  await once(target, 'open');
  const container = createContainer(readEnvironment(environment));
  const gzip = createGzip();
  const stored = pipeline(gzip, target);
  try {
    const write = async (text: string) => {
      if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), stored]);
    };
    const { organizationBackups } = container.services;
    const outcome = await organizationBackups.dump(systemContext(platformScope, 'org-dump'), name, write);
    gzip.end();
    await stored;
    return `${outcome.name}: ${outcome.documents} documents, sha256 ${outcome.sha256}, in ${file}`;
  } catch (error) {
    gzip.destroy();
    await stored.catch(() => undefined);
    await rm(file, { force: true });
    throw error;
  } finally {
    await container.close();
  }
}

/** npm run org:dump -- <name> [--out file]: a backup of one organization, which holds its admins' password hashes. */
await runProgram(async (environment) => {
  const command = readCommand(process.argv.slice(2));
  const installation = await openInstallation(environment);
  try {
    console.log(await dumpInto(command, installation.environment));
  } catch (error) {
    throw backupFailure(error);
  } finally {
    await installation.close();
  }
});
