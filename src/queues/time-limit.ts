/**
 * Settles as `work` does, or rejects with `error()` after `ms` milliseconds. `work` itself goes on: it is told by other means, or
 * not at all.
 */
export async function withTimeLimit<T>(work: Promise<T>, ms: number, error: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
