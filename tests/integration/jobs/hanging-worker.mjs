/** A worker in a process of its own that takes a job and never ends it. Parameters: settings and prefix as JSON, queue. */
import { createQueueBackend } from '../../../dist/src/config/queues.js';

const [options, queue] = process.argv.slice(2);
const { settings, prefix } = JSON.parse(options);
const backend = createQueueBackend({ settings, prefix, onError: (error) => console.error(error) });
backend.openWorker(queue, {
  concurrency: 1,
  stalledAfterMs: 1000,
  process: async () => {
    process.stdout.write('took a job\n');
    await new Promise(() => undefined);
  },
  onFailed: () => undefined,
  handBack: new AbortController().signal,
});
