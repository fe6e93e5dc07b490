import { appError } from '../../errors/app-error.ts';
import type { TenantName, TenantNameRepository } from '../../repositories/identity/tenant-name.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';
import type { CommonPasswords } from './common-passwords.ts';
import type { SecurityPolicyService } from './security-policy.service.ts';

export interface PasswordPolicyServiceDeps {
  readonly policies: Pick<SecurityPolicyService, 'effective'>;
  readonly tenantNames: Pick<TenantNameRepository, 'listOf'>;
  readonly commonPasswords: CommonPasswords;
}

/** A password that somebody wants to have, and who they are. */
export interface WantedPassword {
  readonly password: string;
  readonly email: string;
  readonly name: string;
  /** Where they are members, or will be one with this password. */
  readonly tenantIds: readonly TenantId[];
  readonly isOperator: boolean;
  /** A tenant that is being made together with the account. */
  readonly newTenant?: TenantName;
  /** Characters it needs, for a login that no policy is about. */
  readonly minLength?: number;
}

const PRODUCT_NAME = 'rowhouse';

/** Shorter words stand in too many good passwords by chance. */
const SHORTEST_CONTEXT_WORD = 4;

export type PasswordPolicyService = ReturnType<typeof createPasswordPolicyService>;

/**
 * What a password must be (NIST SP 800-63B-4, 3.1.1.2; ASVS 6.1.2, 6.2.4, 6.2.5, 6.2.9): long, not among those that are tried
 * first, and nothing that can be guessed from the account. Kinds of characters are not asked for.
 */
export function createPasswordPolicyService({ policies, tenantNames, commonPasswords }: PasswordPolicyServiceDeps) {
  return {
    /** @throws AppError PASSWORD_REFUSED with `details.reason`: too_short, too_common or contains_context */
    async check(ctx: Context, wanted: WantedPassword): Promise<void> {
      const { email, name, tenantIds, isOperator, newTenant } = wanted;
      const readCtx = { ...ctx, scope: platformScope };
      const [minLength, theirTenants] = await Promise.all([
        wanted.minLength ??
          policies.effective(ctx, { tenantIds, isOperator }).then(({ passwordMinLength }) => passwordMinLength),
        tenantIds.length === 0 ? [] : tenantNames.listOf(readCtx, tenantIds),
      ]);
      const password = wanted.password.normalize('NFKC').toLowerCase();
      if (lengthOf(wanted.password.normalize('NFKC')) < minLength) {
        throw appError('PASSWORD_REFUSED', {
          message: `The password is too short: it needs ${minLength} characters or more.`,
          details: { reason: 'too_short', minLength },
        });
      }
      if (commonPasswords.has(password)) {
        throw appError('PASSWORD_REFUSED', {
          message: 'Many people use this password, and attackers try it first. Choose another one.',
          details: { reason: 'too_common' },
        });
      }
      const tenants = newTenant === undefined ? theirTenants : [...theirTenants, newTenant];
      if (contextWords({ email, name, tenants }).some((word) => password.includes(word))) {
        throw appError('PASSWORD_REFUSED', {
          message:
            'The password contains a name or a part of the e-mail address, which others can guess. Choose another one.',
          details: { reason: 'contains_context' },
        });
      }
    },
  };
}

const lengthOf = (text: string): number => [...text].length;

interface PasswordContext {
  readonly email: string;
  readonly name: string;
  readonly tenants: readonly TenantName[];
}

function contextWords({ email, name, tenants }: PasswordContext): string[] {
  const at = email.lastIndexOf('@');
  const localPart = email.slice(0, at);
  const domainWords = email
    .slice(at + 1)
    .split('.')
    .slice(0, -1);
  const texts = [
    PRODUCT_NAME,
    localPart,
    ...domainWords,
    name,
    ...tenants.flatMap((tenant) => [tenant.name, tenant.slug]),
  ];
  const words = texts.flatMap((text) => {
    const normalized = text.normalize('NFKC').toLowerCase();
    return [normalized, ...normalized.split(/[^\p{L}\p{M}\p{N}]+/u)];
  });
  return [...new Set(words)].filter((word) => lengthOf(word) >= SHORTEST_CONTEXT_WORD);
}
