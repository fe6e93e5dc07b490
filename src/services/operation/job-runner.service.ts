import type { Logger } from '../../config/logger.ts';
import type { Metrics } from '../../config/metrics.ts';
import { AppError } from '../../errors/app-error.ts';
import type { AcceptedJob, Job } from '../../queues/job.ts';
import { JobTimeoutError, PermanentJobFailure } from '../../queues/job-failure.ts';
import { withTimeLimit } from '../../queues/time-limit.ts';

/** A job as it comes from a queue, or from an outside cron. */
export interface JobOrder {
  readonly name: string;
  readonly id: string;
  readonly payload: unknown;
  readonly requestId: string | null;
  readonly attempt: number;
  readonly attempts: number;
  /** Aborted when nobody waits for the run any more. */
  readonly signal: AbortSignal;
}

export interface JobRunnerDeps<Deps> {
  readonly catalogue: readonly Job<Deps>[];
  readonly deps: Deps;
  readonly metrics: Pick<Metrics, 'observeJob'>;
  readonly log: Logger;
}

export interface JobRunner {
  /**
   * Runs a job once, within its time, in the scope it declares.
   * @returns what the handler resolved with
   * @throws PermanentJobFailure when there is no such job, its payload does not fit, or what it is about is gone
   * @throws JobTimeoutError when it took too long; its signal is aborted, and what it still does must be harmless
   * @throws whatever the handler throws
   */
  run(order: JobOrder): Promise<unknown>;
}

export function createJobRunner<Deps>({ catalogue, deps, metrics, log }: JobRunnerDeps<Deps>): JobRunner {
  const jobs = new Map(catalogue.map((job) => [job.name, job]));

  const runInTime = async (job: Job<Deps>, accepted: AcceptedJob<Deps>, order: JobOrder): Promise<unknown> => {
    const limit = new AbortController();
    const { attempt, attempts } = order;
    const signal = AbortSignal.any([order.signal, limit.signal]);
    const work = accepted.run(deps, { requestId: order.requestId ?? order.id, attempt, attempts, signal });
    return withTimeLimit(work, job.timeoutMs, () => {
      const error = new JobTimeoutError(job.timeoutMs);
      limit.abort(error);
      return error;
    });
  };

  return {
    async run(order) {
      const job = jobs.get(order.name);
      if (job === undefined) throw new PermanentJobFailure(`There is no job ${order.name}`);
      const accepted = accept(job, order.payload);
      const startedAt = performance.now();
      const finish = (outcome: 'completed' | 'failed') => {
        const seconds = (performance.now() - startedAt) / 1000;
        metrics.observeJob(job.name, outcome, seconds);
        log.debug(`job ${outcome}`, { job: job.name, id: order.id, attempt: order.attempt, seconds });
      };
      try {
        const result = await runInTime(job, accepted, order);
        finish('completed');
        return result;
      } catch (error) {
        finish('failed');
        throw isGone(error) ? new PermanentJobFailure(error.message, { cause: error }) : error;
      }
    },
  };
}

/** What a job is about was there when it was queued and is not any more: no repetition brings it back. */
const isGone = (error: unknown): error is AppError => error instanceof AppError && error.statusCode === 404;

function accept<Deps>(job: Job<Deps>, payload: unknown): AcceptedJob<Deps> {
  try {
    return job.accept(payload);
  } catch (cause) {
    throw new PermanentJobFailure(`The payload does not fit ${job.name}`, { cause });
  }
}
