import express, { type RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';

const OTHER_CHARSET = /;\s*charset=(?!"?utf-8"?\s*(;|$))/i;

/** Reads a JSON body in UTF-8 up to a limit; a body of another type is 415, none at all is an empty object. */
export function createBodyParser(limitKb: number): RequestHandler {
  const parse = express.json({ limit: limitKb * 1024, strict: true, type: 'application/json' });
  return (req, res, next) => {
    const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (hasBody && (!req.is('application/json') || OTHER_CHARSET.test(req.headers['content-type'] ?? '')))
      throw appError('UNSUPPORTED_MEDIA_TYPE');
    parse(req, res, next);
  };
}
