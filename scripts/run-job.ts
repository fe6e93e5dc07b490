import { createBackground } from '../src/composition/background.ts';
import { createContainer } from '../src/composition/index.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { jobCatalogue } from '../src/jobs/catalogue.ts';
import { schedules } from '../src/jobs/schedules.ts';
import { openInstallation } from './lib/installation.ts';
import { type JobCommand, type JobOutcome, readJobCommand, runJobOnce } from './lib/job-command.ts';
import { runProgram } from './lib/run-program.ts';
import { waitForStopRequest } from './lib/stop-request.ts';

const runInContainer = async (
  command: JobCommand,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<JobOutcome> => {
  const container = createContainer(readEnvironment(environment));
  try {
    return await runJobOnce(command, createBackground(container).runner, signal);
  } finally {
    await container.close();
  }
};

/**
 * npm run job -- <schedule or job> [payload]: runs one job to its end, for an outside cron, and prints its outcome as a line
 * of JSON. The exit code is 0 if it has completed.
 */
await runProgram(async (environment) => {
  const command = readJobCommand(process.argv.slice(2), { catalogue: jobCatalogue, schedules });
  const stop = new AbortController();
  void waitForStopRequest(() => process.exit(1)).then(() => stop.abort());
  const installation = await openInstallation(environment);
  try {
    const outcome = await runInContainer(command, installation.environment, stop.signal);
    console.log(JSON.stringify(outcome));
    if (outcome.outcome === 'failed') process.exitCode = 1;
  } finally {
    await installation.close();
  }
});
