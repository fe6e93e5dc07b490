import type { TenantId } from '../ids.ts';

/** What a tenant goes through before it is open for business, in the order it is shown. */
export const onboardingSteps = ['profile', 'branding', 'first_library', 'team', 'plan', 'done'] as const;

export type OnboardingStepName = (typeof onboardingSteps)[number];

/** What holds about a tenant, by the name under which its absence is reported. */
export const onboardingFacts = [
  'profile.address',
  'profile.phone',
  'branding.set',
  'library.created',
  'team.second_person',
  'plan.subscribed',
] as const;

export type OnboardingFact = (typeof onboardingFacts)[number];

/** A fact that does not hold, or a step that has to be completed before. */
export type MissingForStep = OnboardingFact | `step.${OnboardingStepName}`;

export interface OnboardingProgress {
  /** What holds now. */
  readonly facts: ReadonlySet<OnboardingFact>;
  /** When each completed step was; ISO 8601. */
  readonly completedAt: ReadonlyMap<OnboardingStepName, string>;
}

/** `ready` can be completed, `blocked` waits for what is missing. */
export interface OnboardingStepState {
  readonly step: OnboardingStepName;
  readonly status: 'done' | 'ready' | 'blocked';
  readonly missing: readonly MissingForStep[];
  readonly completedAt: string | null;
}

export interface OnboardingChecklist {
  readonly steps: readonly OnboardingStepState[];
  readonly progress: { readonly completed: number; readonly total: number };
  /** When the last step was completed. */
  readonly completedAt: string | null;
}

/** What tenancy itself knows about a tenant's onboarding. */
export interface OnboardingRecord {
  readonly tenantId: TenantId;
  readonly hasAddress: boolean;
  readonly hasPhone: boolean;
  readonly hasBranding: boolean;
  readonly hasLibrary: boolean;
  /** A second active member, or an invitation that can be accepted. */
  readonly hasSecondPerson: boolean;
  readonly completed: readonly { readonly step: string; readonly completedAt: string }[];
}
