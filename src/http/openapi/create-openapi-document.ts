import type { HttpMethod } from '../endpoint.ts';
import { securitySchemes } from './access-description.ts';
import type { DescribedEndpoint } from './described-endpoint.ts';
import { errorExamples, sharedErrorResponses } from './error-responses.ts';
import type { Components, OpenApiDocument, Operation, PathItem } from './openapi-document.ts';
import { operationOf } from './operation.ts';
import { headerParameters } from './parameters.ts';
import { responseHeaders } from './response-headers.ts';
import { createSchemaComponents } from './schema-components.ts';
import { tagDescriptions } from './tags.ts';

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  /** Where the API answers, without a slash at the end. */
  readonly serverUrl: string;
}

const METHODS: readonly HttpMethod[] = ['get', 'post', 'put', 'patch', 'delete'];

const DESCRIPTION = `One REST API for operators, tenants and integrators.

Answers are \`{ "success": true, "data": ..., "meta"?: ... }\`; failures \`{ "success": false, "error": { "message", "code", "statusCode", "details"?, "requestId" } }\`.
Rely on \`error.code\`, not on the message. Money is a decimal string with an ISO 4217 currency, times are ISO 8601 in UTC.
Tenants see their own rows only: another tenant's object is answered like one that does not exist.`;

/**
 * Describes endpoints as OpenAPI 3.1. The same endpoints give the same document, whatever their order.
 * @throws Error when two different schemas share an id, or an endpoint's tag is unknown
 */
export function createOpenApiDocument(endpoints: readonly DescribedEndpoint[], info: OpenApiInfo): OpenApiDocument {
  const schemas = createSchemaComponents();
  const paths = pathsOf(endpoints, (endpoint) => operationOf(endpoint, schemas));
  const components: Components = {
    securitySchemes,
    parameters: headerParameters,
    headers: responseHeaders,
    responses: sharedErrorResponses(schemas),
    examples: errorExamples(),
    schemas: schemas.all(),
  };
  return {
    openapi: '3.1.1',
    info: {
      title: info.title,
      version: info.version,
      description: DESCRIPTION,
      contact: {
        name: 'Rowhouse support',
        url: 'https://rowhouse.example/support',
        email: 'support@rowhouse.example',
      },
      license: { name: 'Proprietary', url: 'https://rowhouse.example/terms' },
    },
    servers: [{ url: info.serverUrl, description: 'This installation' }],
    tags: tagsOf(endpoints),
    paths,
    components: usedComponents(paths, components),
  };
}

function pathsOf(
  endpoints: readonly DescribedEndpoint[],
  describe: (endpoint: DescribedEndpoint) => Operation,
): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  const ordered = [...endpoints].sort(
    (a, b) => compare(a.path, b.path) || METHODS.indexOf(a.method) - METHODS.indexOf(b.method),
  );
  for (const endpoint of ordered) {
    const path = endpoint.path.replace(/:([A-Za-z0-9_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method]: describe(endpoint) };
  }
  return paths;
}

function tagsOf(endpoints: readonly DescribedEndpoint[]): OpenApiDocument['tags'] {
  const names = new Set(endpoints.flatMap(({ tags }) => tags));
  return [...names].sort(new Intl.Collator('en').compare).map((name) => {
    const description = tagDescriptions[name];
    if (description === undefined) throw new Error(`The tag "${name}" has no description in tags.ts`);
    return { name, description };
  });
}

/** The components that the paths refer to, directly or through other components. */
function usedComponents(paths: OpenApiDocument['paths'], components: Components): Components {
  const used = new Set<string>();
  const follow = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key !== '$ref' || typeof value !== 'string') follow(value);
      else if (!used.has(value)) {
        used.add(value);
        follow(target(components, value));
      }
    }
  };
  follow(paths);
  const keep = <Part>(kind: keyof Components, parts: Readonly<Record<string, Part>>): Record<string, Part> =>
    Object.fromEntries(Object.entries(parts).filter(([name]) => used.has(`#/components/${kind}/${name}`)));
  return {
    securitySchemes: components.securitySchemes,
    parameters: keep('parameters', components.parameters),
    headers: keep('headers', components.headers),
    responses: keep('responses', components.responses),
    examples: keep('examples', components.examples),
    schemas: keep('schemas', components.schemas),
  };
}

function target(components: Components, reference: string): unknown {
  const [, , kind, name] = reference.split('/');
  const parts = Object.entries(components).find(([key]) => key === kind)?.[1];
  return Object.entries(parts ?? {}).find(([key]) => key === name)?.[1];
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);
