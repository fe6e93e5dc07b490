import type { z } from 'zod';
import type { ApiKeyService, ApiKeyView, RevealedApiKey } from '../../services/identity/api-key.service.ts';
import type { TenantContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  ApiKeyResponse,
  CreateApiKeyRequest,
  ListApiKeysQuery,
  RevealedApiKeyResponse,
  RotateApiKeyRequest,
} from '../../validators/identity/api-key.schema.ts';

type ApiKeyAnswer = z.input<typeof ApiKeyResponse>;
type RevealedAnswer = z.input<typeof RevealedApiKeyResponse>;

export type ApiKeyController = ReturnType<typeof createApiKeyController>;

export function createApiKeyController({ apiKeys }: { readonly apiKeys: ApiKeyService }) {
  return {
    async list(ctx: TenantContext, query: z.output<typeof ListApiKeysQuery>): Promise<Page<ApiKeyAnswer>> {
      const page = await apiKeys.list(ctx, query);
      return { ...page, items: page.items.map(toAnswer) };
    },

    async create(ctx: TenantContext, body: z.output<typeof CreateApiKeyRequest>): Promise<RevealedAnswer> {
      return toRevealedAnswer(await apiKeys.create(ctx, body));
    },

    async rotate(
      ctx: TenantContext,
      id: string,
      { overlapHours }: z.output<typeof RotateApiKeyRequest>,
    ): Promise<RevealedAnswer> {
      return toRevealedAnswer(await apiKeys.rotate(ctx, id, overlapHours));
    },

    async revoke(ctx: TenantContext, id: string): Promise<undefined> {
      await apiKeys.revoke(ctx, id);
    },
  };
}

const toAnswer = (key: ApiKeyView): ApiKeyAnswer => ({
  id: key.id,
  name: key.name,
  prefix: key.start,
  lastFour: key.lastFour,
  scopes: [...key.scopes],
  allowedCidrs: [...key.allowedCidrs],
  rateLimitPerMinute: key.rateLimitPerMinute,
  status: key.status,
  expiresAt: key.expiresAt,
  previousExpiresAt: key.previousExpiresAt,
  lastUsedAt: key.lastUsedAt,
  lastUsedIp: key.lastUsedIp,
  createdBy: { id: key.createdBy, name: key.creatorName },
  revokedAt: key.revokedAt,
  createdAt: key.createdAt,
});

const toRevealedAnswer = (key: RevealedApiKey): RevealedAnswer => ({ ...toAnswer(key), key: key.text });
