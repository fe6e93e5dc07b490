import type { Environment } from '../../config/environment.ts';
import type { SecurityPolicyRepository } from '../../repositories/identity/security-policy.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { SecurityPolicy } from '../../types/identity/security-policy.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import { exceptForOperators, stricterPolicy } from './security-policy-rules.ts';

export interface SecurityPolicyServiceDeps {
  readonly policies: Pick<SecurityPolicyRepository, 'listOf'>;
  readonly settings: Pick<Environment, 'SESSION_DAYS' | 'REFRESH_TOKEN_IDLE_DAYS'>;
}

/** Whom a policy is asked for. */
export interface PolicySubject {
  /** Where they are members, or the one tenant they work in. */
  readonly tenantIds: readonly TenantId[];
  readonly isOperator: boolean;
}

export const DEFAULT_PASSWORD_LENGTH = 12;

export type SecurityPolicyService = ReturnType<typeof createSecurityPolicyService>;

export function createSecurityPolicyService({ policies, settings }: SecurityPolicyServiceDeps) {
  const defaults: SecurityPolicy = {
    passwordMinLength: DEFAULT_PASSWORD_LENGTH,
    twoFactor: 'optional',
    magicLinks: true,
    sessionDays: settings.SESSION_DAYS,
    sessionIdleDays: settings.REFRESH_TOKEN_IDLE_DAYS,
  };

  return {
    /** What holds where nobody has set anything: the installation's own rules, which no policy weakens. */
    defaults,

    /**
     * What holds for somebody: of each rule the strictest of the installation's, the platform's and their tenants'. The second
     * factor that the platform asks for is asked of operators only; each tenant asks for its own.
     */
    async effective(ctx: Context, { tenantIds, isOperator }: PolicySubject): Promise<SecurityPolicy> {
      const readCtx = ctx.tx === null ? rescoped(ctx, platformScope) : { ...ctx, scope: platformScope };
      const stored = await policies.listOf(readCtx, [PLATFORM_ID, ...tenantIds]);
      return stored
        .map(
          (policy): SecurityPolicy =>
            policy.tenantId === PLATFORM_ID && !isOperator ? exceptForOperators(policy) : policy,
        )
        .reduce(stricterPolicy, defaults);
    },
  };
}
