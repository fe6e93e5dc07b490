import { parseArgs } from 'node:util';
import { projectPaths } from './lib/project-paths.ts';
import { runProgram } from './lib/run-program.ts';
import { setupError } from './lib/setup-error.ts';
import { resourceNames } from './new-resource/names.ts';
import { writeSlice } from './new-resource/write-slice.ts';

const USAGE = 'Usage: npm run new:resource -- <domain> <name> [--plural <name>], for example: support ticket';

const readCommand = () => {
  try {
    return parseArgs({ allowPositionals: true, options: { plural: { type: 'string' } } });
  } catch (error) {
    throw setupError(USAGE, error);
  }
};

/** Writes the slice of a resource that tenants own, modelled on the plans, and tells what is left to do. */
await runProgram(async () => {
  const { positionals, values } = readCommand();
  const [domain, name, ...rest] = positionals;
  if (domain === undefined || name === undefined || rest.length > 0) throw setupError(USAGE);
  const names = resourceNames(domain, name, values.plural);
  const { written, byHand } = writeSlice(projectPaths().root, names);
  console.log(`Wrote\n${written.map((path) => `  ${path}`).join('\n')}`);
  for (const { path, text } of byHand) console.log(`\nAdd to ${path} by hand:\n${text.replaceAll(/^/gm, '  ')}`);
  console.log(`
Next
  1. Give the model its columns in prisma/schema/${domain}.prisma, and the types, schemas and repository the same fields.
  2. npm run migrate:new -- add_${names.snakes}
     and add to its migration.sql:

       call protect_tenant_table('${names.snakes}');
       grant select, insert, update, delete on ${names.snakes} to rowhouse_tenant, rowhouse_platform;

  3. npm run openapi
  4. npm run check and npm test`);
});
