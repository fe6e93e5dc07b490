import { createBackground } from '../../src/composition/background.ts';
import { createWorkers, type Workers } from '../../src/worker.ts';
import type { TestApp } from './test-app.ts';

/** The background of a test's app: relay, workers, sealer. Stop it before the app. */
export async function startWorkers(app: TestApp): Promise<Workers> {
  const workers = createWorkers(createBackground(app.container));
  await workers.start();
  return workers;
}
