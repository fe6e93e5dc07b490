import compression from 'compression';
import express, { type Express } from 'express';
import type { Container } from './composition/index.ts';
import { type RateLimitPolicy, rateLimitPolicies } from './config/rate-limits.ts';
import { createRateLimitStore } from './config/redis.ts';
import { appError } from './errors/app-error.ts';
import { mountEndpoints } from './http/mount-endpoints.ts';
import { createBodyDeadline } from './middleware/body-deadline.middleware.ts';
import { createCorsMiddleware } from './middleware/cors.middleware.ts';
import { createErrorMiddleware } from './middleware/error.middleware.ts';
import { createLoggerMiddleware } from './middleware/logger.middleware.ts';
import { createRateLimit } from './middleware/rate-limit.middleware.ts';
import { requestContext } from './middleware/request-context.middleware.ts';
import { createSecurityHeaders } from './middleware/security-headers.middleware.ts';
import { endpoints } from './routes/index.ts';

const COMPRESSED_FROM_BYTES = 1024;

/** The Express app, and nothing else: no port, no connection. */
export function createApp(container: Container): Express {
  const { settings, log, metrics, redis } = container.infrastructure;
  const policies = rateLimitPolicies(settings);
  const rateLimits = {
    enabled: settings.RATE_LIMIT_ENABLED,
    storeFor: (policy: RateLimitPolicy) => (redis === null ? undefined : createRateLimitStore(redis, policy)),
  };
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('trust proxy', settings.TRUST_PROXY_HOPS);
  app.use(requestContext);
  app.use(createLoggerMiddleware({ log, metrics, logAccess: settings.LOG_ACCESS }));
  app.use(createBodyDeadline());
  app.use(createSecurityHeaders());
  app.use(createCorsMiddleware(settings));
  app.use(compression({ threshold: COMPRESSED_FROM_BYTES }));
  app.use(createRateLimit(rateLimits, policies.address, 'address'));
  app.use(
    mountEndpoints(endpoints, container.controllers, {
      authenticate: container.authenticate,
      tenants: container.services.tenantDirectory,
      ipRules: container.services.ipRuleRegistry,
      impersonationAudit: container.services.impersonationAudit,
      idempotency: container.infrastructure.idempotency,
      rateLimits,
      policies,
      bodyLimitKb: settings.BODY_LIMIT_KB,
      metricsToken: settings.METRICS_TOKEN,
      responseCheck: settings.RESPONSE_CHECK,
      secureCookies: settings.PUBLIC_URL.startsWith('https://'),
      log,
      metrics,
    }),
  );
  app.use((_req, _res, next) => next(appError('ROUTE_NOT_FOUND')));
  app.use(createErrorMiddleware({ log }));
  return app;
}
