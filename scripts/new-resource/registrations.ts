import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BOTTOM, endOf, type Fill, type Insertion, insertAll, TOP } from './insertion.ts';
import type { ResourceNames } from './names.ts';
import { fill, render } from './templates.ts';
import { testInsertions } from './test-insertions.ts';

/** A file of the project as it will be, or what is to be done in it by hand. */
export type Registration =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly byHand: string };

/** Prisma wants the tenant's side of a relation too. */
const LAST_RELATION_OF_TENANT = /(?<=^model Tenant \{\n(?:[^}\n].*\n|\n)*.*\[\]\n)(?=\n {2}@@)/;

/** Everything outside the slice's own files that has to know of it. Nothing is written. */
export const registrations = (root: string, names: ResourceNames): Registration[] => {
  const at: Fill = (template) => fill(template, names);
  const drafts = new Map<string, string>();
  const byHand: Registration[] = [];

  const read = (path: string): string | undefined => {
    const file = join(root, path);
    return drafts.get(path) ?? (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  };
  const into = (path: string, insertions: readonly Insertion[], source = read(path)): void => {
    if (insertions.length === 0) return;
    const text = source === undefined ? null : insertAll(source, insertions);
    if (text !== null) drafts.set(path, text);
    else byHand.push({ path, byHand: insertions.map((insertion) => insertion.text.trim()).join('\n') });
  };

  into('src/routes/index.ts', [
    { anchor: TOP, text: at("import { {{camel}}Endpoints } from './{{domain}}/{{kebab}}.routes.ts';\n") },
    { anchor: endOf('export const endpoints = [', '] as const;'), text: at('  ...{{camel}}Endpoints,\n') },
  ]);
  into('src/http/openapi/tags.ts', [
    {
      anchor: endOf('export const tagDescriptions'),
      text: at("  '{{Words plural}}': '{{Words plural}} of a tenant.',\n"),
    },
  ]);
  into('src/types/access-control.ts', accessInsertions(at));

  const errors = at('src/errors/{{domain}}.errors.ts');
  if (read(errors) === undefined) {
    into('src/errors/registry.ts', [
      { anchor: TOP, text: at("import { {{domain}}Errors } from './{{domain}}.errors.ts';\n") },
      { anchor: endOf('export const errorRegistry = {', '} as const;'), text: at('  ...{{domain}}Errors,\n') },
    ]);
  }
  into(errors, errorInsertions(at), read(errors) ?? render(root, 'errors.ts', names));

  const composition = at('src/composition/{{domain}}.ts');
  into(composition, compositionInsertions(at), withNeeds(read(composition) ?? render(root, 'composition.ts', names)));
  into('src/composition/index.ts', containerInsertions(read('src/composition/index.ts') ?? '', names));

  const schema = at('prisma/schema/{{domain}}.prisma');
  into(schema, [{ anchor: BOTTOM, text: `\n${render(root, 'model.prisma', names)}` }], read(schema) ?? '');
  into('prisma/schema/tenancy.prisma', [{ anchor: LAST_RELATION_OF_TENANT, text: at('  {{camels}} {{Pascal}}[]\n') }]);

  for (const [path, insertions] of Object.entries(testInsertions(at, names))) into(path, insertions);

  return [...[...drafts].map(([path, text]) => ({ path, text })), ...byHand];
};

const accessInsertions = (at: Fill): Insertion[] => [
  {
    anchor: endOf('export const permissionCatalogue = {', '} as const;'),
    text: at(
      "  '{{kebabs}}:read': 'See {{words plural}}',\n" +
        "  '{{kebabs}}:write': 'Create, change and delete {{words plural}}',\n",
    ),
  },
  ...['admin', 'owner'].map((role) => ({
    anchor: new RegExp(`(?<=^  ${role}: \\{[^}]*permissions: \\[[^\\]]*'),?\\s*\\]`),
    text: at(", '{{kebabs}}:*'"),
  })),
];

const errorInsertions = (at: Fill): Insertion[] => [
  {
    anchor: /^\}\);/,
    text: at(
      "  {{CONSTANT}}_NOT_FOUND: { status: 404, message: 'There is no such {{words}}.', action: 'caller' },\n" +
        "  {{CONSTANT}}_NAME_TAKEN: { status: 409, message: 'There is {{a words}} of this name already.', action: 'caller' },\n",
    ),
  },
];

const compositionInsertions = (at: Fill): Insertion[] => [
  {
    anchor: TOP,
    text: at(
      "import { create{{Pascal}}Controller } from '../controllers/{{domain}}/{{kebab}}.controller.ts';\n" +
        "import { create{{Pascal}}Repository } from '../repositories/{{domain}}/{{kebab}}.repository.ts';\n" +
        "import { create{{Pascal}}Service } from '../services/{{domain}}/{{kebab}}.service.ts';\n",
    ),
  },
  {
    anchor: /^ {2}return \{\n {4}services: \{/,
    text: at(
      '  const {{camels}} = create{{Pascal}}Service({ {{camels}}: create{{Pascal}}Repository({ database }), tx, audit });\n',
    ),
  },
  { anchor: /(?<=^ {4}services: \{)/, text: at(' {{camels}},') },
  {
    anchor: /(?<=^ {4}controllers: \{)/,
    text: at(' {{camels}}: create{{Pascal}}Controller({ {{camels}} }),'),
  },
];

const NEEDS = ['database', 'tx', 'audit'];

/** The composition of a domain with what the new service needs of the infrastructure. */
const withNeeds = (source: string): string => {
  const missing = (list: string): string[] => NEEDS.filter((need) => !new RegExp(`\\b${need}\\b`).test(list));
  return source
    .replace(/(export function compose\w+\(\{)([^}]*)(\}: )/, (_all, head, given: string, tail) => {
      const kept = given.trim().replace(/,$/, '');
      return `${head} ${[kept, ...missing(given)].filter(Boolean).join(', ')} ${tail}`;
    })
    .replace(/Pick<\s*Infrastructure,([^>]*)>/, (_all, given: string) => {
      const added = missing(given).map((need) => `'${need}'`);
      return `Pick<Infrastructure, ${[given.trim().replace(/,$/, ''), ...added].join(' | ')}>`;
    });
};

/** What the container lacks of the domain: all of it for a domain's first resource, otherwise mostly nothing. */
const containerInsertions = (container: string, { domain, Domain }: ResourceNames): Insertion[] => {
  const spread = (part: 'services' | 'controllers'): Insertion[] =>
    container.includes(`...${domain}.${part},`)
      ? []
      : [{ anchor: new RegExp(`^ {6}\\.\\.\\.insight\\.${part},`), text: `      ...${domain}.${part},\n` }];
  const composed = container.includes(`const ${domain} = compose`)
    ? []
    : [
        { anchor: TOP, text: `import { compose${Domain} } from './${domain}.ts';\n` },
        { anchor: /^ {2}const insight = /, text: `  const ${domain} = compose${Domain}(infrastructure);\n` },
      ];
  return [...composed, ...spread('services'), ...spread('controllers')];
};
