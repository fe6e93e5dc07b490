const SETUP_ERROR = 'SetupError';

/** An error whose message tells a person what to do: the command-line programs print that one line and no stack. */
export const setupError = (message: string, cause?: unknown): Error => {
  const error = new Error(message, { cause });
  error.name = SETUP_ERROR;
  return error;
};

/** Whether `error` is a failure of the operating system with one of these codes (`EACCES`, `EADDRINUSE`, ...). */
export const hasErrorCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);

const isMendable = (error: Error): boolean =>
  error.name === SETUP_ERROR ||
  error.name === 'EnvironmentError' ||
  hasErrorCode(error, 'ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT');

/** What a person needs to read about `error`: the message of a mistake they can mend, the stack of any other. */
export const describeError = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(describeError).join('\n');
  if (!(error instanceof Error)) return String(error);
  return isMendable(error) ? error.message : (error.stack ?? error.message);
};
