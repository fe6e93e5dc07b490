import { createContext, Script } from 'node:vm';

/**
 * Runs synchronous work that could take for ever, and ends it when its time is over: what users wrote decides how long it takes.
 * Half a loop may have happened then, so that nothing the work has touched is to be used any more.
 */
export function createCpuLimit(milliseconds: number) {
  const script = new Script('work()');
  const frame: { work: () => unknown } = { work: () => undefined };
  const context = createContext(frame);
  return {
    /** @throws whatever the work throws, and an Error with the code ERR_SCRIPT_EXECUTION_TIMEOUT when it takes too long */
    run<T>(work: () => T): T {
      let result: { readonly value: T } | undefined;
      frame.work = () => {
        result = { value: work() };
      };
      try {
        script.runInContext(context, { timeout: milliseconds });
      } finally {
        frame.work = () => undefined;
      }
      if (result === undefined) throw new Error('Work that has ended has a result');
      return result.value;
    },
  };
}

export type CpuLimit = ReturnType<typeof createCpuLimit>;
