import { type RequestHandler, Router } from 'express';
import type { Logger } from '../config/logger.ts';
import type { Metrics } from '../config/metrics.ts';
import type { rateLimitPolicies } from '../config/rate-limits.ts';
import { appError } from '../errors/app-error.ts';
import {
  type BodyOptions,
  createBodyParser,
  createRawBodyParser,
  JSON_TYPE,
  MERGE_PATCH_TYPE,
} from '../middleware/body-parser.middleware.ts';
import { createEntitlementMiddleware, type EntitlementCheck } from '../middleware/entitlement.middleware.ts';
import {
  createImpersonationAuditMiddleware,
  type ImpersonationAuditMiddlewareDeps,
} from '../middleware/impersonation-audit.middleware.ts';
import { createIpRuleMiddleware, type IpRuleMiddlewareDeps } from '../middleware/ip-rule.middleware.ts';
import { createRateLimit, type RateLimitDeps } from '../middleware/rate-limit.middleware.ts';
import { createRoleMiddleware } from '../middleware/role.middleware.ts';
import { createTenantMiddleware, type TenantMiddlewareDeps } from '../middleware/tenant.middleware.ts';
import type { Idempotency } from '../services/base/idempotency.ts';
import { isGuardedByAddress } from './address-guard.ts';
import type { Endpoint, HttpMethod, RateLimitName } from './endpoint.ts';
import { createResponder } from './responder.ts';
import { createSignatureMiddleware, type SignatureDeps } from './signature.ts';

/** What the chain in front of the handlers is made of. */
export interface MountDeps
  extends TenantMiddlewareDeps,
    IpRuleMiddlewareDeps,
    SignatureDeps,
    ImpersonationAuditMiddlewareDeps {
  readonly authenticate: RequestHandler;
  readonly authenticateOrganizationAdmin: RequestHandler;
  readonly entitlements: EntitlementCheck;
  readonly idempotency: Idempotency;
  readonly rateLimits: RateLimitDeps;
  readonly policies: ReturnType<typeof rateLimitPolicies>;
  readonly bodyLimitKb: number;
  readonly responseCheck: 'throw' | 'log';
  readonly secureCookies: boolean;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'countMismatch'>;
}

/**
 * Builds the one chain every endpoint has, in this order: body, authentication, audit of impersonation, tenant, address rules,
 * limits by identity and tenant, permission, the plan's entitlement, validation, idempotency, handler, response check. (Request
 * id, address limit and log come before it, in app.ts.) An endpoint can't reorder or skip; it declares options.
 */
export function mountEndpoints<Handlers>(
  endpoints: readonly Endpoint<Handlers>[],
  handlers: Handlers,
  deps: MountDeps,
): Router {
  const root = Router({ caseSensitive: true });
  const routers = new Map<string, Router>();
  const methodsOf = new Map<string, Set<HttpMethod>>();
  const limits = createCallerLimits(deps);
  for (const endpoint of [...endpoints].sort(staticPathsFirst)) {
    const prefix = prefixOf(endpoint.path);
    let router = routers.get(prefix);
    if (router === undefined) {
      router = Router({ caseSensitive: true });
      routers.set(prefix, router);
      root.use(prefix, router);
    }
    const path = endpoint.path.slice(prefix.length) || '/';
    if (endpoint.site !== undefined) {
      router.use(path, named(endpoint.operationId), ...endpoint.site(handlers));
      continue;
    }
    router[endpoint.method](path, ...chainOf(endpoint, handlers, limits, deps));
    methodsOf.set(endpoint.path, (methodsOf.get(endpoint.path) ?? new Set()).add(endpoint.method));
  }
  for (const [path, methods] of methodsOf) {
    const allow = [...methods]
      .flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
      .join(', ');
    const prefix = prefixOf(path);
    routers.get(prefix)?.all(path.slice(prefix.length) || '/', (req, res, next) => {
      res.setHeader('Allow', allow);
      if (req.method === 'OPTIONS') res.status(204).end();
      else next(appError('METHOD_NOT_ALLOWED'));
    });
  }
  return root;
}

/** Endpoints are grouped by their first two segments, so that a request is matched against few patterns. */
const prefixOf = (path: string): string => {
  const segments = path
    .split('/')
    .slice(1, 3)
    .filter((segment) => !segment.startsWith(':'));
  return `/${segments.join('/')}`;
};

/** `/plans/archived` before `/plans/:id`: a parameter never takes a static path's requests. */
const staticPathsFirst = (a: { readonly path: string }, b: { readonly path: string }): number => {
  const [first, second] = [a.path.split('/'), b.path.split('/')];
  for (let index = 0; index < Math.min(first.length, second.length); index += 1) {
    const difference = Number(first[index]?.startsWith(':')) - Number(second[index]?.startsWith(':'));
    if (difference !== 0) return difference;
  }
  return 0;
};

const named =
  (operationId: string, audit: string | null = null): RequestHandler =>
  (req, _res, next) => {
    req.state.operationId = operationId;
    if (audit !== null) req.state.ctx = { ...req.state.ctx, audit: { action: audit, recorded: false } };
    next();
  };

type CallerLimits = Readonly<Record<RateLimitName, readonly RequestHandler[]>>;

/** One counter for each budget, which all of its endpoints share: in memory as on Redis. */
function createCallerLimits({ rateLimits, policies }: Pick<MountDeps, 'rateLimits' | 'policies'>): CallerLimits {
  const ofKey = createRateLimit(rateLimits, policies.key, 'key');
  const ofTenant = createRateLimit(rateLimits, policies.tenant, 'tenant');
  const limitOf = (name: RateLimitName): readonly RequestHandler[] => {
    const ofIdentity = createRateLimit(rateLimits, policies[name], 'identity');
    const ofCaller: RequestHandler = (req, res, next) => {
      const hasItsOwn = req.state.principal?.requestsPerMinute !== undefined;
      (hasItsOwn ? ofKey : ofIdentity)(req, res, next);
    };
    return [ofCaller, ofTenant];
  };
  return { read: limitOf('read'), write: limitOf('write'), auth: limitOf('auth') };
}

function chainOf<Handlers>(
  endpoint: Endpoint<Handlers>,
  handlers: Handlers,
  limits: CallerLimits,
  deps: MountDeps,
): RequestHandler[] {
  return [
    named(endpoint.operationId, endpoint.audit ?? null),
    ...(endpoint.body === undefined ? [] : [createBodyParser(bodyOptionsOf(endpoint, deps))]),
    ...(endpoint.rawBody === undefined ? [] : [createRawBodyParser(endpoint.rawBody)]),
    ...callerChain(endpoint, limits[endpoint.rateLimit], deps),
    createResponder(endpoint, handlers, deps),
  ];
}

const bodyOptionsOf = <Handlers>({ bodyLimitKb, mergePatch }: Endpoint<Handlers>, deps: MountDeps): BodyOptions => ({
  limitKb: Math.max(bodyLimitKb, deps.bodyLimitKb),
  types: mergePatch ? [JSON_TYPE, MERGE_PATCH_TYPE] : [JSON_TYPE],
});

function callerChain(
  endpoint: Pick<Endpoint<never>, 'access' | 'entitlement' | 'method' | 'rateLimit'>,
  limits: readonly RequestHandler[],
  deps: MountDeps,
): RequestHandler[] {
  const { entitlement } = endpoint;
  const { rule } = endpoint.access;
  const guardAndLimits = [...(isGuardedByAddress(endpoint) ? [createIpRuleMiddleware(deps, rule)] : []), ...limits];
  switch (rule.kind) {
    case 'public':
      return guardAndLimits;
    case 'signature':
      return [...guardAndLimits, createSignatureMiddleware(rule.scheme, deps)];
    case 'organizationAdmin':
      return [deps.authenticateOrganizationAdmin, ...guardAndLimits];
    case 'user':
    case 'tenant':
    case 'platform':
      return [
        deps.authenticate,
        createImpersonationAuditMiddleware(deps),
        createTenantMiddleware(deps, rule),
        ...guardAndLimits,
        createRoleMiddleware(rule),
        ...(entitlement === undefined ? [] : [createEntitlementMiddleware(deps.entitlements, entitlement)]),
      ];
  }
}
