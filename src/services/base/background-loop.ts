import type { Logger } from '../../config/logger.ts';

/** Work that never ends, in steps of bounded size. */
export interface BackgroundTask {
  readonly name: string;
  /** Pause between two steps when there is nothing to do. */
  readonly pollMs: number;
  /** Does some of the work. True when more is waiting. */
  step(): Promise<boolean>;
}

export interface BackgroundLoop {
  /** Does not wait for the end of the pause. */
  wake(): void;
  /** Resolves once the current step has ended. */
  stop(): Promise<void>;
}

const LONGEST_BACKOFF_MS = 30_000;
/** Failures in a row after which somebody should look. */
const ALARMING_FAILURES = 5;

/**
 * Runs the steps of a task one after the other until it is stopped. After failures in a row it pauses twice as long each time, up
 * to 30 seconds, and nothing wakes it: what is down is not hammered.
 */
export function startBackgroundLoop(task: BackgroundTask, log: Logger): BackgroundLoop {
  let stopping = false;
  let woken = false;
  let failures = 0;
  let endPause = (): void => undefined;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const attempt = async (): Promise<number> => {
    woken = false;
    try {
      const more = await task.step();
      if (failures > 0) log.info(`${task.name} works again`, { failures });
      failures = 0;
      return more || woken ? 0 : task.pollMs;
    } catch (error) {
      failures += 1;
      log[failures === ALARMING_FAILURES ? 'error' : 'warn'](`${task.name} failed`, { error, failures });
      return Math.min(task.pollMs * 2 ** failures, LONGEST_BACKOFF_MS) * (0.5 + Math.random() / 2);
    }
  };

  const run = async () => {
    while (!stopping) {
      const delay = await attempt();
      if (delay > 0 && !stopping) await pause(delay);
    }
  };
  const running = run();

  return {
    wake() {
      woken = true;
      if (failures === 0) endPause();
    },
    async stop() {
      stopping = true;
      endPause();
      await running;
    },
  };
}
