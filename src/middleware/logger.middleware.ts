import type { RequestHandler } from 'express';
import type { Logger } from '../config/logger.ts';
import type { Metrics } from '../config/metrics.ts';

export interface LoggerMiddlewareDeps {
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'observeRequest'>;
  readonly logAccess: boolean;
}

/** One line and one observation per request, when its answer is out or its client is gone. */
export const createLoggerMiddleware =
  ({ log, metrics, logAccess }: LoggerMiddlewareDeps): RequestHandler =>
  (req, res, next) => {
    res.once('close', () => {
      const { ctx, operationId, startedAt } = req.state;
      const milliseconds = performance.now() - startedAt;
      const status = res.writableFinished ? res.statusCode : 499;
      metrics.observeRequest(operationId, status, milliseconds / 1000);
      if (!logAccess) return;
      log.info('request', {
        requestId: ctx.requestId,
        operation: operationId,
        method: req.method,
        path: req.originalUrl.split('?', 1)[0],
        status,
        ms: Math.round(milliseconds * 100) / 100,
        tenantId: ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : null,
        userId: ctx.actor.id,
        ip: ctx.origin.ipAddress,
      });
    });
    next();
  };
