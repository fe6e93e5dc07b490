import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceNames } from './names.ts';

/** The files of a slice: template, and where it goes. */
export const SLICE = [
  ['types.ts', 'src/types/{{domain}}/{{kebab}}.ts'],
  ['schema.ts', 'src/validators/{{domain}}/{{kebab}}.schema.ts'],
  ['repository.ts', 'src/repositories/{{domain}}/{{kebab}}.repository.ts'],
  ['service.ts', 'src/services/{{domain}}/{{kebab}}.service.ts'],
  ['controller.ts', 'src/controllers/{{domain}}/{{kebab}}.controller.ts'],
  ['routes.ts', 'src/routes/{{domain}}/{{kebab}}.routes.ts'],
  ['requests.rest', 'rest/{{kebabs}}.rest'],
  ['test.ts', 'tests/integration/{{domain}}/{{kebab}}.test.ts'],
] as const;

/**
 * Puts names into a template; {{=text}} stands for {{text}} itself.
 * @throws Error for a name that there is not
 */
export const fill = (template: string, names: ResourceNames): string =>
  template.replaceAll(/\{\{([^}]+)\}\}/g, (_placeholder, key: string) => {
    if (key.startsWith('=')) return `{{${key.slice(1)}}}`;
    const name = names[key];
    if (name === undefined) throw new Error(`Templates know no {{${key}}}`);
    return name;
  });

/** A template of scripts/templates/resource, filled. */
export const render = (root: string, template: string, names: ResourceNames): string =>
  fill(readFileSync(join(root, 'scripts', 'templates', 'resource', `${template}.template`), 'utf8'), names);
