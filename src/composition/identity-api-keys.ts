import { createApiKeyController } from '../controllers/identity/api-key.controller.ts';
import { createIpRuleController } from '../controllers/identity/ip-rule.controller.ts';
import { createApiKeyRepository } from '../repositories/identity/api-key.repository.ts';
import { createIpRuleRepository } from '../repositories/identity/ip-rule.repository.ts';
import { createApiKeyService } from '../services/identity/api-key.service.ts';
import { createApiKeyRegistry } from '../services/identity/api-key-registry.service.ts';
import { createApiKeyTokens } from '../services/identity/api-key-token.ts';
import { createApiKeyUsage } from '../services/identity/api-key-usage.service.ts';
import { createIpRuleService } from '../services/identity/ip-rule.service.ts';
import { createIpRuleRegistry } from '../services/identity/ip-rule-registry.service.ts';
import type { IdentityCore, IdentityCoreNeeds } from './identity-core.ts';

/** Machines' access to tenants, and the addresses from which anybody may work. */
export function composeApiKeys(needs: IdentityCoreNeeds, { securityLog }: Pick<IdentityCore, 'securityLog'>) {
  const { database, tx, audit, clock, settings, notifications, log } = needs;
  const apiKeys = createApiKeyRepository({ database });
  const tokens = createApiKeyTokens({ settings });
  const apiKeyUsage = createApiKeyUsage({ apiKeys, log });
  const apiKeyRegistry = createApiKeyRegistry({ apiKeys, tokens, usage: apiKeyUsage, notifications, clock });
  const rules = createIpRuleRepository({ database });
  const ipRuleRegistry = createIpRuleRegistry({ rules, notifications, clock });
  const keys = createApiKeyService({ apiKeys, tokens, registry: apiKeyRegistry, tx, audit, securityLog, clock });
  const ipRules = createIpRuleService({ rules, registry: ipRuleRegistry, tx, audit, securityLog, clock });
  return {
    services: { apiKeyRegistry, apiKeyUsage, ipRuleRegistry },
    controllers: {
      apiKeys: createApiKeyController({ apiKeys: keys }),
      ipRules: createIpRuleController({ ipRules }),
    },
  };
}
