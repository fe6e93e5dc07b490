import { main } from '../src/index.ts';
import { type Installation, openInstallation } from './lib/installation.ts';
import { runProgram } from './lib/run-program.ts';
import { hasErrorCode, setupError } from './lib/setup-error.ts';
import { waitForStopRequest } from './lib/stop-request.ts';

type Running = Awaited<ReturnType<typeof main>>;

const explainPort = (error: unknown, port: string): unknown => {
  if (hasErrorCode(error, 'EADDRINUSE')) {
    const other = `PORT=${Number(port) + 1}`;
    return setupError(`Port ${port} is in use: stop what uses it, or choose another one, for example ${other}.`, error);
  }
  if (hasErrorCode(error, 'EACCES'))
    return setupError(`Port ${port} is not for this user: choose one above 1023.`, error);
  return error;
};

const startServing = async (environment: NodeJS.ProcessEnv): Promise<Running> => {
  try {
    return await main(environment);
  } catch (error) {
    throw explainPort(error, environment.PORT || '3000');
  }
};

const printAddresses = ({ addresses }: Running): void => {
  for (const { label, url } of addresses) console.log(`${label.padEnd(12)} ${url}`);
};

/** Fills an empty database with the demo; the returned function prints how to sign in to it. */
const prepareDemo = async (environment: NodeJS.ProcessEnv): Promise<() => void> => {
  const { demoLogins, seedIfEmpty } = await import('../prisma/seed.ts');
  await seedIfEmpty(environment);
  return () => {
    console.log('\nDemo logins:');
    for (const { role, email, password } of demoLogins) console.log(`  ${role.padEnd(16)} ${email}  ${password}`);
    console.log('\nCtrl-C stops everything.');
  };
};

/**
 * Runs what this process plays (RUN_API, RUN_WORKERS, RUN_SCHEDULER) until it is asked to stop, on the configured
 * database or on the embedded one with its demo. The database goes last, when nothing uses it any more.
 */
await runProgram(async (environment) => {
  let installation: Installation | undefined;
  const stopRequest = waitForStopRequest(() => {
    if (!installation) return;
    console.error('Stopping at once.');
    void installation.close().finally(() => process.exit(1));
  });
  installation = await openInstallation(environment);
  try {
    const printDemoLogins = installation.embedded ? await prepareDemo(installation.environment) : undefined;
    const running = await startServing(installation.environment);
    printAddresses(running);
    printDemoLogins?.();
    await stopRequest;
    await running.close();
  } finally {
    await installation.close();
  }
  // A back end that went away in the meantime must not keep the process: everything of worth has been closed.
  process.exit();
});
