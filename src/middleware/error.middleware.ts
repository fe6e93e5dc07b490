import { isNativeError } from 'node:util/types';
import type { ErrorRequestHandler } from 'express';
import { isConnectionFailure } from '../config/connection-failure.ts';
import type { Logger } from '../config/logger.ts';
import { sqlStateOf } from '../config/sql-state.ts';
import { AppError, appError } from '../errors/app-error.ts';
import { errorRegistry } from '../errors/registry.ts';

/** Statement and lock time-outs, too many connections, and a server that is starting or stopping. */
const OVERLOADED = new Set(['57014', '55P03', '53300', '57P03']);

/** What body-parser and Express throw for a request they can't read, by their `type` or status. */
function requestError(error: Error): AppError | null {
  const type = 'type' in error ? error.type : undefined;
  const status = 'status' in error ? error.status : undefined;
  if (type === 'entity.too.large') return appError('BODY_TOO_LARGE', { cause: error });
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return appError('UNSUPPORTED_MEDIA_TYPE', { cause: error });
  if (error instanceof URIError)
    return appError('VALIDATION_FAILED', {
      cause: error,
      details: [{ path: 'path', message: 'The URL is malformed' }],
    });
  return status === 400 ? appError('MALFORMED_BODY', { cause: error }) : null;
}

/** The error a client is told about: its own code where it has one, 503 for a database that is away, else 500 without details. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (!isNativeError(error)) return appError('INTERNAL_ERROR', { cause: error });
  const code = sqlStateOf(error);
  if (isConnectionFailure(error) || (code !== undefined && OVERLOADED.has(code)))
    return appError('DATABASE_UNAVAILABLE', { cause: error });
  return requestError(error) ?? appError('INTERNAL_ERROR', { cause: error });
}

/** The last middleware: every failure leaves as one envelope, and only what somebody must act upon is logged as an error. */
export const createErrorMiddleware =
  ({ log }: { readonly log: Logger }): ErrorRequestHandler =>
  (thrown, req, res, _next) => {
    const error = toAppError(thrown);
    const { action } = errorRegistry[error.code];
    const { requestId } = req.state.ctx;
    const fields = { requestId, operation: req.state.operationId, code: error.code, error: error.cause ?? error };
    if (action === 'developer') log.error('request failed', fields);
    else if (action === 'operator') log.warn('request refused', fields);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const retryAfter = error.retryAfter ?? (error.statusCode === 503 ? 1 : undefined);
    if (retryAfter !== undefined) res.setHeader('Retry-After', retryAfter);
    if (error.statusCode === 401) res.setHeader('WWW-Authenticate', 'Bearer');
    res.statusCode = error.statusCode;
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.end(
      JSON.stringify({
        success: false,
        error: {
          message: error.message,
          code: error.code,
          statusCode: error.statusCode,
          details: error.details,
          requestId,
        },
      }),
    );
  };
