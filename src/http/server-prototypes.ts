import { createServer, IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http';
import type { Express } from 'express';

type ConnectionLimits = Pick<
  ServerOptions,
  'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval'
>;

/**
 * Milliseconds. Who sends a request drop by drop is cut off: a file has five minutes, any other body half a minute
 * (middleware/body-deadline). An idle connection outlives the minute after which load balancers drop theirs, so that none of them
 * sends a request on one that is just being closed.
 */
const CONNECTION_LIMITS = {
  headersTimeout: 15_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5000,
} as const satisfies ConnectionLimits;

/**
 * A server whose request and response already have Express's prototypes. Express gives every request a new prototype, which
 * costs most of the time of an empty handler; when the prototype is the right one from the start, that assignment changes nothing.
 */
export function createPrototypedServer(app: Express, limits: ConnectionLimits = CONNECTION_LIMITS): Server {
  class Request extends IncomingMessage {}
  class Response extends ServerResponse<Request> {}
  adopt(Request.prototype, app.request);
  adopt(Response.prototype, app.response);
  Object.defineProperty(app, 'request', { value: Request.prototype, writable: true, configurable: true });
  Object.defineProperty(app, 'response', { value: Response.prototype, writable: true, configurable: true });
  return createServer({ ...limits, IncomingMessage: Request, ServerResponse: Response }, app);
}

/** Copies the methods of Express's prototype chain that node's own does not have; the nearest one wins. */
function adopt(target: object, source: object): void {
  for (
    let layer = source;
    layer !== null && !Object.prototype.isPrototypeOf.call(layer, target);
    layer = Object.getPrototypeOf(layer)
  ) {
    for (const key of Reflect.ownKeys(layer)) {
      const descriptor = Object.getOwnPropertyDescriptor(layer, key);
      if (descriptor !== undefined && key !== 'constructor' && !Object.hasOwn(target, key))
        Object.defineProperty(target, key, descriptor);
    }
  }
}
