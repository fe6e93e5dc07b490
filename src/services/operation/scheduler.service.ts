import { isDeepStrictEqual } from 'node:util';
import { type JobQueues, templateOf } from '../../queues/job-queues.ts';
import type { Schedule } from '../../queues/schedule.ts';

export interface SchedulerDeps {
  readonly queues: Pick<JobQueues, 'names' | 'schedules' | 'putSchedule' | 'removeSchedule'>;
  readonly schedules: readonly Schedule[];
}

export type Scheduler = ReturnType<typeof createScheduler>;

export function createScheduler({ queues, schedules }: SchedulerDeps) {
  return {
    /**
     * Makes the queues' schedules those of the list. One that is right already is left alone, so that a run that is due or
     * overdue is not put off; one that is no longer in the list is removed.
     */
    async register(): Promise<void> {
      for (const queue of queues.names) {
        const wanted = schedules.filter((schedule) => schedule.job.queue === queue);
        const existing = new Map((await queues.schedules(queue)).map((found) => [found.key, found]));
        for (const schedule of wanted) {
          const found = existing.get(schedule.name);
          existing.delete(schedule.name);
          const { name, ...template } = templateOf(schedule);
          const isRight =
            found?.name === name &&
            found.pattern === schedule.cron &&
            found.tz === schedule.timeZone &&
            isDeepStrictEqual(found.template, template);
          if (!isRight) await queues.putSchedule(schedule);
        }
        for (const name of existing.keys()) await queues.removeSchedule(queue, name);
      }
    },
  };
}
