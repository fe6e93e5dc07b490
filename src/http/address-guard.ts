import type { Endpoint } from './endpoint.ts';

/**
 * Whether the address rules hold for an endpoint: for whatever takes credentials, and for what signs in. Health and documents
 * answer anybody, even while the database, where the rules are, does not.
 */
export const isGuardedByAddress = ({
  access: { rule },
  method,
  rateLimit,
}: Pick<Endpoint<never>, 'access' | 'method' | 'rateLimit'>): boolean =>
  rule.kind !== 'public' || rateLimit === 'auth' || method !== 'get';
