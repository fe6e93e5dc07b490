import type { DocsController } from '../../controllers/operation/docs.controller.ts';
import { publicBecause } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';

export interface DocsRouteDeps {
  readonly docs: DocsController;
}

const endpoint = endpointsFor<DocsRouteDeps>();
const tags = ['Operation'] as const;

export const getOpenApiDocument = endpoint({
  method: 'get',
  path: '/openapi.json',
  operationId: 'getOpenApiDocument',
  summary: 'Get the OpenAPI document',
  tags,
  access: publicBecause('integrators read it before they have an account, and it holds no data'),
  success: { status: 200, document: { description: 'This document, for the server that answers it' } },
  handler: ({ docs }) => docs.document(),
});

export const getDocs = endpoint({
  method: 'get',
  path: '/docs',
  operationId: 'getDocs',
  summary: 'Read the API documentation',
  tags,
  access: publicBecause('integrators read it before they have an account, and it holds no data'),
  success: { status: 200, site: { description: 'Swagger UI, which can also call the API' } },
  site: ({ docs }) => docs.site,
  handler: () => undefined,
});

export const docsEndpoints = [getOpenApiDocument, getDocs] as const;
