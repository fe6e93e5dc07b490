import type { Request, RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';

/** The server itself has a limit for files only (http/server-prototypes.ts). */
const WITHIN_MS = 30_000;

const deadlines = new WeakMap<Request, NodeJS.Timeout>();

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * Cuts off a client whose body has not arrived in time, whatever it asks for and whether or not anybody reads the body: with 408,
 * or without a word where it has been answered already.
 *
 * Passes on AppError REQUEST_TIMEOUT.
 */
export function createBodyDeadline(withinMs: number = WITHIN_MS): RequestHandler {
  return (req, res, next) => {
    if (hasBody(req)) {
      const deadline = setTimeout(() => {
        if (req.complete) return;
        if (res.headersSent) {
          req.destroy();
          return;
        }
        res.setHeader('Connection', 'close');
        next(appError('REQUEST_TIMEOUT'));
      }, withinMs);
      deadlines.set(req, deadline);
      req.once('close', () => clearTimeout(deadline));
    }
    next();
  };
}

/** For the file of somebody who may bring one: it has as long as the server's own limit lasts. */
export const liftBodyDeadline = (req: Request): void => clearTimeout(deadlines.get(req));
