import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setupError } from './setup-error.ts';

/** The system user that PostgreSQL runs as when we are root, which it refuses to run as. */
export type ServerAccount = { name: string; uid: number; gid: number };

const ACCOUNTS_BY_PREFERENCE = ['postgres', 'nobody'];
const OTHERS_MAY_ENTER = 0o001;
const GROUP_MAY_ENTER = 0o010;
const OWNER_MAY_ENTER = 0o100;

const readAccounts = (): ServerAccount[] =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid, gid }) => name !== '' && uid > 0 && gid > 0);

/**
 * The account to run PostgreSQL as, or undefined for the current user, which every user but root is.
 * A data directory that is already there keeps its owner.
 */
export const chooseServerAccount = (dataDirectory: string): ServerAccount | undefined => {
  const currentUid = process.getuid?.();
  if (currentUid === undefined) return undefined;
  const owner = existsSync(dataDirectory) ? statSync(dataDirectory) : undefined;
  if (currentUid !== 0) {
    if (owner && owner.uid !== currentUid) {
      throw setupError(
        `${dataDirectory} belongs to another user (uid ${owner.uid}): start as the user who made it, or as root, or chown -R it to yourself.`,
      );
    }
    return undefined;
  }
  const accounts = readAccounts();
  if (owner && owner.uid !== 0) {
    const known = accounts.find(({ uid }) => uid === owner.uid);
    return known ?? { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  }
  for (const wanted of ACCOUNTS_BY_PREFERENCE) {
    const account = accounts.find(({ name }) => name === wanted);
    if (account) return account;
  }
  throw setupError(
    'PostgreSQL refuses to run as root and this system has neither a user postgres nor a user nobody: start as a normal user.',
  );
};

const mayEnter = (directory: string, account: ServerAccount): boolean => {
  const { mode, uid, gid } = statSync(directory);
  if (uid === account.uid) return (mode & OWNER_MAY_ENTER) !== 0;
  if (gid === account.gid) return (mode & GROUP_MAY_ENTER) !== 0;
  return (mode & OTHERS_MAY_ENTER) !== 0;
};

/** Throws a setup error that names the first directory above `path` which `account` can't enter, and the remedy. */
export const assertReachable = (path: string, account: ServerAccount | undefined): void => {
  if (!account) return;
  const directories: string[] = [];
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    directories.unshift(directory);
    if (directory === dirname(directory)) break;
  }
  const closed = directories.find((directory) => !mayEnter(directory, account));
  if (closed) {
    throw setupError(
      `As root PostgreSQL runs as the user ${account.name}, who can't enter ${closed}: run chmod o+x ${closed}, or move the project out of it (for example to /opt), or start as a normal user.`,
    );
  }
};

export const giveTo = (path: string, account: ServerAccount | undefined): void => {
  if (account) chownSync(path, account.uid, account.gid);
};
