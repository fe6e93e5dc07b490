import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { anonymousContext } from '../types/context-factory.ts';

const GIVEN_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** Gives each request its id (the caller's X-Request-Id where it is a sane one) and its context. */
export const requestContext: RequestHandler = (req, res, next) => {
  const given = req.headers['x-request-id'];
  const requestId = typeof given === 'string' && GIVEN_ID.test(given) ? given : randomUUID();
  const userAgent = req.headers['user-agent'];
  req.state = {
    ctx: anonymousContext(requestId, { ipAddress: req.ip ?? null, userAgent: userAgent?.slice(0, 256) ?? null }, null),
    principal: null,
    operationId: 'unmatched',
    startedAt: performance.now(),
  };
  res.setHeader('X-Request-Id', requestId);
  next();
};
