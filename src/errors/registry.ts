import { billingErrors } from './billing.errors.ts';
import { commonErrors } from './common.errors.ts';
import { creditsErrors } from './credits.errors.ts';
import { identityErrors } from './identity.errors.ts';
import { insightErrors } from './insight.errors.ts';
import { paymentsErrors } from './payments.errors.ts';
import { tenancyErrors } from './tenancy.errors.ts';

/** Every error code of the product: its HTTP status, its text for people, and who must act. */
export const errorRegistry = {
  ...commonErrors,
  ...identityErrors,
  ...tenancyErrors,
  ...billingErrors,
  ...paymentsErrors,
  ...creditsErrors,
  ...insightErrors,
} as const;

export type ErrorCode = keyof typeof errorRegistry;
