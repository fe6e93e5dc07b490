import express, { type RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';

/** Reads a JSON body up to a limit; a body of another type is 415, none at all is an empty object. */
export function createBodyParser(limitKb: number): RequestHandler {
  const parse = express.json({ limit: limitKb * 1024, strict: true, type: 'application/json' });
  return (req, res, next) => {
    const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (hasBody && !req.is('application/json')) throw appError('UNSUPPORTED_MEDIA_TYPE');
    parse(req, res, next);
  };
}
