import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hasErrorCode, messageOf, setupError } from './setup-error.ts';

export type SecretGenerators = Record<string, () => string>;

/** A key ring with one key, as the environment variables of key rings have it: `kid:base64`. */
export const generateKeyRing = (): string => `local:${randomBytes(32).toString('base64')}`;

export const generatePassword = (): string => randomBytes(24).toString('hex');

const readSecrets = (path: string): Record<string, string> => {
  if (!existsSync(path)) return {};
  try {
    const secrets: Record<string, string> = JSON.parse(readFileSync(path, 'utf8'));
    return secrets;
  } catch (error) {
    throw setupError(
      `${path} can't be read: make it readable, or delete it to have new secrets made (all users are signed out).`,
      error,
    );
  }
};

/** Writes the whole file or nothing; false if another process made the first one meanwhile. */
const writeSecrets = (path: string, secrets: Record<string, string>, isFirst: boolean): boolean => {
  const draft = `${path}.new-${process.pid}`;
  try {
    writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    if (isFirst) linkSync(draft, path);
    else renameSync(draft, path);
    return true;
  } catch (error) {
    if (isFirst && hasErrorCode(error, 'EEXIST')) return false;
    throw setupError(`The secrets of this installation can't be kept in ${path} (${messageOf(error)}).`, error);
  } finally {
    rmSync(draft, { force: true });
  }
};

/**
 * The secrets of an installation without configuration, made once and kept in a file that only its user can read. A
 * secret that the file lacks is made and added. Throws a setup error if the file can't be read or written.
 */
export const keepSecrets = (path: string, generators: SecretGenerators): Record<string, string> => {
  const kept = readSecrets(path);
  const missing = Object.entries(generators).filter(([name]) => kept[name] === undefined);
  if (missing.length === 0) return kept;
  const secrets = { ...kept, ...Object.fromEntries(missing.map(([name, generate]) => [name, generate()])) };
  const isFirst = Object.keys(kept).length === 0 && !existsSync(path);
  return writeSecrets(path, secrets, isFirst) ? secrets : keepSecrets(path, generators);
};
