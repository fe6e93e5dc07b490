import type { Notifications } from '../../config/notifications.ts';
import { appError } from '../../errors/app-error.ts';
import { INVALIDATION_CHANNEL } from '../../repositories/base/invalidation.repository.ts';
import type { ApiKeyFacts, ApiKeyRepository } from '../../repositories/identity/api-key.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, systemContext } from '../../types/context-factory.ts';
import type { Principal } from '../../types/principal.ts';
import { createHeardCache } from '../base/heard-cache.ts';
import { type KnownApiKey, knownApiKey } from './api-key-principal.ts';
import type { ApiKeyToken, ApiKeyTokens } from './api-key-token.ts';
import type { ApiKeyUsage } from './api-key-usage.service.ts';
import { isSecretOf } from './secret-token.ts';

export interface ApiKeyRegistryDeps {
  readonly apiKeys: Pick<ApiKeyRepository, 'findFacts'>;
  readonly tokens: Pick<ApiKeyTokens, 'read'>;
  readonly usage: Pick<ApiKeyUsage, 'note'>;
  readonly notifications: Pick<Notifications, 'connected' | 'subscribe' | 'onGap'>;
  readonly clock: Clock;
}

const MOST_KEYS = 50_000;
const MOST_UNKNOWN = 10_000;

/** An id is there before anybody can name it: that there is none stays true. Bounded all the same, as for a restored backup. */
const UNKNOWN_FOR_MS = 30_000;

export type ApiKeyRegistry = ReturnType<typeof createApiKeyRegistry>;

/**
 * API keys in this process's memory: each is read once, and believed until a notification says that it or its creator has
 * changed. A revocation therefore holds in every process as soon as the notification arrives, and no request reads the database.
 */
export function createApiKeyRegistry({ apiKeys, tokens, usage, notifications, clock }: ApiKeyRegistryDeps) {
  const ctx = systemContext(platformScope, 'api-key-registry');
  const unknown = new Map<string, number>();
  const cache = createHeardCache<KnownApiKey | null>({
    async read(publicId) {
      const facts: ApiKeyFacts | null = await apiKeys.findFacts(ctx, publicId);
      return facts === null ? null : knownApiKey(facts);
    },
    notifications,
    clock,
    mostEntries: MOST_KEYS,
  });

  notifications.subscribe(INVALIDATION_CHANNEL, (payload) => {
    const [topic, id = ''] = payload.split(':', 2);
    if (topic === 'api-key') cache.forget(id);
    else if (topic === 'user') cache.forgetWhere((key) => key?.creatorId === id);
  });

  /** Keeps ids that nobody has from taking the place of keys. */
  const rememberUnknown = (publicId: string, now: number): void => {
    cache.forget(publicId);
    const [oldest] = unknown.keys();
    if (unknown.size >= MOST_UNKNOWN && oldest !== undefined) unknown.delete(oldest);
    unknown.set(publicId, now + UNKNOWN_FOR_MS);
  };

  const find = async ({ publicId }: ApiKeyToken, now: number): Promise<KnownApiKey | null> => {
    if ((unknown.get(publicId) ?? 0) > now) return null;
    const key = await cache.get(publicId);
    if (key === null) rememberUnknown(publicId, now);
    return key;
  };

  return {
    /**
     * Finds out who stands behind a key, and what they may do as its creator stands now.
     * @throws AppError API_KEY_INVALID, whatever is wrong with the key
     * @throws AppError ADDRESS_NOT_ALLOWED when it may not be used from where the request comes
     */
    async admit({ origin }: Context, text: string): Promise<Principal> {
      const token = tokens.read(text);
      if (token === null) throw appError('API_KEY_INVALID');
      const now = clock.now().getTime();
      const key = await find(token, now);
      if (key === null || key.principal === null || now >= key.expiresAt || !fits(token, key, now)) {
        throw appError('API_KEY_INVALID');
      }
      if (key.addresses !== null && !key.addresses.has(origin.ipAddress)) throw appError('ADDRESS_NOT_ALLOWED');
      usage.note({ ...key.row, usedAt: new Date(now).toISOString(), ipAddress: origin.ipAddress });
      return key.principal;
    },

    /** Forgets a key at once in this process; the others are told by the notification. */
    forget: cache.forget,
  };
}

/** Compares both secrets in any case, so that the time tells nothing of a rotation. */
function fits({ secret }: ApiKeyToken, { secretHash, previous }: KnownApiKey, now: number): boolean {
  const isCurrent = isSecretOf(secret, secretHash);
  const isPrevious = isSecretOf(secret, previous?.secretHash ?? secretHash);
  return isCurrent || (isPrevious && previous !== null && now < previous.expiresAt);
}
