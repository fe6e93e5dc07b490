import type { QueueableJob } from './job.ts';

/** A job that runs by the clock. */
export interface Schedule {
  /** Names it for operators and for an outside cron: `npm run job -- <name>`. */
  readonly name: string;
  /** Minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly job: QueueableJob;
  readonly payload: Readonly<Record<string, unknown>>;
}
