import type { Environment } from './environment.ts';

/** A budget of requests within a window, as RateLimit-Policy announces it. */
export interface RateLimitPolicy {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

type RateLimitSettings = Pick<
  Environment,
  | 'RATE_LIMIT_IP_PER_MINUTE'
  | 'RATE_LIMIT_READ_PER_MINUTE'
  | 'RATE_LIMIT_WRITE_PER_MINUTE'
  | 'RATE_LIMIT_AUTH_PER_MINUTE'
  | 'RATE_LIMIT_TENANT_PER_MINUTE'
>;

/** The budgets that endpoints choose from, and those of every address, of API keys that have one of their own, and of tenants. */
export const rateLimitPolicies = (settings: RateLimitSettings) =>
  ({
    address: { name: 'address', limit: settings.RATE_LIMIT_IP_PER_MINUTE, windowSeconds: 60 },
    read: { name: 'read', limit: settings.RATE_LIMIT_READ_PER_MINUTE, windowSeconds: 60 },
    write: { name: 'write', limit: settings.RATE_LIMIT_WRITE_PER_MINUTE, windowSeconds: 60 },
    auth: { name: 'auth', limit: settings.RATE_LIMIT_AUTH_PER_MINUTE, windowSeconds: 60 },
    key: { name: 'key', limit: settings.RATE_LIMIT_READ_PER_MINUTE, windowSeconds: 60 },
    tenant: { name: 'tenant', limit: settings.RATE_LIMIT_TENANT_PER_MINUTE, windowSeconds: 60 },
  }) as const satisfies Record<string, RateLimitPolicy>;
