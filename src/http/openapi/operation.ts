import { JSON_TYPE, MERGE_PATCH_TYPE } from '../../middleware/body-parser.middleware.ts';
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
    description: [endpoint.description, describeAccess(rule), describeEntitlement(endpoint)]
      .filter((part) => part !== undefined)
      .join('\n\n'),
    operationId: endpoint.operationId,
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
    responses: {
      ...successResponsesOf(endpoint, schemas),
      ...errorResponsesOf(errorCodesOf(endpoint), schemas),
    },
    security: securityOf(rule),
    ...('permission' in rule && { 'x-permission': rule.permission }),
    ...(endpoint.entitlement !== undefined && { 'x-entitlement': endpoint.entitlement }),
    ...(endpoint.audit !== undefined && { 'x-audit': endpoint.audit }),
    'x-rate-limit': endpoint.rateLimit,
  };
}

const describeEntitlement = ({ entitlement }: DescribedEndpoint): string | undefined =>
  entitlement === undefined ? undefined : `Plan: the tenant's must have the feature \`${entitlement}\`.`;

/** A body is required unless the empty one, which the server takes a missing one for, is fine. */
function requestBodyOf(
  { body, upload, rawBody, mergePatch }: DescribedEndpoint,
  schemas: SchemaComponents,
): Operation['requestBody'] {
  if (upload !== undefined) return uploadBodyOf(upload);
  if (rawBody !== undefined) return RAW_BODY;
  if (body === undefined) return undefined;
  const schema = schemas.convert(body, 'input');
  const media = { schema, example: exampleOf(schema, schemas.resolve) };
  return {
    required: !body.safeParse({}).success,
    content: { [JSON_TYPE]: media, ...(mergePatch && { [MERGE_PATCH_TYPE]: media }) },
  };
}

/** The signature covers the bytes, not what they say. */
const RAW_BODY: Operation['requestBody'] = {
  required: true,
  content: {
    [JSON_TYPE]: {
      schema: { type: 'object', description: 'As its sender defines it; taken and checked byte by byte.' },
      example: {},
    },
  },
};

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
