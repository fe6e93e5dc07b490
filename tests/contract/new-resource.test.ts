import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DOMAINS, resourceNames } from '../../scripts/new-resource/names.ts';
import { type WrittenSlice, writeSlice } from '../../scripts/new-resource/write-slice.ts';

const ROOT = resolve('.');
const LEFT_OUT = new Set(['.git', 'coverage', 'dist', 'node_modules', 'var']);
const copies: string[] = [];

/** The project as it stands, where it may be written to. */
const copyProject = (): string => {
  const copy = mkdtempSync(join(tmpdir(), 'rowhouse-slice-'));
  copies.push(copy);
  for (const entry of readdirSync(ROOT)) {
    if (!LEFT_OUT.has(entry) && !entry.startsWith('dist.')) {
      cpSync(join(ROOT, entry), join(copy, entry), { recursive: true });
    }
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
};

/** Every file of a copy that a slice could touch, with its text. */
const textsOf = (copy: string): Map<string, string> =>
  new Map(
    ['src', 'tests', 'prisma', 'rest'].flatMap((folder) =>
      readdirSync(join(copy, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path, readFileSync(path, 'utf8')] as const),
    ),
  );

/** Runs one of the project's programs in a copy, on servers of its own. */
const run = (copy: string, ...parameters: string[]) => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TEST_|JEST_|NODE_OPTIONS$)/.test(name));
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1' },
  });
  return { status, output: `${stdout}${stderr}` };
};

afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

describe('a generated slice', () => {
  let copy: string;
  let first: WrittenSlice;
  let second: WrittenSlice;

  beforeAll(() => {
    copy = copyProject();
    first = writeSlice(copy, resourceNames('support', 'ticket'));
    second = writeSlice(copy, resourceNames('billing', 'credit-policy'));
    const made = [
      run(copy, 'scripts/run.mjs', 'scripts/migrate-new', 'add_slices'),
      run(copy, 'scripts/run.mjs', 'scripts/openapi'),
    ];
    expect(made.map(({ status, output }) => (status === 0 ? '' : output))).toEqual(['', '']);
    const migrations = readdirSync(join(copy, 'prisma', 'migrations'));
    const migration = migrations.find((name) => name.endsWith('_add_slices')) ?? '';
    for (const table of ['tickets', 'credit_policies']) {
      appendFileSync(
        join(copy, 'prisma', 'migrations', migration, 'migration.sql'),
        `call protect_tenant_table('${table}');\n` +
          `grant select, insert, update, delete on ${table} to rowhouse_tenant, rowhouse_platform;\n`,
      );
    }
  }, 120_000);

  test('is registered everywhere, in a new domain and in one that has resources', () => {
    expect([...first.byHand, ...second.byHand]).toEqual([]);
    expect(first.written).toEqual(
      expect.arrayContaining(['src/composition/support.ts', 'src/errors/support.errors.ts']),
    );
    expect(second.written).toContain('prisma/schema/billing.prisma');
    expect(second.written).not.toContain('src/composition/index.ts');
  });

  test.each([
    ['types', ['node_modules/typescript/bin/tsc', '--noEmit']],
    ['layers', ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'src', '--config']],
    ['swagger.yaml', ['dist/scripts/openapi.js', '--check']],
    ['schema drift', ['dist/scripts/check-schema-drift.js']],
  ])(
    'passes the check of %s',
    (_check, parameters) => {
      const { status, output } = run(copy, ...parameters);
      expect(status === 0 ? '' : output).toBe('');
    },
    60_000,
  );

  test('is formatted, and linted without a warning', () => {
    const sources = [...first.written, ...second.written].filter((path) => path.endsWith('.ts'));
    const parameters = ['ci', '--colors=off', '--error-on-warnings', ...new Set(sources)];
    const { status, output } = run(copy, 'node_modules/@biomejs/biome/bin/biome', ...parameters);
    expect(status === 0 ? '' : output).toBe('');
  });

  test('passes its own tests, and the rules about all endpoints and all tables', () => {
    const { status, output } = run(
      copy,
      'scripts/test.mjs',
      'tests/integration/support/ticket',
      'tests/integration/billing/credit-policy',
      'tests/contract/route-table',
      'tests/contract/openapi',
      'tests/contract/rest-files',
      'tests/contract/schema-rules',
      'tests/integration/isolation/catalog',
      'tests/integration/isolation/tables',
      'tests/integration/isolation/endpoints',
    );
    expect(status === 0 ? '' : output).toBe('');
  }, 120_000);
});

describe('new:resource refuses, and writes nothing', () => {
  let copy: string;
  beforeAll(() => {
    copy = copyProject();
  });

  test.each([
    ['an unknown domain', 'kitchen', 'ticket', /There is no domain kitchen/],
    ['a name in another case', 'support', 'contactNote', /lower-case words with hyphens/],
    ['a path', 'support', '../ticket', /lower-case words with hyphens/],
    ['a name that the language has', 'support', 'error', /means something else/],
    ['a resource that exists', 'billing', 'plan', /exists already/],
    ['a model of another domain', 'support', 'plan', /already/],
    ['a table of another name', 'support', 'credit-wallet', /already/],
  ])('%s', (_what, domain, name, message) => {
    const before = textsOf(copy);
    expect(() => writeSlice(copy, resourceNames(domain, name))).toThrow(message);
    expect(textsOf(copy)).toEqual(before);
  });

  test('a plural that is the singular', () => {
    expect(() => resourceNames('support', 'sheep', 'sheep')).toThrow(/plural/);
    expect(resourceNames('support', 'person', 'people')).toMatchObject({ camels: 'people', Pascal: 'Person' });
  });
});

test('tells what it can not insert safely', () => {
  const copy = copyProject();
  const { byHand } = writeSlice(copy, resourceNames('tenancy', 'branch'));
  expect(byHand.map(({ path }) => path)).toEqual(['src/composition/tenancy.ts']);
  expect(byHand[0]?.text).toContain('createBranchService');
});

test.each([
  ['ticket', 'tickets'],
  ['credit-policy', 'credit-policies'],
  ['batch', 'batches'],
  ['survey', 'surveys'],
])('the plural of %s is %s', (name, plural) => {
  expect(resourceNames('support', name).kebabs).toBe(plural);
});

test('domains are those that the layer rules keep apart', () => {
  const { forbidden }: { forbidden: { name: string }[] } = createRequire(import.meta.url)(
    join(ROOT, '.dependency-cruiser.cjs'),
  );
  const ruled = forbidden.flatMap(({ name }) => /^domain-(?!below-all)(.*)$/.exec(name)?.[1] ?? []);
  expect(DOMAINS.slice(0, -1)).toEqual(ruled);
});
