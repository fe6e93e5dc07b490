import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import type { RateLimitPolicy } from '../config/rate-limits.ts';
import { appError } from '../errors/app-error.ts';

export interface RateLimitDeps {
  readonly enabled: boolean;
  /** The shared store of a policy on Redis; undefined counts in this process's memory. */
  readonly storeFor: (policy: RateLimitPolicy) => Store | undefined;
}

/** IPv6 clients own a /64: a limit per address would be none. */
const addressOf = (req: Request): string => ipKeyGenerator(req.ip ?? 'unknown', 64);

/** Whoever is known counts for themselves, per tenant; everybody else by address. */
const identityOf = (req: Request): string => {
  const { actor, scope } = req.state.ctx;
  if (actor.id === null) return addressOf(req);
  return scope.kind === 'tenant' ? `${scope.tenantId}:${actor.id}` : actor.id;
};

/** Operators come and go between tenants: they do not use up what a tenant has. */
const tenantOf = ({ state: { principal, ctx } }: Request): string | null =>
  ctx.scope.kind === 'tenant' && principal?.isOperator === false ? ctx.scope.tenantId : null;

/** Whom a budget belongs to; requests of nobody are not counted. `key` is an identity whose budget is its own. */
const subjectOf = {
  address: addressOf,
  identity: identityOf,
  key: identityOf,
  tenant: tenantOf,
} as const satisfies Record<string, (req: Request) => string | null>;

/**
 * Limits requests, with `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) on every answer and
 * `Retry-After` on a refusal. If the shared store is away, requests pass.
 */
export function createRateLimit(
  { enabled, storeFor }: RateLimitDeps,
  policy: RateLimitPolicy,
  by: keyof typeof subjectOf,
): RequestHandler {
  if (!enabled) return (_req, _res, next) => next();
  const store = storeFor(policy);
  const subject: (req: Request) => string | null = subjectOf[by];
  return rateLimit({
    windowMs: policy.windowSeconds * 1000,
    limit: ({ state }) => (by === 'key' ? state.principal?.requestsPerMinute : undefined) ?? policy.limit,
    identifier: policy.name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (req) => subject(req) ?? '',
    skip: (req) => subject(req) === null,
    passOnStoreError: true,
    validate: false,
    handler: (_req, _res, next) => next(appError('RATE_LIMITED')),
    ...(store !== undefined && { store }),
  });
}
