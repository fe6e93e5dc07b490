import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrorCode } from './setup-error.ts';

const pidFile = (dataDirectory: string): string => join(dataDirectory, 'postmaster.pid');

const readPidFile = (dataDirectory: string): string[] => {
  try {
    return readFileSync(pidFile(dataDirectory), 'utf8').split('\n');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
};

/** Command line of a process, '' when there is none (a zombie has none either). */
const readCommandLine = (pid: number): string => {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  }
  const [program, parameters] =
    process.platform === 'win32'
      ? ['tasklist', ['/FI', `PID eq ${pid}`, '/NH']]
      : ['ps', ['-p', String(pid), '-o', 'command=']];
  return spawnSync(program, parameters, { encoding: 'utf8' }).stdout ?? '';
};

/** Process id of the server that runs on the data directory. A recycled id of another program does not count. */
export const findServerProcess = (dataDirectory: string): number | undefined => {
  const pid = Number.parseInt(readPidFile(dataDirectory)[0] ?? '', 10);
  return pid > 0 && readCommandLine(pid).includes('postgres') ? pid : undefined;
};

/**
 * After a `kill -9` the server leaves its pid file. PostgreSQL replaces a stale one by itself, but refuses to start when
 * another program of the same user got that id meanwhile, as it does in every restarted container. A pid file that names
 * our own process, an ancestor of the server to be, counts as stale. The file is not deleted: PostgreSQL finds in it the
 * shared memory which backends of the killed server may still use.
 */
export const disownStalePidFile = (dataDirectory: string): void => {
  const [pid, ...rest] = readPidFile(dataDirectory);
  if (pid === undefined || rest.length === 0) return;
  writeFileSync(pidFile(dataDirectory), [process.pid, ...rest].join('\n'));
};
