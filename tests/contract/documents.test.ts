import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

const isPlaceholder = (path: string): boolean => /[<*]|support/.test(path);

/** What a document names: links, from where it lies, and paths in code, from the root. */
function pathsIn(document: string): string[] {
  const text = readFileSync(document, 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => join(dirname(document), path));
  const code = [...text.matchAll(/`((?:src|tests|docs|scripts|prisma|rest)\/[^`\s]+)`/g)].map(([, path = '']) => path);
  return [...links, ...code.filter((path) => !isPlaceholder(path))];
}

test.each(documents)('%s names nothing that is not there', (document) => {
  expect(pathsIn(document).filter((path) => !existsSync(path))).toEqual([]);
});

/** The npm scripts, as documents call them. */
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'));

test.each(documents)('%s calls no npm script that is not there', (document) => {
  const called = [...readFileSync(document, 'utf8').matchAll(/\bnpm run ([a-z:-]+)/g)].map(([, name = '']) => name);
  expect(called.filter((name) => scripts[name] === undefined)).toEqual([]);
});
