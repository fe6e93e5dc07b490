import { createConfigurationController } from '../controllers/tenancy/configuration.controller.ts';
import { createConfigurationRepository } from '../repositories/tenancy/configuration.repository.ts';
import { createTenantCache, TENANT_CACHE_SECONDS } from '../services/base/tenant-cache.ts';
import { ALL_CATEGORIES, createConfigurationService } from '../services/tenancy/configuration.service.ts';
import { createConfigurationRules } from '../services/tenancy/configuration-rules.ts';
import { createValidationRules } from '../services/tenancy/validation-rules.ts';
import type { Configuration } from '../types/tenancy/configuration.ts';
import { CachedConfigurations } from '../validators/tenancy/configuration.schema.ts';
import type { Infrastructure } from './infrastructure.ts';

type ConfigurationNeeds = Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'clock' | 'notifications' | 'sharedCache'>;

/** Parts of tenants' configurations in the memory of one process. */
const MOST_CACHED = 1000;

/** Values that change how the product works for a tenant. */
export function composeConfigurations({ database, tx, audit, clock, notifications, sharedCache }: ConfigurationNeeds) {
  const repository = createConfigurationRepository({ database });
  const cache = createTenantCache<readonly Configuration[]>({
    name: 'configs',
    read: (ctx, part) => repository.list(ctx, part === ALL_CATEGORIES ? null : part),
    parse: (json) => CachedConfigurations.safeParse(json).data ?? null,
    notifications,
    shared: sharedCache,
    clock,
    lifetimeMs: TENANT_CACHE_SECONDS * 1000,
    mostEntries: MOST_CACHED,
  });
  const rules = createConfigurationRules({ rules: createValidationRules() });
  const configurations = createConfigurationService({ configurations: repository, cache, rules, tx, audit, clock });
  return {
    services: { configurations },
    controllers: { configurations: createConfigurationController({ configurations }) },
  };
}
