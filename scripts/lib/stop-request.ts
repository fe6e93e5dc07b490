const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm, its shell and the terminal each pass the same Ctrl-C on: what comes so soon is no second request. */
const SAME_REQUEST_MS = 1_000;

/**
 * Resolves when this process is asked to stop: by a signal, or by the end of the process that started it. When a person
 * asks again, because stopping takes them too long, `onImpatience` is called.
 */
export const waitForStopRequest = async (onImpatience: () => void): Promise<void> =>
  await new Promise((resolve) => {
    let requestedAt: number | undefined;
    const request = () => {
      requestedAt ??= performance.now();
      if (performance.now() - requestedAt > SAME_REQUEST_MS) onImpatience();
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, request);
    process.once('disconnect', request);
    process.channel?.unref();
  });
