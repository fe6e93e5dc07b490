import type { ApiKeyController } from '../../controllers/identity/api-key.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  ApiKeyResponse,
  CreateApiKeyRequest,
  ListApiKeysQuery,
  RevealedApiKeyResponse,
  RotateApiKeyRequest,
} from '../../validators/identity/api-key.schema.ts';

export interface ApiKeyRouteDeps {
  readonly apiKeys: ApiKeyController;
}

const endpoint = endpointsFor<ApiKeyRouteDeps>();
const tags = ['API keys'] as const;

export const listApiKeys = endpoint({
  method: 'get',
  path: '/api/api-keys',
  operationId: 'listApiKeys',
  summary: 'List API keys',
  description: 'The keys of the tenant, without their secrets.',
  tags,
  access: tenant('api-keys:read'),
  query: ListApiKeysQuery,
  success: { status: 200, page: ApiKeyResponse },
  handler: ({ apiKeys }, { query, ctx }) => apiKeys.list(ctx, query),
});

export const createApiKey = endpoint({
  method: 'post',
  path: '/api/api-keys',
  operationId: 'createApiKey',
  summary: 'Create an API key',
  description:
    'The key stands in this answer and nowhere else, which is why the answer is not kept for an Idempotency-Key: revoke a key whose answer was lost. A tenant has up to 100 live keys. What keys can be given leaves out whatever would let them give themselves more.',
  tags,
  access: tenant('api-keys:write'),
  body: CreateApiKeyRequest,
  success: { status: 201, schema: RevealedApiKeyResponse },
  errors: ['SCOPE_NOT_DELEGABLE', 'PERMISSION_NOT_HELD', 'API_KEY_LIMIT_REACHED'],
  audit: 'api_key.created',
  handler: ({ apiKeys }, { body, ctx }) => apiKeys.create(ctx, body),
});

export const rotateApiKey = endpoint({
  method: 'post',
  path: '/api/api-keys/:id/rotate',
  operationId: 'rotateApiKey',
  summary: 'Rotate an API key',
  description:
    'Gives the key another secret, shown in this answer only. The one until now stays valid for the overlap; of an earlier rotation nothing does. Takes every scope of the key. Its expiry stays what it was.',
  tags,
  access: tenant('api-keys:write'),
  params: IdParams,
  body: RotateApiKeyRequest,
  success: { status: 200, schema: RevealedApiKeyResponse },
  errors: ['API_KEY_NOT_FOUND', 'API_KEY_NOT_ACTIVE', 'SCOPE_NOT_DELEGABLE', 'PERMISSION_NOT_HELD'],
  audit: 'api_key.rotated',
  handler: ({ apiKeys }, { params, body, ctx }) => apiKeys.rotate(ctx, params.id, body),
});

export const revokeApiKey = endpoint({
  method: 'delete',
  path: '/api/api-keys/:id',
  operationId: 'revokeApiKey',
  summary: 'Revoke an API key',
  description: 'It stops working at once, and stays in the list.',
  tags,
  access: tenant('api-keys:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['API_KEY_NOT_FOUND'],
  audit: 'api_key.revoked',
  handler: ({ apiKeys }, { params, ctx }) => apiKeys.revoke(ctx, params.id),
});

export const apiKeyEndpoints = [listApiKeys, createApiKey, rotateApiKey, revokeApiKey] as const;
