import type { z } from 'zod';
import type { Job } from '../queues/job.ts';
import type { Schedule } from '../queues/schedule.ts';
import { finalizeDueInvoices } from './billing/finalize-due-invoices.job.ts';
import { renewSubscriptions } from './billing/renew-subscriptions.job.ts';
import { cleanUp } from './operation/clean-up.job.ts';
import { reconcile } from './payments/reconcile.job.ts';
import { resolvePayments } from './payments/resolve-payments.job.ts';

const schedule = <Payload extends z.ZodObject>(
  spec: Schedule & { readonly job: Job<never, Payload>; readonly payload: z.input<Payload> },
): Schedule => spec;

/** Every job that runs by the clock. */
export const schedules: readonly Schedule[] = [
  schedule({ name: 'cleanup', cron: '15 3 * * *', timeZone: 'UTC', job: cleanUp, payload: {} }),
  schedule({ name: 'invoice', cron: '* * * * *', timeZone: 'UTC', job: finalizeDueInvoices, payload: {} }),
  schedule({ name: 'renewals', cron: '*/5 * * * *', timeZone: 'UTC', job: renewSubscriptions, payload: {} }),
  schedule({ name: 'payments', cron: '* * * * *', timeZone: 'UTC', job: resolvePayments, payload: {} }),
  schedule({ name: 'reconcile', cron: '30 2 * * *', timeZone: 'UTC', job: reconcile, payload: {} }),
];
