import type { ErrorCode } from '../../errors/registry.ts';
import type { ImportRowError } from '../../types/tenancy/platform-user-import.ts';

/** A file can't be imported at all, whatever its other rows say. */
export class ImportFileError extends Error {
  readonly code: ErrorCode;
  /** For the report. */
  readonly errors: readonly ImportRowError[];

  constructor(code: ErrorCode, errors: readonly ImportRowError[] = []) {
    super(`The file can not be imported: ${code}`);
    this.name = 'ImportFileError';
    this.code = code;
    this.errors = errors;
  }
}
