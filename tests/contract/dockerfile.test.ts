import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

interface Copy {
  /** Stage that the paths come from; undefined for the build context. */
  readonly stage: string | undefined;
  readonly sources: readonly string[];
}

interface Manifest {
  readonly dependencies: Record<string, string>;
}

const instructions = readFileSync('Dockerfile', 'utf8')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

const finalStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));

const readCopies = (lines: readonly string[]): Copy[] =>
  lines
    .filter((line) => line.startsWith('COPY '))
    .map((line) => {
      const words = line.split(/\s+/).slice(1);
      const stage = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      return { stage, sources: words.filter((word) => !word.startsWith('--')).slice(0, -1) };
    });

/** Where a path of the image lies in this checkout: the build makes the same tree. */
const toLocalPath = (path: string): string => path.replace(/^\/app\//, '');

const ignored = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .filter((line) => line !== '');

const isIgnored = (path: string): boolean =>
  ignored.some((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}(/|$)`).test(path));

const listScripts = (path: string): string[] => {
  if (statSync(path).isFile()) return path.endsWith('.js') ? [path] : [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(path, name));
};

const STATIC_IMPORT = /^(?:import|export)\s(?:[\w$*,{}\s]+\sfrom\s)?['"]([^'"./][^'"]*)['"]/gm;
const DYNAMIC_IMPORT = /\bimport\(['"]([^'"./][^'"]*)['"]\)/g;

/** Names of the npm packages that a compiled file loads. */
const importedPackages = (file: string): string[] => {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(STATIC_IMPORT), ...text.matchAll(DYNAMIC_IMPORT)]
    .map(([, name = '']) => name)
    .filter((name) => !isBuiltin(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
};

describe('the image', () => {
  const copies = readCopies(instructions);

  test.each(copies.flatMap(({ stage, sources }) => sources.map((source) => ({ stage, source }))))(
    'copies $source, which exists',
    ({ stage, source }) => {
      const path = toLocalPath(source);
      expect(existsSync(path)).toBe(true);
      if (stage === undefined) expect(isIgnored(path)).toBe(false);
    },
  );

  test('starts, checks and migrates with programs that it contains', () => {
    const contained = readCopies(finalStage).flatMap(({ sources }) => sources.map(toLocalPath));
    const programs = readFileSync('Dockerfile', 'utf8').match(/dist\/scripts\/[\w-]+\.js/g) ?? [];
    expect(programs).toContain('dist/scripts/serve.js');
    expect(contained).toEqual(expect.arrayContaining(programs));
  });

  test('needs no development dependency', () => {
    const { dependencies }: Manifest = JSON.parse(readFileSync('package.json', 'utf8'));
    const scripts = readCopies(finalStage)
      .flatMap(({ sources }) => sources.map(toLocalPath))
      .filter((path) => path.startsWith('dist/'))
      .flatMap(listScripts);
    const packages = new Set(scripts.flatMap(importedPackages));
    expect(packages).toContain('express');
    expect([...packages].filter((name) => dependencies[name] === undefined)).toEqual([]);
  });

  test('does not run as root', () => {
    expect(finalStage.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  });

  test.each(['var', 'var/secrets.json', '.env', '.env.production', 'node_modules', '.git', 'dist', 'src/generated'])(
    'is built without %s',
    (path) => {
      expect(isIgnored(path)).toBe(true);
    },
  );
});
