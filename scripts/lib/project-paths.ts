import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const findRoot = (directory: string): string => {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('The project has no package.json.');
  return findRoot(parent);
};

/** Absolute paths of the project, the same from the sources and from dist/. */
export const projectPaths = () => {
  const root = findRoot(dirname(fileURLToPath(import.meta.url)));
  return {
    root,
    schema: join(root, 'prisma', 'schema'),
    migrations: join(root, 'prisma', 'migrations'),
  };
};
