import type { Logger } from '../../config/logger.ts';
import type { ApiKeyRepository } from '../../repositories/identity/api-key.repository.ts';
import { platformScope, systemContext } from '../../types/context-factory.ts';
import type { ApiKeyUse } from '../../types/identity/api-key.ts';

export interface ApiKeyUsageDeps {
  readonly apiKeys: Pick<ApiKeyRepository, 'recordUses'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly everyMs?: number;
}

const EVERY_MS = 60_000;

export type ApiKeyUsage = ReturnType<typeof createApiKeyUsage>;

/**
 * Remembers when keys were used last, and writes it down outside of the requests: all keys in one statement, at most once a
 * minute. What can't be written is lost, and logged; the next use tells as much.
 */
export function createApiKeyUsage({ apiKeys, log, everyMs = EVERY_MS }: ApiKeyUsageDeps) {
  const ctx = systemContext(platformScope, 'api-key-usage');
  const waiting = new Map<string, ApiKeyUse>();
  let timer: NodeJS.Timeout | null = null;
  let nextAt = 0;
  let writing: Promise<void> = Promise.resolve();

  const write = async (uses: readonly ApiKeyUse[]): Promise<void> => {
    try {
      await apiKeys.recordUses(ctx, uses);
    } catch (error) {
      log.warn('the last use of API keys was not written down', { error });
    }
  };

  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.size === 0) return writing;
    nextAt = performance.now() + everyMs;
    const uses = [...waiting.values()];
    waiting.clear();
    writing = writing.then(() => write(uses));
    return writing;
  };

  return {
    /** Never waits and never throws. */
    note(use: ApiKeyUse): void {
      waiting.set(use.id, use);
      timer ??= setTimeout(() => void flush(), Math.max(0, nextAt - performance.now())).unref();
    },

    /** Writes down what is left. */
    close: flush,
  };
}
