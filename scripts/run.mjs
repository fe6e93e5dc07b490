/** Makes the checkout ready and runs one of its programs: node scripts/run.mjs scripts/migrate [parameters]. */
import { join } from 'node:path';
import { prepare, root, runOrExplain } from './lib/prepare.mjs';
import { runNode } from './lib/run-node.mjs';

await runOrExplain(async () => {
  const [program, ...parameters] = process.argv.slice(2);
  if (program === undefined) throw new Error('Usage: node scripts/run.mjs <folder>/<program> [parameters]');
  prepare();
  return await runNode(['--enable-source-maps', join(root, 'dist', `${program}.js`), ...parameters]);
});
