import { type ErrorCode, errorRegistry } from './registry.ts';

/** One thing that is wrong with a request. */
export interface ErrorDetail {
  /** Where: a path such as `body.items.0.quantity`. */
  readonly path: string;
  readonly message: string;
  readonly code?: string;
}

export interface AppErrorOptions {
  readonly message?: string;
  /** Shown to the client. */
  readonly details?: unknown;
  readonly cause?: unknown;
  /** Seconds; becomes the header Retry-After. */
  readonly retryAfter?: number;
}

/** A failure with a code of the registry; the only error that reaches a client as more than a 500. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly statusCode: number;
  readonly details: unknown;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.message ?? errorRegistry[code].message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.statusCode = errorRegistry[code].status;
    this.details = options.details;
    this.retryAfter = options.retryAfter;
  }
}

/** Builds the error of a registry code; `message` replaces the registry's, `details` are shown to the client. */
export const appError = (code: ErrorCode, options?: AppErrorOptions): AppError => new AppError(code, options);

/** Narrows a value that must exist by now; its absence is a bug, never the client's fault. */
export function invariant<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new Error(message);
  return value;
}
