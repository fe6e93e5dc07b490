import { isNativeError } from 'node:util/types';

const SETUP_ERROR = 'SetupError';

/** An error whose message tells a person what to do: the command-line programs print that one line and no stack. */
export const setupError = (message: string, cause?: unknown): Error => {
  const error = new Error(message, { cause });
  error.name = SETUP_ERROR;
  return error;
};

/** Whether `error` is a failure of the system or of PostgreSQL with one of these codes (`EACCES`, `42P01`, ...). */
export const hasErrorCode = (error: unknown, ...codes: string[]): boolean =>
  isNativeError(error) && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);

/** What `error` says, without its stack. */
export const messageOf = (error: unknown): string => (isNativeError(error) ? error.message : String(error));

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
