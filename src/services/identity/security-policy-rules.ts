import type { SecurityPolicy } from '../../types/identity/security-policy.ts';

/** Of each rule the stricter one. */
export const stricterPolicy = (a: SecurityPolicy, b: SecurityPolicy): SecurityPolicy => ({
  passwordMinLength: Math.max(a.passwordMinLength, b.passwordMinLength),
  twoFactor: a.twoFactor === 'required' ? a.twoFactor : b.twoFactor,
  magicLinks: a.magicLinks && b.magicLinks,
  sessionDays: Math.min(a.sessionDays, b.sessionDays),
  sessionIdleDays: Math.min(a.sessionIdleDays, b.sessionIdleDays),
});

/** What the platform's policy asks of those who are no operators: each tenant decides about the second factor of its own. */
export const exceptForOperators = (platform: SecurityPolicy): SecurityPolicy => ({
  ...platform,
  twoFactor: 'optional',
});

const isPolicyField = (name: string, policy: SecurityPolicy): name is keyof SecurityPolicy =>
  Object.hasOwn(policy, name);

/** The rules in which a policy is weaker than another. */
export function weakerFields(policy: SecurityPolicy, than: SecurityPolicy): (keyof SecurityPolicy)[] {
  const strictest = stricterPolicy(policy, than);
  return Object.keys(strictest).flatMap((name) =>
    isPolicyField(name, strictest) && strictest[name] !== policy[name] ? [name] : [],
  );
}
