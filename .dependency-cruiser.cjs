/**
 * Who may import whom (docs/ARCHITECTURE.md), as rules for dependency-cruiser. Everything is derived from the tables
 * below. The sources in src/ show every import; the build in dist/src only those that are left at run time, so the rules
 * that allow types but no values look at the build.
 */

/** What the files of a folder of src/ may import of src/, besides their own folder. */
const MAY_IMPORT = {
  routes: ['controllers', 'http', 'validators', 'errors', 'types'],
  controllers: ['services', 'validators', 'errors', 'types', 'utils'],
  services: [
    'repositories',
    'gateways',
    'queues',
    'jobs/catalogue',
    'config',
    'validators',
    'errors',
    'types',
    'utils',
  ],
  repositories: ['config', 'generated', 'errors', 'types', 'utils'],
  config: ['generated', 'errors', 'types', 'utils'],
  gateways: ['errors', 'types', 'utils'],
  jobs: ['services', 'queues', 'validators', 'errors', 'types', 'utils'],
  queues: ['config', 'errors', 'types', 'utils'],
  http: ['middleware', 'services/base', 'config', 'validators/common', 'errors', 'types', 'utils'],
  middleware: ['http', 'services', 'config', 'validators', 'errors', 'types', 'utils'],
  validators: ['types', 'utils'],
  errors: ['types', 'utils'],
  types: [],
  utils: ['types'],
};

/** Folders of which another folder may import types, but no values: it is handed those by the composition. */
const TYPES_ONLY = [
  { from: 'routes', to: 'controllers' },
  { from: 'jobs', to: 'services' },
  { from: 'services', to: 'jobs' },
];

/** From the bottom upwards. A domain imports those below it; what has to go up is an event. */
const DOMAINS = [
  'identity',
  'tenancy',
  'billing',
  'payments',
  'credits',
  'messaging',
  'webhooks',
  'crm',
  'partners',
  'hosting',
  'karaoke',
  'support',
  'insight',
  'operation',
];

/** Folders beside the domains that every domain builds on. */
const BELOW_DOMAINS = ['base', 'common'];

/** Lists of what all domains declare: they import it from everywhere, and are imported for their values, by design. */
const CATALOGUES = '/[a-z-]*catalogue\\.(ts|js)$';

const oneOf = (names) => `(${names.join('|')})`;

const layerRules = Object.entries(MAY_IMPORT).map(([layer, allowed]) => ({
  name: `layer-${layer}`,
  severity: 'error',
  comment: `src/${layer} may import ${allowed.join(', ') || 'nothing'} of src/ besides itself.`,
  from: { path: `^src/${layer}/` },
  to: { path: '^src/', pathNot: `^src/${oneOf([layer, ...allowed])}(/|\\.ts$)` },
}));

const typesOnlyRules = TYPES_ONLY.map(({ from, to }) => ({
  name: `types-only-${from}-${to}`,
  severity: 'error',
  comment: `src/${from} may import types of src/${to}, no values.`,
  from: { path: `^dist/src/${from}/` },
  to: { path: `^dist/src/${to}/`, pathNot: CATALOGUES },
}));

const domainRules = DOMAINS.slice(0, -1).map((domain, index) => ({
  name: `domain-${domain}`,
  severity: 'error',
  comment: `A file of ${domain} must not import one of a domain above it.`,
  from: { path: `^src/[^/]+/${domain}/` },
  to: { path: `^src/[^/]+/${oneOf(DOMAINS.slice(index + 1))}/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...typesOnlyRules,
    ...domainRules,
    {
      name: 'domain-below-all',
      severity: 'error',
      comment: 'What every domain builds on must not import a domain.',
      from: { path: `^src/[^/]+/${oneOf(BELOW_DOMAINS)}/`, pathNot: CATALOGUES },
      to: { path: `^src/[^/]+/${oneOf(DOMAINS)}/` },
    },
    {
      name: 'repository-of-own-domain',
      severity: 'error',
      comment: "A service or repository uses another domain's service, never its repository.",
      from: { path: '^src/(?:services|repositories)/([^/]+)/' },
      to: { path: '^src/repositories/', pathNot: '^src/repositories/($1|base)/' },
    },
    {
      name: 'routes-are-collected-in-index',
      severity: 'error',
      comment: 'Only src/routes/index.ts imports route files.',
      from: { path: '^src/routes/', pathNot: '^src/routes/index\\.ts$' },
      to: { path: '^src/routes/' },
    },
    {
      name: 'composition-is-the-top',
      severity: 'error',
      comment: 'Only the entry points import the composition.',
      from: { path: '^src/', pathNot: ['^src/composition/', '^src/(app|index|worker)\\.ts$'] },
      to: { path: '^src/(composition/|(app|index|worker)\\.ts$)' },
    },
    {
      name: 'database-behind-repositories',
      severity: 'error',
      comment: 'Only repositories, config and composition know Prisma, pg and the connections.',
      from: { path: '^src/', pathNot: '^src/(repositories|config|composition|generated)/' },
      to: {
        path: ['(^|node_modules/)(pg|pg-[a-z-]+|@prisma/[a-z-]+)(/|$)', '^src/generated/'],
      },
    },
    {
      name: 'connections-behind-repositories',
      severity: 'error',
      comment: 'Only repositories, config and composition hold connections; others may know their types.',
      from: { path: '^dist/src/', pathNot: '^dist/src/(repositories|config|composition|generated)/' },
      to: { path: '^dist/src/config/(database|orm|lane|scope[a-z-]*)\\.js$' },
    },
    {
      name: 'nothing-outside-src',
      severity: 'error',
      comment: 'The product does not depend on its tests, benchmarks, scripts or portal.',
      from: { path: '^src/' },
      to: { path: '^(tests|bench|scripts|prisma|portal|deploy)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Files that import each other, if only types, are one file in several pieces.',
      from: { path: '^src/', pathNot: '^src/generated/' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file that neither imports nor is imported is dead.',
      from: { orphan: true, path: '^src/', pathNot: ['^src/generated/', '\\.d\\.ts$', '^src/index\\.ts$'] },
      to: {},
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'An import that leads nowhere fails at run time.',
      from: { path: '^src/', pathNot: '^src/generated/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'types', 'default'],
    },
    skipAnalysisNotInRules: true,
  },
};
