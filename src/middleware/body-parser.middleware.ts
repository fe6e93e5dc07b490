import express, { type RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';

const OTHER_CHARSET = /;\s*charset=(?!"?utf-8"?\s*(;|$))/i;

/** Only files may take longer, for which the server itself has a limit (http/server-prototypes.ts). */
const WITHIN_MS = 30_000;

/**
 * Reads a JSON body in UTF-8 up to a limit; a body of another type is 415, one that comes drop by drop 408, none at all is an
 * empty object.
 */
export function createBodyParser(limitKb: number, withinMs: number = WITHIN_MS): RequestHandler {
  const parse = express.json({ limit: limitKb * 1024, strict: true, type: 'application/json' });
  return (req, res, next) => {
    const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (hasBody && (!req.is('application/json') || OTHER_CHARSET.test(req.headers['content-type'] ?? '')))
      throw appError('UNSUPPORTED_MEDIA_TYPE');
    if (!hasBody) {
      parse(req, res, next);
      return;
    }
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      res.setHeader('Connection', 'close');
      next(appError('REQUEST_TIMEOUT'));
    }, withinMs);
    parse(req, res, (error?: unknown) => {
      clearTimeout(deadline);
      if (!isLate) next(error);
    });
  };
}
