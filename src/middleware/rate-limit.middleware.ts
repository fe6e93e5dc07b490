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

/**
 * Limits requests, with `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) on every answer and
 * `Retry-After` on a refusal. If the shared store is away, requests pass.
 */
export function createRateLimit(
  { enabled, storeFor }: RateLimitDeps,
  policy: RateLimitPolicy,
  by: 'address' | 'identity',
): RequestHandler {
  if (!enabled) return (_req, _res, next) => next();
  const store = storeFor(policy);
  return rateLimit({
    windowMs: policy.windowSeconds * 1000,
    limit: policy.limit,
    identifier: policy.name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: by === 'address' ? addressOf : identityOf,
    passOnStoreError: true,
    validate: false,
    handler: (_req, _res, next) => next(appError('RATE_LIMITED')),
    ...(store !== undefined && { store }),
  });
}
