import {
  type MissingForStep,
  type OnboardingChecklist,
  type OnboardingFact,
  type OnboardingProgress,
  type OnboardingStepName,
  type OnboardingStepState,
  onboardingSteps,
} from '../../types/tenancy/onboarding.ts';

interface StepRule {
  /** Steps that come first. */
  readonly after: readonly OnboardingStepName[];
  /** What must hold at the moment of completion. */
  readonly facts: readonly OnboardingFact[];
}

const rules: Readonly<Record<OnboardingStepName, StepRule>> = {
  profile: { after: [], facts: ['profile.address', 'profile.phone'] },
  branding: { after: ['profile'], facts: ['branding.set'] },
  first_library: { after: ['profile'], facts: ['library.created'] },
  team: { after: ['first_library'], facts: ['team.second_person'] },
  plan: { after: ['profile'], facts: ['plan.subscribed'] },
  done: { after: ['branding', 'team', 'plan'], facts: [] },
};

/**
 * What stands between a tenant and the completion of a step: the steps before it that are not completed, then the facts that
 * do not hold. A completed step misses nothing, whatever has changed since.
 */
export function missingFor(
  step: OnboardingStepName,
  { facts, completedAt }: OnboardingProgress,
): readonly MissingForStep[] {
  if (completedAt.has(step)) return [];
  const { after, facts: needed } = rules[step];
  return [
    ...after.filter((before) => !completedAt.has(before)).map((before) => `step.${before}` as const),
    ...needed.filter((fact) => !facts.has(fact)),
  ];
}

/** Every step with what it waits for. */
export function checklistOf(progress: OnboardingProgress): OnboardingChecklist {
  const steps = onboardingSteps.map((step): OnboardingStepState => {
    const completedAt = progress.completedAt.get(step) ?? null;
    const missing = missingFor(step, progress);
    if (completedAt !== null) return { step, status: 'done', missing, completedAt };
    return { step, status: missing.length === 0 ? 'ready' : 'blocked', missing, completedAt };
  });
  return {
    steps,
    progress: { completed: steps.filter(({ status }) => status === 'done').length, total: steps.length },
    completedAt: progress.completedAt.get('done') ?? null,
  };
}
