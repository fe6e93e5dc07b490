import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process under test. */
export interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** CPU microseconds it has used so far. */
  cpuTime(): Promise<number>;
  stop(): Promise<void>;
}

export interface ContestantRequest {
  readonly name: string;
  /** File of bench/contestants, without its extension. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** What `npm start` runs Rowhouse with; the same for everybody. */
const NODE_OPTIONS = [
  '--enable-source-maps',
  '--max-semi-space-size=64',
  '--disable-warning=NodeVersionSupportWarning',
];

/** A message of a contestant: its port when it is ready, or its CPU time when it was asked. */
async function nextNumber(child: ChildProcess, name: string): Promise<number> {
  const ended = new AbortController();
  const onExit = () => ended.abort(new Error(`${name} ended by itself`));
  child.once('exit', onExit);
  try {
    const [message]: unknown[] = await once(child, 'message', { signal: ended.signal });
    if (typeof message !== 'number') throw new TypeError(`${name} sent ${JSON.stringify(message)}`);
    return message;
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    child.off('exit', onExit);
  }
}

/** Starts a program and waits until it listens. Its output, the access log, goes nowhere; its errors come through. */
export async function startContestant(request: ContestantRequest): Promise<Contestant> {
  const { name, program, environment, nodeOptions = [] } = request;
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const child = fork(fileURLToPath(new URL(`../contestants/${program}${extension}`, import.meta.url)), {
    execArgv: [...NODE_OPTIONS, ...nodeOptions],
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const port = await nextNumber(child, name);
  return {
    name,
    port,
    pid: child.pid ?? 0,
    cpuTime() {
      const answer = nextNumber(child, name);
      child.send('cpu');
      return answer;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
