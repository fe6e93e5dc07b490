import type { Endpoint } from './endpoint.ts';

/**
 * Whether the address rules hold for an endpoint: for whatever people's and machines' credentials open, and for what signs in.
 * Health, documents and metrics answer even while the database, where the rules are, does not.
 */
export const isGuardedByAddress = ({
  access: { rule },
  method,
  rateLimit,
}: Pick<Endpoint<never>, 'access' | 'method' | 'rateLimit'>): boolean =>
  rule.kind !== 'signature' && (rule.kind !== 'public' || rateLimit === 'auth' || method !== 'get');
