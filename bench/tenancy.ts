import { parseArgs } from 'node:util';
import { runProgram } from '../scripts/lib/run-program.ts';
import { describeMachine } from './lib/machine.ts';
import { startTenancyProduct, type TenancyProduct } from './lib/tenancy-product.ts';
import { reportExports } from './tenancy/exports.ts';
import { reportImport } from './tenancy/import.ts';
import { reportOrganizations } from './tenancy/organizations.ts';

/** What is measured, by its name; each says its figures in a line or a table. */
const parts: ReadonlyMap<string, (product: TenancyProduct) => Promise<string>> = new Map([
  ['import', reportImport],
  ['exports', reportExports],
  ['organizations', reportOrganizations],
]);

async function run(only: readonly string[]): Promise<void> {
  const unknown = only.filter((name) => !parts.has(name));
  if (unknown.length > 0) throw new RangeError(`--only takes ${[...parts.keys()].join(', ')}`);
  for (const [name, report] of parts) {
    if (only.length > 0 && !only.includes(name)) continue;
    const product = await startTenancyProduct();
    try {
      console.log(`${describeMachine(product.database.version)}\n${await report(product)}`);
    } finally {
      await product.stop();
    }
  }
}

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });

/** npm run bench:tenancy: what bulk work of tenants costs. */
await runProgram(() => run(values.only.split(',').filter(Boolean)));
