const POLL_MS = 25;

/**
 * Waits until a condition holds.
 * @returns what the condition gave
 * @throws Error when it still does not hold after `withinMs`
 */
export async function eventually<T>(
  condition: () => Promise<T | false | null | undefined>,
  what: string,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
