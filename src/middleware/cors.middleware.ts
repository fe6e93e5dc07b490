import cors from 'cors';
import type { RequestHandler } from 'express';
import type { Environment } from '../config/environment.ts';

/** Browsers of the configured origins may call the API; without any, only same-origin pages can. */
export function createCorsMiddleware({ CORS_ORIGINS: origins }: Pick<Environment, 'CORS_ORIGINS'>): RequestHandler {
  if (origins.length === 0) return (_req, _res, next) => next();
  return cors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'X-Tenant-Id',
      'X-Request-Id',
      'Range',
      'If-Range',
    ],
    exposedHeaders: [
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'Idempotent-Replayed',
      'X-Request-Id',
      'Content-Disposition',
      'Content-Range',
      'Accept-Ranges',
      'ETag',
    ],
    maxAge: 600,
  });
}
