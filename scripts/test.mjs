/** npm test: makes the checkout ready and runs Jest with the given parameters. */
import { join } from 'node:path';
import { prepare, root, runOrExplain } from './lib/prepare.mjs';
import { runNode } from './lib/run-node.mjs';

await runOrExplain(async () => {
  prepare({ toleratesTypeErrors: true });
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  return await runNode([
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    ...process.argv.slice(2),
  ]);
});
