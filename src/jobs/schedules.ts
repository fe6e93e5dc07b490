import type { z } from 'zod';
import type { Job } from '../queues/job.ts';
import type { Schedule } from '../queues/schedule.ts';
import { cleanUp } from './operation/clean-up.job.ts';

const schedule = <Payload extends z.ZodObject>(
  spec: Schedule & { readonly job: Job<never, Payload>; readonly payload: z.input<Payload> },
): Schedule => spec;

/** Every job that runs by the clock. */
export const schedules: readonly Schedule[] = [
  schedule({ name: 'cleanup', cron: '15 3 * * *', timeZone: 'UTC', job: cleanUp, payload: {} }),
];
