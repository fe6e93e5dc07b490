/** npm run build: installs, generates and compiles to dist/, as far as something has changed. */
import { prepare, runOrExplain } from './lib/prepare.mjs';

await runOrExplain(async () => {
  prepare();
  return 0;
});
