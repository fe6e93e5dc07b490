import { z } from 'zod';
import { defineJob, platformWide } from '../../queues/job.ts';
import type { Cleanup } from '../../services/operation/cleanup.service.ts';

export interface CleanUpDeps {
  readonly cleanup: Pick<Cleanup, 'run'>;
}

export const cleanUp = defineJob<CleanUpDeps>()({
  name: 'operation.cleanup',
  queue: 'cleanup',
  scope: platformWide,
  payload: z.strictObject({}),
  attempts: 3,
  backoff: { type: 'exponential', delayMs: 60_000 },
  timeoutMs: 1_800_000,
  handler: ({ cleanup }, { ctx, signal }) => cleanup.run(ctx, signal),
});
