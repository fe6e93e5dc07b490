/** npm start: makes the checkout ready, then runs the API, the workers and all they need. */
import { join } from 'node:path';
import { prepare, root, runOrExplain } from './lib/prepare.mjs';
import { runNode } from './lib/run-node.mjs';

/** The young generation's size saves scavenges under load: docs/performance.md. */
const NODE_OPTIONS = ['--enable-source-maps', '--max-semi-space-size=64'];

await runOrExplain(async () => {
  prepare();
  return await runNode([...NODE_OPTIONS, join(root, 'dist', 'scripts', 'serve.js')]);
});
