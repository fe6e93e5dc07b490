import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setupError } from '../lib/setup-error.ts';
import type { ResourceNames } from './names.ts';
import { registrations } from './registrations.ts';
import { fill, render, SLICE } from './templates.ts';

export interface WrittenSlice {
  /** Paths in the project, new ones and changed ones. */
  readonly written: readonly string[];
  /** What could not be inserted safely. */
  readonly byHand: readonly { readonly path: string; readonly text: string }[];
}

/**
 * Writes a slice into the project at `root`, formatted and registered.
 * @throws a setup error when there is a file or model of that name; nothing has been written then
 */
export const writeSlice = (root: string, names: ResourceNames): WrittenSlice => {
  const slice = SLICE.map(([template, path]) => ({ path: fill(path, names), text: render(root, template, names) }));
  for (const { path } of slice) if (existsSync(join(root, path))) throw setupError(`${path} exists already.`);
  assertNewModel(root, names);

  const planned = registrations(root, names);
  const files = [...slice, ...planned.flatMap((entry) => ('text' in entry ? [entry] : []))];
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  format(
    root,
    files.map(({ path }) => path),
  );
  return {
    written: files.map(({ path }) => path),
    byHand: planned.flatMap((entry) => ('byHand' in entry ? [{ path: entry.path, text: entry.byHand }] : [])),
  };
};

const assertNewModel = (root: string, { Pascal, snakes }: ResourceNames): void => {
  const schema = join(root, 'prisma', 'schema');
  const models = readdirSync(schema).map((file) => readFileSync(join(schema, file), 'utf8'));
  const taken = new RegExp(`^(model|enum) ${Pascal} \\{|@@map\\("${snakes}"\\)`, 'm');
  if (models.some((text) => taken.test(text)))
    throw setupError(`The schema has a ${Pascal} or a table ${snakes} already.`);
};

/** Biome wraps lines and sorts imports; Prisma aligns its columns. */
const format = (root: string, paths: readonly string[]): void => {
  const run = (program: string, parameters: readonly string[]): void => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'node_modules', program), ...parameters],
      {
        cwd: root,
        encoding: 'utf8',
        env: {
          ...process.env,
          PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
          PRISMA_HIDE_UPDATE_MESSAGE: '1',
          CHECKPOINT_DISABLE: '1',
        },
      },
    );
    if (status !== 0) throw new Error(`What was written is not well-formed:\n${stdout}${stderr}`);
  };
  const sources = paths.filter((path) => path.endsWith('.ts'));
  run('@biomejs/biome/bin/biome', ['check', '--write', ...sources]);
  run('prisma/build/index.js', ['format']);
};
