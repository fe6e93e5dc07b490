import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { ServerAccount } from './server-account.ts';
import { setupError } from './setup-error.ts';

export type CommandResult = { exitCode: number | null; output: string };

/** Runs `program` to its end as `account` and collects what it printed on either stream. */
export const runCommand = async (
  program: string,
  parameters: string[],
  account: ServerAccount | undefined,
): Promise<CommandResult> =>
  await new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: dirname(program),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      ...(account && { uid: account.uid, gid: account.gid }),
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) =>
      reject(
        setupError(
          `${program} does not run on this system (${error.message}): set DATABASE_URL to a PostgreSQL of your own.`,
          error,
        ),
      ),
    );
    child.once('close', (exitCode) => resolve({ exitCode, output: output.trim() }));
  });
