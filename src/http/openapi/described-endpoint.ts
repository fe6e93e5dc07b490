import type { Endpoint } from '../endpoint.ts';

/** An endpoint as far as documents are concerned: whatever its handler depends on. */
export type DescribedEndpoint = Omit<Endpoint<never>, 'accept' | 'site'>;
