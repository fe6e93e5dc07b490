import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The path of a file in the project's `assets` directory, from the sources and from the build alike: the nearest `assets` above
 * this module that has the file.
 * @throws Error if there is none: the installation is incomplete
 */
export function assetPath(...segments: readonly string[]): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(directory, 'assets', ...segments);
    if (existsSync(candidate)) return candidate;
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`assets/${segments.join('/')} is missing from this installation`);
    directory = parent;
  }
}
