import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createLogger, type LogFields } from '../../../src/config/logger.ts';
import { type BackgroundLoop, startBackgroundLoop } from '../../../src/services/base/background-loop.ts';

let lines: LogFields[];
let loop: BackgroundLoop | undefined;

const log = createLogger({ LOG_LEVEL: 'debug' }, (text) => {
  for (const line of text.trim().split('\n')) lines.push(JSON.parse(line));
});
const levels = (): unknown[] => {
  log.flush();
  return lines.map((line) => line.level);
};

/** A task that answers from a list, and counts its steps. */
const taskOf = (...answers: Array<boolean | Error>) => {
  const task = {
    name: 'the task',
    pollMs: 1000,
    steps: 0,
    step: async (): Promise<boolean> => {
      const answer = answers[task.steps] ?? false;
      task.steps += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return task;
};

beforeEach(() => {
  lines = [];
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(1);
});

afterEach(async () => {
  await loop?.stop();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const settle = () => jest.advanceTimersByTimeAsync(0);

describe('a background loop', () => {
  test('goes on at once while there is more, then pauses', async () => {
    const task = taskOf(true, true, false);
    loop = startBackgroundLoop(task, log);
    await settle();
    expect(task.steps).toBe(3);
    await jest.advanceTimersByTimeAsync(999);
    expect(task.steps).toBe(3);
    await jest.advanceTimersByTimeAsync(1);
    expect(task.steps).toBe(4);
  });

  test('is woken from its pause', async () => {
    const task = taskOf();
    loop = startBackgroundLoop(task, log);
    await settle();
    loop.wake();
    await settle();
    expect(task.steps).toBe(2);
  });

  test('does not forget to wake up when it is told so during a step', async () => {
    let finishStep = (): void => undefined;
    let steps = 0;
    const step = () => {
      steps += 1;
      return new Promise<boolean>((resolve) => {
        finishStep = () => resolve(false);
      });
    };
    loop = startBackgroundLoop({ name: 'slow', pollMs: 1000, step }, log);
    loop.wake();
    finishStep();
    await settle();
    expect(steps).toBe(2);
    finishStep();
  });

  test('pauses longer after each failure, is not woken, alarms once and tells when it works again', async () => {
    const failures = Array.from({ length: 7 }, () => new Error('away'));
    const task = taskOf(...failures, false);
    loop = startBackgroundLoop(task, log);
    await settle();
    for (const pause of [2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const before = task.steps;
      loop.wake();
      await jest.advanceTimersByTimeAsync(pause - 1);
      expect(task.steps).toBe(before);
      await jest.advanceTimersByTimeAsync(1);
      expect(task.steps).toBe(before + 1);
    }
    await jest.advanceTimersByTimeAsync(30_000);
    expect(levels()).toEqual(['warn', 'warn', 'warn', 'warn', 'error', 'warn', 'warn', 'info']);
    expect(task.steps).toBe(8);
  });

  test('stops after the step that runs', async () => {
    let finishStep = (): void => undefined;
    let steps = 0;
    const step = () => {
      steps += 1;
      return new Promise<boolean>((resolve) => {
        finishStep = () => resolve(true);
      });
    };
    const stopping = startBackgroundLoop({ name: 'slow', pollMs: 1000, step }, log);
    let stopped = false;
    const stop = stopping.stop().then(() => {
      stopped = true;
    });
    await settle();
    expect(stopped).toBe(false);
    finishStep();
    await stop;
    expect(steps).toBe(1);
  });
});
