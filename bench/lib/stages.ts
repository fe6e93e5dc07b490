/** How far a request gets before it is answered. */
export type Cut =
  | { readonly at: 'http' }
  /** In front of the n-th layer of the app. */
  | { readonly at: 'app'; readonly layer: number }
  /** In front of the n-th layer of the endpoint's own chain. */
  | { readonly at: 'route'; readonly layer: number }
  | { readonly at: 'accepted' }
  | { readonly at: 'handled' }
  | { readonly at: 'answered' };

export interface Stage {
  /** What a request goes through here that it did not go through in the stage before. */
  readonly adds: string;
  readonly cut: Cut;
}

/** The way of W1 through the server, in the order of app.ts and http/mount-endpoints.ts. */
export const STAGES: readonly Stage[] = [
  { adds: 'node:http, an answer of the same size', cut: { at: 'http' } },
  { adds: 'Express', cut: { at: 'app', layer: 0 } },
  { adds: 'request id and context', cut: { at: 'app', layer: 1 } },
  { adds: 'access log and metrics', cut: { at: 'app', layer: 2 } },
  { adds: 'security headers', cut: { at: 'app', layer: 4 } },
  { adds: 'CORS (none configured)', cut: { at: 'app', layer: 5 } },
  { adds: 'compression (not asked for)', cut: { at: 'app', layer: 6 } },
  { adds: 'rate limit by address', cut: { at: 'app', layer: 7 } },
  { adds: 'routing', cut: { at: 'route', layer: 1 } },
  { adds: 'authentication', cut: { at: 'route', layer: 3 } },
  { adds: 'tenant', cut: { at: 'route', layer: 4 } },
  { adds: 'address rules', cut: { at: 'route', layer: 5 } },
  { adds: 'rate limits by caller and tenant', cut: { at: 'route', layer: 7 } },
  { adds: 'permission', cut: { at: 'route', layer: 8 } },
  { adds: 'validation', cut: { at: 'accepted' } },
  { adds: 'service, repository and two statements under RLS', cut: { at: 'handled' } },
  { adds: 'response check and serialization', cut: { at: 'answered' } },
];
