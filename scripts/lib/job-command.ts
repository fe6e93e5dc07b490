import { randomUUID } from 'node:crypto';
import type { QueueableJob } from '../../src/queues/job.ts';
import type { Schedule } from '../../src/queues/schedule.ts';
import type { JobRunner } from '../../src/services/operation/job-runner.service.ts';
import { setupError } from './setup-error.ts';

export type JobCommand = { job: QueueableJob; payload: unknown };

export type JobOutcome =
  | { job: string; outcome: 'completed'; seconds: number; result: unknown }
  | { job: string; outcome: 'failed'; seconds: number; reason: string };

type Choice = { catalogue: readonly QueueableJob[]; schedules: readonly Schedule[] };

const parsePayload = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw setupError(`The payload is not JSON: ${json}`, error);
  }
};

/**
 * What `npm run job -- <name> [payload]` asks for: a schedule by its name, with its own payload, or a job by its name, with
 * a payload in JSON. Throws a setup error, which names all of them, if there is no such job.
 */
export const readJobCommand = (parameters: readonly string[], { catalogue, schedules }: Choice): JobCommand => {
  const [name, json] = parameters;
  const schedule = schedules.find((candidate) => candidate.name === name);
  if (schedule) {
    if (json !== undefined) throw setupError(`The schedule ${name} has a payload of its own.`);
    return { job: schedule.job, payload: schedule.payload };
  }
  const job = catalogue.find((candidate) => candidate.name === name);
  if (job) return { job, payload: parsePayload(json ?? '{}') };
  const names = [...schedules, ...catalogue].map((known) => known.name).join(', ');
  throw setupError(`Usage: npm run job -- <name> [payload as JSON], where the name is one of: ${names}.`);
};

/** Runs a job once in this process, to its end or until `signal` is aborted. Its failure is an outcome and no exception. */
export const runJobOnce = async (
  { job, payload }: JobCommand,
  runner: JobRunner,
  signal: AbortSignal,
): Promise<JobOutcome> => {
  const id = `command-${randomUUID()}`;
  const start = performance.now();
  const seconds = () => Math.round(performance.now() - start) / 1_000;
  try {
    const order = { name: job.name, id, payload, requestId: id, attempt: 1, attempts: 1, signal };
    const result = await runner.run(order);
    return { job: job.name, outcome: 'completed', seconds: seconds(), result: result ?? null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { job: job.name, outcome: 'failed', seconds: seconds(), reason };
  }
};
