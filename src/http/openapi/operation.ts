import type { UploadSpec } from '../multipart.ts';
import { describeAccess, securityOf } from './access-description.ts';
import type { DescribedEndpoint } from './described-endpoint.ts';
import { errorCodesOf } from './error-codes.ts';
import { errorResponsesOf } from './error-responses.ts';
import { exampleOf } from './example.ts';
import type { Operation } from './openapi-document.ts';
import { parametersOf } from './parameters.ts';
import type { SchemaComponents } from './schema-components.ts';
import { successResponsesOf } from './success-response.ts';

/** What the document says about one endpoint; the schemas it needs are added to `schemas`. */
export function operationOf(endpoint: DescribedEndpoint, schemas: SchemaComponents): Operation {
  const { rule } = endpoint.access;
  const parameters = parametersOf(endpoint, schemas);
  const requestBody = requestBodyOf(endpoint, schemas);
  return {
    tags: endpoint.tags,
    summary: endpoint.summary,
    description: [endpoint.description, describeAccess(rule)].filter((part) => part !== undefined).join('\n\n'),
    operationId: endpoint.operationId,
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
    responses: {
      ...successResponsesOf(endpoint, schemas),
      ...errorResponsesOf(errorCodesOf(endpoint), schemas),
    },
    security: securityOf(rule),
    ...('permission' in rule && { 'x-permission': rule.permission }),
    ...(endpoint.audit !== undefined && { 'x-audit': endpoint.audit }),
    'x-rate-limit': endpoint.rateLimit,
  };
}

/** A body is required unless the empty one, which the server takes a missing one for, is fine. */
function requestBodyOf({ body, upload }: DescribedEndpoint, schemas: SchemaComponents): Operation['requestBody'] {
  if (upload !== undefined) return uploadBodyOf(upload);
  if (body === undefined) return undefined;
  const schema = schemas.convert(body, 'input');
  return {
    required: !body.safeParse({}).success,
    content: { 'application/json': { schema, example: exampleOf(schema, schemas.resolve) } },
  };
}

const uploadBodyOf = ({ fieldName }: UploadSpec): Operation['requestBody'] => ({
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        properties: { [fieldName]: { type: 'string', format: 'binary', description: 'The file, and nothing else.' } },
        required: [fieldName],
        additionalProperties: false,
      },
    },
  },
});
