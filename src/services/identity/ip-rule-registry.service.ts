import type { Notifications } from '../../config/notifications.ts';
import { INVALIDATION_CHANNEL } from '../../repositories/base/invalidation.repository.ts';
import type { IpRuleRepository } from '../../repositories/identity/ip-rule.repository.ts';
import type { Clock } from '../../types/clock.ts';
import { platformScope, systemContext } from '../../types/context-factory.ts';
import { asTenantId, type TenantId } from '../../types/ids.ts';
import { createHeardCache } from '../base/heard-cache.ts';
import { createIpRuleSet, type IpRuleSet } from './ip-rule-set.ts';

export interface IpRuleRegistryDeps {
  readonly rules: Pick<IpRuleRepository, 'listAll'>;
  readonly notifications: Pick<Notifications, 'connected' | 'subscribe' | 'onGap'>;
  readonly clock: Clock;
}

const MOST_OWNERS = 50_000;
const TOPIC = 'ip-rules:';

export type IpRuleRegistry = ReturnType<typeof createIpRuleRegistry>;

/** The address rules of everybody who is being worked for, in memory: a change reaches each process with its commit. */
export function createIpRuleRegistry({ rules, notifications, clock }: IpRuleRegistryDeps) {
  const ctx = systemContext(platformScope, 'ip-rule-registry');
  const cache = createHeardCache<IpRuleSet>({
    read: async (ownerId) => createIpRuleSet(await rules.listAll(ctx, asTenantId(ownerId))),
    notifications,
    clock,
    mostEntries: MOST_OWNERS,
  });
  notifications.subscribe(INVALIDATION_CHANNEL, (payload) => {
    if (payload.startsWith(TOPIC)) cache.forget(payload.slice(TOPIC.length));
  });

  return {
    /** The rules of a tenant, or of the platform (PLATFORM_ID); without a promise where they are known. */
    rulesOf: (ownerId: TenantId): IpRuleSet | Promise<IpRuleSet> => cache.get(ownerId),

    /** Forgets an owner's rules at once in this process; the others are told by the notification. */
    forget: cache.forget,
  };
}
