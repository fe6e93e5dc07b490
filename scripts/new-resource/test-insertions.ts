import { endOf, type Fill, type Insertion, TOP } from './insertion.ts';
import type { ResourceNames } from './names.ts';

/** What the tests that look at every table and every endpoint want to know of a new one, by file. */
export const testInsertions = (at: Fill, names: ResourceNames): Record<string, Insertion[]> => ({
  'tests/integration/isolation/repository-reads.test.ts': names.snakes === `${names.snake}s` ? [] : readsOfItsOwn(at),
  'tests/support/catalog-exceptions.ts': [
    {
      anchor: endOf('export const unledIndexes'),
      text: at('  {{snakes}}_created_at_id_idx: "operators\' list over all tenants, newest first",\n'),
    },
  ],
  'tests/support/isolation-rows.ts': [
    {
      anchor: endOf('export const rowFactories'),
      text: at('  {{snakes}}: (of) => ({ ...keyOf(of), name: text(), updated_at: NOW }),\n'),
    },
  ],
  'tests/support/isolation-endpoints.ts': [
    {
      anchor: endOf('const recipes'),
      text: at(`  '/api/{{kebabs}}': {
    make: async (tenant) => ({ id: await post(tenant, '/api/{{kebabs}}', { name: randomUUID() }) }),
    bodies: { update{{Pascal}}: { description: 'Touched' } },
  },
`),
    },
  ],
  'tests/integration/performance/scene.ts': [
    {
      anchor: /(?<=^ {2}for \(let count = 0; count < size; count \+= 1\) await aDraft\(\);\n)/,
      text: at('  for (let count = 0; count < size; count += 1) await a{{Pascal}}();\n'),
    },
    {
      anchor: /^ {2}const tenantFields = /,
      text: at(
        '  const {{camel}}Fields = () => ({ name: randomUUID() });\n' +
          "  const a{{Pascal}} = () => create(tenant.operator, '/api/{{kebabs}}', {{camel}}Fields());\n\n",
      ),
    },
    { anchor: /(?<=^ {4}planFields,\n)/, text: at('    {{camel}}Fields,\n    a{{Pascal}},\n') },
  ],
  'tests/integration/performance/endpoint-calls.ts': [
    {
      anchor: endOf('const inputs'),
      text: at(
        '  create{{Pascal}}: ({ {{camel}}Fields }) => ({ body: {{camel}}Fields() }),\n' +
          '  get{{Pascal}}: async ({ a{{Pascal}} }) => ({ params: { id: await a{{Pascal}}() } }),\n' +
          "  update{{Pascal}}: async ({ a{{Pascal}} }) => ({ params: { id: await a{{Pascal}}() }, body: { description: 'Changed' } }),\n" +
          '  delete{{Pascal}}: async ({ a{{Pascal}} }) => ({ params: { id: await a{{Pascal}}() } }),\n',
      ),
    },
  ],
  'tests/integration/performance/statement-counts.test.ts': [
    {
      anchor: endOf('const reviewedCounts'),
      text: at(`
  /** page, total */
  list{{Pascals}}: 2,
  /** insert; audit */
  create{{Pascal}}: 2,
  get{{Pascal}}: 1,
  /** lock, update; audit */
  update{{Pascal}}: 3,
  /** lock, delete; audit */
  delete{{Pascal}}: 3,
`),
    },
  ],
});

/** That test finds the table of a repository by an s. */
const readsOfItsOwn = (at: Fill): Insertion[] => [
  {
    anchor: TOP,
    text: at(
      "import { create{{Pascal}}Repository } from '../../../src/repositories/{{domain}}/{{kebab}}.repository.ts';\n",
    ),
  },
  {
    anchor: endOf('function ownReads', '  };'),
    text: at(
      "    '{{kebab}}.findById': (ctx, id) => create{{Pascal}}Repository({ database }).findById(ctx, id('{{snakes}}')),\n" +
        "    '{{kebab}}.lock': (ctx, id) =>\n" +
        "      fixture.tx.run(ctx, (txCtx) => create{{Pascal}}Repository({ database }).lock(txCtx, id('{{snakes}}'))),\n",
    ),
  },
];
