import express, { type RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';

export const JSON_TYPE = 'application/json';
/** RFC 7396. */
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';

export interface BodyOptions {
  readonly limitKb: number;
  /** Media types that are JSON here. */
  readonly types: readonly string[];
}

const OTHER_CHARSET = /;\s*charset=(?!"?utf-8"?\s*(;|$))/i;

/** Keeps a body of any type as its bytes, up to a limit; one that was compressed is 415. None at all is an empty one. */
export function createRawBodyParser({ limitKb }: Pick<BodyOptions, 'limitKb'>): RequestHandler {
  const read = express.raw({ limit: limitKb * 1024, inflate: false, type: () => true });
  return (req, res, next) => {
    read(req, res, (error: unknown) => {
      if (error === undefined && !Buffer.isBuffer(req.body)) req.body = Buffer.alloc(0);
      next(error);
    });
  };
}

/** Reads a JSON body in UTF-8 up to a limit; a body of another type is 415, none at all is an empty object. */
export function createBodyParser({ limitKb, types }: BodyOptions): RequestHandler {
  const type = [...types];
  const parse = express.json({ limit: limitKb * 1024, strict: true, type });
  return (req, res, next) => {
    const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (hasBody && (!req.is(type) || OTHER_CHARSET.test(req.headers['content-type'] ?? '')))
      throw appError('UNSUPPORTED_MEDIA_TYPE');
    parse(req, res, next);
  };
}
