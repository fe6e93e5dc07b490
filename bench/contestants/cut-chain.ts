import type { Express, IRouter, RequestHandler } from 'express';
import { Router } from 'express';

type Layers = IRouter['stack'];

/**
 * The layers of W1's own chain: its operation, authentication, impersonation, tenant, address rules, limits of the caller and of the
 * tenant, permission, responder.
 */
const ROUTE_LAYERS = 9;
/** The layers of app.ts up to the endpoints, without the two behind them. */
const APP_LAYERS = 8;

const isRouter = (handle: unknown): handle is IRouter => typeof handle === 'function' && 'stack' in handle;

function layersOf(router: IRouter, path: string): Layers | null {
  for (const { route, handle } of router.stack) {
    if (route !== undefined && route.path === path && route.stack.some(({ method }) => method === 'get'))
      return route.stack;
    const found = isRouter(handle) ? layersOf(handle, path) : null;
    if (found !== null) return found;
  }
  return null;
}

/** @throws Error when app.ts has other layers than the stages were written for */
export function appLayers(app: Express): Layers {
  const { stack } = app.router;
  if (stack.length !== APP_LAYERS + 2) throw new Error('app.ts has changed: bench/lib/stages.ts has to follow it');
  return stack;
}

/** @param path as its router has it @throws Error when the chain has other layers than the stages were written for */
export function routeLayers(app: Express, path: string): Layers {
  const layers = layersOf(app.router, path);
  if (layers?.length !== ROUTE_LAYERS)
    throw new Error('The chain of an endpoint has changed: bench/lib/stages.ts has to follow it');
  return layers;
}

/** Puts a handler in front of a layer, which answers every request that comes so far. */
export function cutBefore(layers: Layers, layer: number, handler: RequestHandler): void {
  const isRouteChain = layers[0]?.method !== undefined;
  const donor = Router();
  const donated = isRouteChain ? donor.get('/', handler).stack[0]?.route?.stack[0] : donor.use(handler).stack[0];
  if (donated === undefined) throw new Error('Express has no layer to give');
  layers.splice(layer, 0, donated);
}
