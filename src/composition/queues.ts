import { createQueueBackend } from '../config/queues.ts';
import { jobCatalogue } from '../jobs/catalogue.ts';
import { createJobQueues } from '../queues/job-queues.ts';
import type { Infrastructure } from './infrastructure.ts';

/** The queues of every job, on the back end that the settings name. They are opened when first needed. */
export function composeQueues({ settings, log }: Pick<Infrastructure, 'settings' | 'log'>) {
  const backend = createQueueBackend({ settings, onError: (error) => log.warn('the queues are away', { error }) });
  const queues = createJobQueues({ backend, catalogue: jobCatalogue });
  return {
    backend,
    queues,
    async close(): Promise<void> {
      await queues.close();
      await backend.close();
    },
  };
}
