import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createOpenApiDocument } from '../src/http/openapi/create-openapi-document.ts';
import { toYaml } from '../src/http/openapi/openapi-yaml.ts';
import { endpoints } from '../src/routes/index.ts';
import { projectPaths } from './lib/project-paths.ts';
import { runProgram } from './lib/run-program.ts';
import { setupError } from './lib/setup-error.ts';

const USAGE = 'Usage: npm run openapi [-- --check]';
const SERVER_URL = 'http://localhost:3000';
const MOST_LINES = 12;

const PackageManifest = z.object({ version: z.string() });

const isCheck = (parameters: string[]): boolean => {
  if (parameters.length === 0) return false;
  const [option, ...rest] = parameters;
  if (option !== '--check' || rest.length > 0) throw setupError(USAGE);
  return true;
};

/** The stretch in which two texts differ, at most a few lines of each. */
const differenceBetween = (before: string, after: string): string => {
  const [old, current] = [before.split('\n'), after.split('\n')];
  const start = old.findIndex((line, index) => line !== current[index]);
  const first = start === -1 ? old.length : start;
  let same = 0;
  while (same < Math.min(old.length, current.length) - first && old.at(-1 - same) === current.at(-1 - same)) same += 1;
  const stretch = (lines: string[], sign: string): string[] => {
    const differing = lines.slice(first, lines.length - same).map((line) => `${sign} ${line}`);
    const rest = differing.length - MOST_LINES;
    return [...differing.slice(0, MOST_LINES), ...(rest > 0 ? [`${sign} ... ${rest} more lines`] : [])];
  };
  return [`@@ line ${first + 1} @@`, ...stretch(old, '-'), ...stretch(current, '+')].join('\n');
};

/** Writes swagger.yaml from the declared endpoints; with --check only tells whether it is up to date. */
await runProgram(async () => {
  const check = isCheck(process.argv.slice(2));
  const { root } = projectPaths();
  const { version } = PackageManifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const file = join(root, 'swagger.yaml');
  const document = createOpenApiDocument(endpoints, { title: 'Rowhouse', version, serverUrl: SERVER_URL });
  const yaml = toYaml(document);
  if (!check) {
    await writeFile(file, yaml);
    console.log(`swagger.yaml describes ${endpoints.length} endpoints.`);
    return;
  }
  const committed = existsSync(file) ? await readFile(file, 'utf8') : '';
  if (committed !== yaml) {
    throw setupError(`swagger.yaml is not up to date: npm run openapi\n${differenceBetween(committed, yaml)}`);
  }
  console.log('swagger.yaml is up to date.');
});
