import { errorRegistry } from '../../src/errors/registry.ts';
import type { DescribedEndpoint } from '../../src/http/openapi/described-endpoint.ts';
import type { OpenApiDocument, Operation, Response } from '../../src/http/openapi/openapi-document.ts';

const JSON_TYPE = 'application/json';

/** The operation that describes an endpoint. */
export function operationOf(document: OpenApiDocument, { path, method }: DescribedEndpoint): Operation {
  const operation = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method];
  if (operation === undefined) throw new Error(`The document lacks ${method} ${path}`);
  return operation;
}

/** An operation's answer with this status, whether it is its own or a shared one. */
export function responseOf(document: OpenApiDocument, operation: Operation, status: number | string): Response {
  const response = operation.responses[status];
  const found =
    response !== undefined && '$ref' in response
      ? document.components.responses[response.$ref.slice('#/components/responses/'.length)]
      : response;
  if (found === undefined) throw new Error(`${operation.operationId} has no answer ${status}`);
  return found;
}

/** The error codes that an operation's answers name, each with the status it stands under. */
export const documentedCodes = (document: OpenApiDocument, operation: Operation): [string, number][] =>
  Object.keys(operation.responses)
    .filter((status) => Number(status) >= 400)
    .flatMap((status) =>
      Object.keys(responseOf(document, operation, status).content?.[JSON_TYPE]?.examples ?? {}).map(
        (code): [string, number] => [code, Number(status)],
      ),
    )
    .sort();

/** The same list as the registry has it. */
export const registeredCodes = (codes: readonly (keyof typeof errorRegistry)[]): [string, number][] =>
  codes.map((code): [string, number] => [code, errorRegistry[code].status]).sort();

export const bodyExampleOf = (operation: Operation): unknown => operation.requestBody?.content[JSON_TYPE]?.example;

export const answerExampleOf = (document: OpenApiDocument, operation: Operation, status: number): unknown =>
  responseOf(document, operation, status).content?.[JSON_TYPE]?.example;
