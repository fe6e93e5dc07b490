import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';
import type { SignatureScheme } from '../types/access-rule.ts';

export interface SignatureDeps {
  /** The token that scrapers of /metrics show. Without one, nobody gets in. */
  readonly metricsToken: string | undefined;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Lets machines in that prove themselves by the endpoint's scheme; everybody else gets 401. */
export function createSignatureMiddleware(scheme: SignatureScheme, { metricsToken }: SignatureDeps): RequestHandler {
  const secrets: Record<SignatureScheme, string | undefined> = { 'metrics-token': metricsToken };
  const secret = secrets[scheme];
  const expected = secret === undefined ? null : digest(`Bearer ${secret}`);
  return (req, _res, next) => {
    const given = digest(req.headers.authorization ?? '');
    if (expected === null || !timingSafeEqual(given, expected)) throw appError('UNAUTHENTICATED');
    next();
  };
}
