import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import type { Container } from './composition/index.ts';
import { type RateLimitPolicy, rateLimitPolicies } from './config/rate-limits.ts';
import { createRateLimitStore } from './config/redis.ts';
import { appError } from './errors/app-error.ts';
import { type MountDeps, mountEndpoints } from './http/mount-endpoints.ts';
import { createBodyDeadline } from './middleware/body-deadline.middleware.ts';
import { createCorsMiddleware } from './middleware/cors.middleware.ts';
import { createErrorMiddleware } from './middleware/error.middleware.ts';
import { createLoggerMiddleware } from './middleware/logger.middleware.ts';
import { createRateLimit } from './middleware/rate-limit.middleware.ts';
import { requestContext } from './middleware/request-context.middleware.ts';
import { createSecurityHeaders } from './middleware/security-headers.middleware.ts';
import { endpoints } from './routes/index.ts';

const COMPRESSED_FROM_BYTES = 1024;

/**
 * The Express app, and nothing else: no port, no connection.
 * @param mount the endpoints behind the one chain; those of the product where it is left out
 */
export function createApp(
  container: Container,
  mount: (deps: MountDeps) => RequestHandler = (deps) => mountEndpoints(endpoints, container.controllers, deps),
): Express {
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
    mount({
      authenticate: container.authenticate,
      authenticateOrganizationAdmin: container.authenticateOrganizationAdmin,
      tenants: container.services.tenantDirectory,
      ipRules: container.services.ipRuleRegistry,
      entitlements: container.services.entitlements,
      impersonationAudit: container.services.impersonationAudit,
      idempotency: container.infrastructure.idempotency,
      rateLimits,
      policies,
      bodyLimitKb: settings.BODY_LIMIT_KB,
      metricsToken: settings.METRICS_TOKEN,
      isSignedByGateway: container.services.gatewayInbox.isSigned,
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
