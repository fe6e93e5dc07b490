import type { z } from 'zod';
import type { OnboardingService } from '../../services/tenancy/onboarding.service.ts';
import type { Context } from '../../types/context.ts';
import type { OnboardingChecklist } from '../../types/tenancy/onboarding.ts';
import type { CompleteOnboardingStepRequest, OnboardingResponse } from '../../validators/tenancy/onboarding.schema.ts';

type OnboardingAnswer = z.input<typeof OnboardingResponse>;

export type OnboardingController = ReturnType<typeof createOnboardingController>;

export function createOnboardingController({ onboarding }: { readonly onboarding: OnboardingService }) {
  return {
    async get(ctx: Context, id: string): Promise<OnboardingAnswer> {
      return toOnboardingAnswer(await onboarding.get(ctx, id));
    },

    async complete(
      ctx: Context,
      id: string,
      { step }: z.output<typeof CompleteOnboardingStepRequest>,
    ): Promise<OnboardingAnswer> {
      return toOnboardingAnswer(await onboarding.complete(ctx, id, step));
    },
  };
}

const toOnboardingAnswer = ({ steps, progress, completedAt }: OnboardingChecklist): OnboardingAnswer => ({
  steps: steps.map((state) => ({ ...state, missing: [...state.missing] })),
  progress,
  completedAt,
});
