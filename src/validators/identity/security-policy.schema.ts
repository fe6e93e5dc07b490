import { z } from 'zod';

const rules = {
  passwordMinLength: z.int().min(12).max(64).meta({ description: 'Characters of a password.', example: 15 }),
  twoFactor: z
    .enum(['optional', 'required'])
    .meta({ description: 'On the platform it is asked of operators only.', example: 'required' }),
  magicLinks: z.boolean().meta({ description: 'Whether a mailed link may stand for the password.', example: false }),
  sessionDays: z
    .int()
    .min(1)
    .max(365)
    .meta({ description: 'Days until a session ends, whatever happens.', example: 30 }),
  sessionIdleDays: z
    .int()
    .min(1)
    .max(365)
    .meta({ description: 'Days until a session ends unused; no more than `sessionDays`.', example: 7 }),
};

export const ReplaceSecurityPolicyRequest = z
  .strictObject({
    ...rules,
    version: z.int().min(0).optional().meta({ description: 'As read; 0 where nothing has been set.', example: 0 }),
  })
  .refine(({ sessionDays, sessionIdleDays }) => sessionIdleDays <= sessionDays, {
    path: ['sessionIdleDays'],
    message: 'Must be no more than sessionDays',
  })
  .meta({ id: 'ReplaceSecurityPolicyRequest' });

const SecurityRules = z.object(rules).meta({ id: 'SecurityRules' });

export const SecurityPolicyResponse = z
  .object({
    own: SecurityRules.nullable().meta({ description: 'What has been set here; null for nothing.' }),
    inherited: SecurityRules.meta({ description: "What can't be weakened: the installation's and the platform's." }),
    effective: SecurityRules.meta({ description: 'Of each rule the stricter one of both.' }),
    version: z.int().meta({ description: '0 where nothing has been set.', example: 3 }),
  })
  .meta({ id: 'SecurityPolicy' });
