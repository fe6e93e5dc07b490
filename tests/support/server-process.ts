import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import type { ClonedDatabase } from './template-database.ts';

/** The built server, running as a process of its own. */
export interface ServerProcess {
  readonly http: HttpClient;
  readonly varDirectory: string;
  /** What it has written so far, to both outputs. */
  output(): string;
  /** @returns the exit code; null when it was killed */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const program = join(process.cwd(), 'dist', 'scripts', 'serve.js');

const keys = {
  JWT_KEYS: `e2e:${randomBytes(32).toString('base64')}`,
  AUDIT_KEYS: `e2e:${randomBytes(32).toString('base64')}`,
  ENCRYPTION_KEYS: `e2e:${randomBytes(32).toString('base64')}`,
};

/** The environment of a process on a database; secrets are the same for every process of a test file. */
export const serverEnvironment = (
  database: ClonedDatabase,
  overrides: Record<string, string> = {},
): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  NODE_ENV: 'test',
  PORT: '0',
  HOST: '127.0.0.1',
  DATABASE_URL: database.ownerUrl,
  DATABASE_TENANT_URL: database.tenantUrl,
  DATABASE_PLATFORM_URL: database.platformUrl,
  DATABASE_QUEUE_URL: database.queueUrl,
  BCRYPT_COST: '4',
  RATE_LIMIT_ENABLED: 'false',
  LOG_ACCESS: 'false',
  JOB_STALLED_AFTER_SECONDS: '2',
  VAR_DIRECTORY: mkdtempSync(join(tmpdir(), 'rowhouse-e2e-')),
  ...keys,
  ...overrides,
});

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', (code) => resolve(code));
  });

function spawnServer(environment: Record<string, string>): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['--enable-source-maps', program], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return { child, output: () => output };
}

/** Runs the server until it ends by itself, as one that can't start does. */
export async function runServer(
  environment: Record<string, string>,
): Promise<{ exitCode: number | null; output: string }> {
  const { child, output } = spawnServer(environment);
  const exitCode = await exitOf(child);
  return { exitCode, output: output() };
}

/** Starts the server and waits until it is ready. */
export async function startServer(environment: Record<string, string>): Promise<ServerProcess> {
  const { child, output } = spawnServer(environment);
  const url = await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`The server did not start:\n${output()}`);
    return /API\s+(http:\/\/\S+)/.exec(output())?.[1];
  }, 'the server prints its address');
  const http = createHttpClient(url.replace('localhost', '127.0.0.1'));
  await eventually(async () => (await http.get('/health/ready')).status === 200, 'the server is ready');
  return {
    http,
    varDirectory: environment.VAR_DIRECTORY ?? '',
    output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exitOf(child);
    },
  };
}
