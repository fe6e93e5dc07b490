import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const START_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 50;

/** Waits for the end of its input, which only the test run holds open: Redis goes when the run does, however it went. */
const REDIS_WHILE_INPUT_LASTS = '"$@" >/dev/null 2>&1 & server=$!; cat >/dev/null; kill $server; wait $server';

const isInstalled = async () => {
  const shell = spawn('/bin/sh', ['-c', 'command -v redis-server'], { stdio: 'ignore' });
  const exitCode = await new Promise((resolve) => {
    shell.once('error', () => resolve(1));
    shell.once('exit', resolve);
  });
  return exitCode === 0;
};

const answersPing = async (port) => {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    socket.write('PING\r\n');
    const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(1_000) });
    return answer.toString().startsWith('+PONG');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

const waitForPing = async (port) => {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answersPing(port))) {
    if (Date.now() > deadline) throw new Error(`redis-server does not answer on port ${port}.`);
    await delay(POLL_INTERVAL_MS);
  }
};

/**
 * Starts Debian's redis-server without persistence, or returns undefined where there is none.
 *
 * @param {number} port a free port of 127.0.0.1
 */
export const startRedis = async (port) => {
  if (!(await isInstalled())) return undefined;
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    tmpdir(),
  ];
  const command = ['-c', REDIS_WHILE_INPUT_LASTS, 'sh', 'redis-server', ...settings];
  const shell = spawn('/bin/sh', command, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const exit = once(shell, 'exit');
  await waitForPing(port);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      shell.stdin.end();
      await exit;
    },
  };
};
