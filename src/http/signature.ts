import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';
import type { SignatureScheme } from '../types/access-rule.ts';
import { type RawRequest, rawRequestFor } from './raw-body.ts';

export interface SignatureDeps {
  /** The token that scrapers of /metrics show. Without one, nobody gets in. */
  readonly metricsToken: string | undefined;
  /** Whether a payment gateway signed a request; false for a gateway that nobody knows. */
  readonly isSignedByGateway: (gateway: string, request: RawRequest) => boolean;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function bearsToken(token: string | undefined): RequestHandler {
  const expected = token === undefined ? null : digest(`Bearer ${token}`);
  return (req, _res, next) => {
    const given = digest(req.headers.authorization ?? '');
    if (expected === null || !timingSafeEqual(given, expected)) throw appError('UNAUTHENTICATED');
    next();
  };
}

const isSigned =
  ({ isSignedByGateway }: SignatureDeps): RequestHandler =>
  (req, _res, next) => {
    const { gateway } = req.params;
    if (typeof gateway !== 'string' || !isSignedByGateway(gateway, rawRequestFor(req)))
      throw appError('UNAUTHENTICATED');
    next();
  };

/** Lets machines in that prove themselves by the endpoint's scheme; everybody else gets 401. */
export function createSignatureMiddleware(scheme: SignatureScheme, deps: SignatureDeps): RequestHandler {
  switch (scheme) {
    case 'metrics-token':
      return bearsToken(deps.metricsToken);
    case 'payment-gateway':
      return isSigned(deps);
  }
}
