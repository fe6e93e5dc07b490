import { AppError } from '../../src/errors/app-error.ts';
import { hasErrorCode, messageOf, setupError } from './setup-error.ts';

/** Of files, of compressed ones, and of what is in them. */
const MENDABLE = ['EEXIST', 'ENOENT', 'EACCES', 'EISDIR', 'ENOSPC', 'Z_BUF_ERROR', 'Z_DATA_ERROR', 'BACKUP_INVALID'];

/** What a person is told when a backup can't be written or read: a line for what they can mend. */
export const backupFailure = (error: unknown): unknown =>
  error instanceof AppError || hasErrorCode(error, ...MENDABLE) ? setupError(messageOf(error), error) : error;
