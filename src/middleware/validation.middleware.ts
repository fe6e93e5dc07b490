import type { Request } from 'express';
import type { AcceptedRequest, Endpoint } from '../http/endpoint.ts';

/**
 * Checks a request against its endpoint's schemas. The parsed input travels beside the request, never over it.
 * @throws AppError VALIDATION_FAILED
 */
export const acceptRequest = <Deps>(endpoint: Endpoint<Deps>, req: Request): AcceptedRequest<Deps> =>
  endpoint.accept({ params: req.params, query: req.query, body: req.body });
