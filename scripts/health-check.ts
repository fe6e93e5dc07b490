import { runProgram } from './lib/run-program.ts';
import { messageOf, setupError } from './lib/setup-error.ts';

const TIMEOUT_MS = 2_000;

const readStatus = async (url: string): Promise<string> => {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return String(status);
  } catch (error) {
    return messageOf(error);
  }
};

/** For the container's health check: succeeds if the API of this container is alive, or if it plays only workers. */
await runProgram(async ({ PORT, RUN_API }) => {
  if (RUN_API === 'false') return;
  const url = `http://127.0.0.1:${PORT || '3000'}/health/live`;
  const status = await readStatus(url);
  if (status !== '200') throw setupError(`${url}: ${status}`);
});
