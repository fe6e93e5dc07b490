import type { Environment } from '../../config/environment.ts';
import type { SecurityPolicyRepository } from '../../repositories/identity/security-policy.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { SecurityPolicy } from '../../types/identity/security-policy.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';

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

  /** Of each rule the stricter one. */
  const stricter = (a: SecurityPolicy, b: SecurityPolicy): SecurityPolicy => ({
    passwordMinLength: Math.max(a.passwordMinLength, b.passwordMinLength),
    twoFactor: a.twoFactor === 'required' ? a.twoFactor : b.twoFactor,
    magicLinks: a.magicLinks && b.magicLinks,
    sessionDays: Math.min(a.sessionDays, b.sessionDays),
    sessionIdleDays: Math.min(a.sessionIdleDays, b.sessionIdleDays),
  });

  return {
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
          ({ tenantId, ...policy }): SecurityPolicy =>
            tenantId === PLATFORM_ID && !isOperator ? { ...policy, twoFactor: 'optional' } : policy,
        )
        .reduce(stricter, defaults);
    },
  };
}
