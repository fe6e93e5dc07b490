import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const CONFIGURATION = resolve('.dependency-cruiser.cjs');
const CRUISER = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Import {
  readonly from: string;
  /** A path of the tree, or the name of a package. */
  readonly to: string;
}

interface Violation extends Import {
  readonly rule: string;
}

interface RuleSet {
  readonly forbidden: readonly { readonly name: string }[];
}

const rules: RuleSet = createRequire(import.meta.url)(CONFIGURATION);

const DOMAINS_UPWARDS =
  'identity tenancy billing payments credits messaging webhooks crm partners hosting karaoke support insight operation'.split(
    ' ',
  );

const layerViolations: Violation[] = [
  ['routes', 'src/routes/billing/a.routes.ts', 'src/services/billing/x.service.ts'],
  ['controllers', 'src/controllers/billing/a.controller.ts', 'src/repositories/billing/x.repository.ts'],
  ['services', 'src/services/billing/a.service.ts', 'src/controllers/billing/x.controller.ts'],
  ['repositories', 'src/repositories/billing/a.repository.ts', 'src/services/billing/x.service.ts'],
  ['config', 'src/config/a.ts', 'src/services/billing/x.service.ts'],
  ['gateways', 'src/gateways/email/a.gateway.ts', 'src/services/billing/x.service.ts'],
  ['jobs', 'src/jobs/billing/a.job.ts', 'src/repositories/billing/x.repository.ts'],
  ['queues', 'src/queues/a.ts', 'src/services/billing/x.service.ts'],
  ['http', 'src/http/a.ts', 'src/repositories/billing/x.repository.ts'],
  ['middleware', 'src/middleware/a.middleware.ts', 'src/repositories/billing/x.repository.ts'],
  ['validators', 'src/validators/billing/a.schema.ts', 'src/services/billing/x.service.ts'],
  ['errors', 'src/errors/a.ts', 'src/services/billing/x.service.ts'],
  ['types', 'src/types/a.ts', 'src/services/billing/x.service.ts'],
  ['utils', 'src/utils/a.ts', 'src/services/billing/x.service.ts'],
].map(([layer = '', from = '', to = '']) => ({ rule: `layer-${layer}`, from, to }));

const domainViolations: Violation[] = DOMAINS_UPWARDS.slice(0, -1).map((domain, index) => ({
  rule: `domain-${domain}`,
  from: `src/services/${domain}/below.service.ts`,
  to: `src/services/${DOMAINS_UPWARDS[index + 1]}/above.service.ts`,
}));

const violations: Violation[] = [
  ...layerViolations,
  ...domainViolations,
  {
    rule: 'types-only-routes-controllers',
    from: 'dist/src/routes/billing/b.js',
    to: 'dist/src/controllers/billing/x.js',
  },
  { rule: 'types-only-jobs-services', from: 'dist/src/jobs/billing/b.js', to: 'dist/src/services/billing/x.js' },
  { rule: 'types-only-services-jobs', from: 'dist/src/services/billing/c.js', to: 'dist/src/jobs/billing/x.js' },
  { rule: 'domain-below-all', from: 'src/services/base/b.ts', to: 'src/services/billing/x.service.ts' },
  {
    rule: 'repository-of-own-domain',
    from: 'src/services/billing/c.service.ts',
    to: 'src/repositories/tenancy/x.repository.ts',
  },
  {
    rule: 'routes-are-collected-in-index',
    from: 'src/routes/billing/c.routes.ts',
    to: 'src/routes/billing/x.routes.ts',
  },
  { rule: 'composition-is-the-top', from: 'src/services/billing/d.service.ts', to: 'src/composition/x.ts' },
  { rule: 'database-behind-repositories', from: 'src/services/billing/e.service.ts', to: 'pg' },
  {
    rule: 'connections-behind-repositories',
    from: 'dist/src/services/billing/f.js',
    to: 'dist/src/config/database.js',
  },
  { rule: 'nothing-outside-src', from: 'src/utils/b.ts', to: 'tests/support/x.ts' },
  { rule: 'resolvable', from: 'src/utils/c.ts', to: 'src/utils/missing.ts' },
  { rule: 'no-cycles', from: 'src/utils/d.ts', to: 'src/utils/e.ts' },
];

const CLOSES_THE_CYCLE: Import = { from: 'src/utils/e.ts', to: 'src/utils/d.ts' };

const allowed: Import[] = [
  { from: 'src/index.ts', to: 'src/app.ts' },
  { from: 'src/app.ts', to: 'src/composition/index.ts' },
  { from: 'src/app.ts', to: 'src/routes/index.ts' },
  { from: 'src/routes/index.ts', to: 'src/routes/billing/a.routes.ts' },
  { from: 'src/routes/billing/a.routes.ts', to: 'src/controllers/billing/a.controller.ts' },
  { from: 'src/composition/index.ts', to: 'src/controllers/billing/a.controller.ts' },
  { from: 'src/composition/index.ts', to: 'pg' },
  { from: 'src/controllers/billing/a.controller.ts', to: 'src/services/billing/a.service.ts' },
  { from: 'src/services/billing/a.service.ts', to: 'src/services/tenancy/a.service.ts' },
  { from: 'src/services/billing/a.service.ts', to: 'src/repositories/billing/a.repository.ts' },
  { from: 'src/services/base/event-catalogue.ts', to: 'src/validators/billing/a.events.ts' },
  { from: 'src/jobs/billing/a.job.ts', to: 'src/services/billing/a.service.ts' },
  { from: 'src/repositories/billing/a.repository.ts', to: 'src/repositories/base/a.ts' },
  { from: 'src/repositories/base/a.ts', to: 'src/config/database.ts' },
  { from: 'src/config/database.ts', to: 'pg' },
  { from: 'dist/src/repositories/base/a.js', to: 'dist/src/config/database.js' },
];

const directories: string[] = [];

const specifier = ({ from, to }: Import): string => {
  if (!to.includes('/')) return to;
  const path = relative(dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
};

const write = (directory: string, path: string, text: string): void => {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
};

/** Writes a tree with these imports, and files for all that they name but `missing.ts`. */
const writeTree = (imports: readonly Import[], orphans: readonly string[] = []): string => {
  const directory = mkdtempSync(join(tmpdir(), 'rowhouse-layers-'));
  directories.push(directory);
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  const files = new Set([...imports.flatMap(({ from, to }) => [from, to]), ...orphans]);
  for (const file of files) {
    if (!file.includes('/') || file.endsWith('missing.ts')) continue;
    const lines = imports.filter(({ from }) => from === file).map((entry) => `import '${specifier(entry)}';`);
    write(directory, file, `${[...lines, 'export const made = true;'].join('\n')}\n`);
  }
  return directory;
};

const cruise = (directory: string): Violation[] => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [CRUISER, 'src', 'dist/src', '--config', CONFIGURATION, '--output-type', 'json'],
    { cwd: directory, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (stdout === '') throw new Error(stderr);
  const result: { summary: { violations: { from: string; to: string; rule: { name: string } }[] } } =
    JSON.parse(stdout);
  return result.summary.violations.map(({ from, to, rule }) => ({ rule: rule.name, from, to }));
};

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

describe('the layer rules', () => {
  const ORPHAN = 'src/utils/orphan.ts';
  let reported: Violation[] = [];

  beforeAll(() => {
    reported = cruise(writeTree([...violations, CLOSES_THE_CYCLE], [ORPHAN]));
  });

  test.each(violations)('$rule reports $from -> $to', ({ rule, from, to }) => {
    const found = reported.filter((violation) => violation.rule === rule && violation.from === from);
    const target =
      to.endsWith('missing.ts') || !to.includes('/') ? expect.stringContaining(to.split('/').at(-1) ?? '') : to;
    expect(found).toContainEqual({ rule, from, to: target });
  });

  test('no-orphans reports a file that nothing is connected to', () => {
    expect(reported).toContainEqual({ rule: 'no-orphans', from: ORPHAN, to: ORPHAN });
  });

  test('each has a violation above', () => {
    const tried = new Set([...violations.map(({ rule }) => rule), 'no-orphans']);
    expect([...tried].sort()).toEqual(rules.forbidden.map(({ name }) => name).sort());
  });

  test('report nothing of a tree that keeps them', () => {
    expect(cruise(writeTree(allowed))).toEqual([]);
  });
});
