import { z } from 'zod';
import { onboardingFacts, onboardingSteps } from '../../types/tenancy/onboarding.ts';
import { timestamp } from '../common/fields.schema.ts';

const step = () => z.enum(onboardingSteps).meta({ example: 'first_library' });

const missing = () =>
  z
    .array(z.union([z.enum(onboardingFacts), z.templateLiteral(['step.', z.enum(onboardingSteps)])]))
    .meta({ description: 'Facts that do not hold yet, and steps that come first.', example: ['library.created'] });

export const CompleteOnboardingStepRequest = z
  .strictObject({ step: step() })
  .meta({ id: 'CompleteOnboardingStepRequest' });

export const OnboardingResponse = z
  .object({
    steps: z.array(
      z.object({
        step: step(),
        status: z.enum(['done', 'ready', 'blocked']).meta({ example: 'blocked' }),
        missing: missing(),
        completedAt: timestamp().nullable(),
      }),
    ),
    progress: z.object({
      completed: z.number().int().meta({ example: 2 }),
      total: z.number().int().meta({ example: 6 }),
    }),
    completedAt: timestamp().nullable().describe('When the last step was completed.'),
  })
  .meta({ id: 'Onboarding' });
