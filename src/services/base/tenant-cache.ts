import type { Notifications } from '../../config/notifications.ts';
import type { SharedCache } from '../../config/shared-cache.ts';
import { invariant } from '../../errors/app-error.ts';
import {
  INVALIDATION_CHANNEL,
  type InvalidationTopic,
  invalidateAtCommit,
} from '../../repositories/base/invalidation.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import { systemContext, tenantScope } from '../../types/context-factory.ts';
import { asTenantId } from '../../types/ids.ts';
import { createHeardCache } from './heard-cache.ts';

export interface TenantCacheDeps<Value extends object> {
  /** Begins every key, and names the notification by which processes tell each other to forget a tenant. */
  readonly name: InvalidationTopic;
  /** Reads a part of a tenant's rows where nothing is known. */
  readonly read: (ctx: TenantContext, part: string) => Promise<Value>;
  /** What a shared text says; null where it says nothing of the kind. */
  readonly parse: (json: unknown) => Value | null;
  readonly notifications: Pick<Notifications, 'connected' | 'subscribe' | 'onGap'>;
  /** Null without Redis. */
  readonly shared: SharedCache | null;
  readonly clock: Clock;
  readonly lifetimeMs: number;
  readonly mostEntries: number;
}

/** How long a value is believed however little is heard of it, in both tiers. */
export const TENANT_CACHE_SECONDS = 300;

export type TenantCache<Value extends object> = ReturnType<typeof createTenantCache<Value>>;

/**
 * What tenants have, in parts: in this process's memory, and behind it in Redis where there is one. Keys are
 * `<name>:<tenant>:<part>`, made here of the context's tenant, so that nobody can ask for another one's. Several who ask at once
 * share one read. A change reaches each process with its commit; what was being read meanwhile is not kept.
 */
export function createTenantCache<Value extends object>(deps: TenantCacheDeps<Value>) {
  const { name, read, parse, notifications, shared, clock, lifetimeMs, mostEntries } = deps;

  const groupOf = (tenantId: string): string => `${name}:${tenantId}`;
  const keyOf = (tenantId: string, part: string): string => `${groupOf(tenantId)}:${part}`;

  const readShared = async (key: string): Promise<Value> => {
    const [, tenantId = '', part] = key.split(':');
    const readRows = () =>
      read(systemContext(tenantScope(asTenantId(tenantId)), `${name}-cache`), invariant(part, 'A key has a part'));
    // What would not be heard of here, others may not have been able to forget there.
    if (shared === null || !notifications.connected) return readRows();
    const entry = await shared.open(groupOf(tenantId), key);
    const known = entry === null || entry.text === null ? null : parse(parsedJson(entry.text));
    if (known !== null) return known;
    const value = await readRows();
    entry?.keep(JSON.stringify(value));
    return value;
  };

  const cache = createHeardCache<Value>({ read: readShared, notifications, clock, lifetimeMs, mostEntries });

  const forget = (tenantId: string): void => {
    shared?.forget(groupOf(tenantId));
    const prefix = keyOf(tenantId, '');
    cache.forgetKeys((key) => key.startsWith(prefix));
  };

  notifications.subscribe(INVALIDATION_CHANNEL, (payload) => {
    const [topic, tenantId = ''] = payload.split(':', 2);
    if (topic === name) forget(tenantId);
  });

  return {
    /**
     * A part of what the context's tenant has, as of the last commit; without a promise where it is known.
     * @param part a name without colons
     */
    get({ scope }: TenantContext, part: string): Value | Promise<Value> {
      if (part.includes(':')) throw new RangeError(`No part of a key: ${part}`);
      return cache.get(keyOf(scope.tenantId, part));
    },

    /** Every process forgets what the context's tenant has when the transaction commits, this one before its answer. */
    forgetAtCommit(ctx: TenantTxContext): void {
      const { tenantId } = ctx.scope;
      invalidateAtCommit(ctx, name, tenantId);
      ctx.tx.afterCommit(() => forget(tenantId));
    },
  };
}

/** Undefined for what is no JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
