import { describe, expect, test } from '@jest/globals';
import { checklistOf, missingFor } from '../../../src/services/tenancy/onboarding-steps.ts';
import {
  type OnboardingFact,
  type OnboardingProgress,
  type OnboardingStepName,
  onboardingFacts,
  onboardingSteps,
} from '../../../src/types/tenancy/onboarding.ts';

const AT = '2026-11-20T09:30:00.000Z';

const progress = (
  facts: readonly OnboardingFact[],
  completed: readonly OnboardingStepName[] = [],
): OnboardingProgress => ({ facts: new Set(facts), completedAt: new Map(completed.map((step) => [step, AT])) });

const statuses = (of: OnboardingProgress) => checklistOf(of).steps.map(({ status }) => status);

describe('missingFor', () => {
  test('names each fact that does not hold', () => {
    expect(missingFor('profile', progress([]))).toEqual(['profile.address', 'profile.phone']);
    expect(missingFor('profile', progress(['profile.phone']))).toEqual(['profile.address']);
    expect(missingFor('profile', progress(['profile.phone', 'profile.address']))).toEqual([]);
  });

  test('lets no step be skipped, even when all facts hold', () => {
    const all = progress(onboardingFacts);
    expect(missingFor('branding', all)).toEqual(['step.profile']);
    expect(missingFor('team', all)).toEqual(['step.first_library']);
    expect(missingFor('done', all)).toEqual(['step.branding', 'step.team', 'step.plan']);
  });

  test('a completed step misses nothing, whatever has changed since', () => {
    expect(missingFor('profile', progress([], ['profile']))).toEqual([]);
  });
});

describe('checklistOf', () => {
  test('begins with one step that can be completed', () => {
    expect(checklistOf(progress(onboardingFacts))).toMatchObject({
      progress: { completed: 0, total: 6 },
      completedAt: null,
    });
    expect(statuses(progress(onboardingFacts))).toEqual([
      'ready',
      'blocked',
      'blocked',
      'blocked',
      'blocked',
      'blocked',
    ]);
  });

  test('opens what a completed step stood in front of', () => {
    expect(statuses(progress(['branding.set', 'plan.subscribed'], ['profile']))).toEqual([
      'done',
      'ready',
      'blocked',
      'blocked',
      'ready',
      'blocked',
    ]);
  });

  test('every way through the steps ends, and only with all of them completed', () => {
    const walk = (completed: readonly OnboardingStepName[]): void => {
      const { steps, completedAt } = checklistOf(progress(onboardingFacts, completed));
      const ready = steps.filter(({ status }) => status === 'ready').map(({ step }) => step);
      if (ready.length === 0) {
        expect(new Set(completed)).toEqual(new Set(onboardingSteps));
        expect(completed.at(-1)).toBe('done');
        expect(completedAt).toBe(AT);
      }
      for (const step of ready) walk([...completed, step]);
    };
    walk([]);
  });
});
