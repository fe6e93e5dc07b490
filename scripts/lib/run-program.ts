import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectPaths } from './project-paths.ts';
import { describeError } from './setup-error.ts';

/** Variables that are set already win over those of the file. */
const loadEnvironmentFile = (): void => {
  const file = join(projectPaths().root, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
};

/**
 * Runs a command-line program with the environment and the project's file `.env`. A failure is one message on stderr and
 * exit code 1; the event loop is left to drain, so that what `program` started can be closed.
 */
export const runProgram = async (program: (environment: NodeJS.ProcessEnv) => Promise<void>): Promise<void> => {
  try {
    loadEnvironmentFile();
    await program(process.env);
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
  }
};
