import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

/**
 * Helmet's headers. They are the same for every request, so helmet is asked once and its answer repeated.
 * An API answers data, not pages: nothing may be loaded from or framed around it.
 */
export function createSecurityHeaders(options: HelmetOptions = {}): RequestHandler {
  const probe = new ServerResponse(new IncomingMessage(new Socket()));
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'same-site' },
    referrerPolicy: { policy: 'no-referrer' },
    ...options,
  })(new IncomingMessage(new Socket()), probe, () => undefined);
  // An answer is for whoever asked, and some hold secrets: no cache keeps it (ASVS 14.3.2).
  probe.setHeader('Cache-Control', 'no-store');
  const headers = Object.entries(probe.getHeaders()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}
