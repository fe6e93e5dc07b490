import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { OnboardingRepository } from '../../repositories/tenancy/onboarding.repository.ts';
import type { TenantRepository } from '../../repositories/tenancy/tenant.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import {
  type OnboardingChecklist,
  type OnboardingFact,
  type OnboardingProgress,
  type OnboardingRecord,
  type OnboardingStepName,
  onboardingFacts,
  onboardingSteps,
} from '../../types/tenancy/onboarding.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { checklistOf, missingFor } from './onboarding-steps.ts';
import type { TenantBillingFacts } from './tenant-billing-facts.ts';
import { onTenantRows } from './tenant-rows.ts';

export interface OnboardingServiceDeps {
  readonly onboarding: OnboardingRepository;
  readonly tenants: Pick<TenantRepository, 'lock'>;
  readonly billing: Pick<TenantBillingFacts, 'hasSubscription'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

export type OnboardingService = ReturnType<typeof createOnboardingService>;

export function createOnboardingService({ onboarding, tenants, billing, tx, audit, clock }: OnboardingServiceDeps) {
  const progressOf = async (ctx: TenantContext): Promise<OnboardingProgress> => {
    const [record, hasSubscription] = await Promise.all([
      onboarding.find(ctx, ctx.scope.tenantId, clock.now().toISOString()),
      billing.hasSubscription(ctx),
    ]);
    if (record === null) throw appError('TENANT_NOT_FOUND');
    return { facts: factsOf(record, hasSubscription), completedAt: completedIn(record) };
  };

  return {
    /** @throws AppError TENANT_NOT_FOUND, for every tenant but the one in context too */
    async get(ctx: Context, id: string): Promise<OnboardingChecklist> {
      return checklistOf(await progressOf(onTenantRows(ctx, id)));
    },

    /**
     * Completes a step whose facts hold; one that is completed already stays as it is.
     * @throws AppError TENANT_NOT_FOUND, ONBOARDING_STEP_NOT_READY with what is missing
     */
    complete(ctx: Context, id: string, step: OnboardingStepName): Promise<OnboardingChecklist> {
      return tx.run(onTenantRows(ctx, id), async (txCtx) => {
        const { tenantId } = txCtx.scope;
        if ((await tenants.lock(txCtx, tenantId)) === null) throw appError('TENANT_NOT_FOUND');
        const progress = await progressOf(txCtx);
        const missing = missingFor(step, progress);
        if (missing.length > 0) throw appError('ONBOARDING_STEP_NOT_READY', { details: { step, missing } });
        const isRepeated = progress.completedAt.has(step);
        audit.record(txCtx, {
          resourceType: 'onboarding',
          resourceId: tenantId,
          before: { [step]: isRepeated },
          after: { [step]: true },
        });
        if (isRepeated) return checklistOf(progress);
        const now = clock.now().toISOString();
        await onboarding.insertCompleted(txCtx, step, txCtx.actor.type === 'user' ? txCtx.actor.id : null, now);
        return checklistOf({ ...progress, completedAt: new Map([...progress.completedAt, [step, now]]) });
      });
    },
  };
}

function factsOf(record: OnboardingRecord, hasSubscription: boolean): ReadonlySet<OnboardingFact> {
  const facts: Readonly<Record<OnboardingFact, boolean>> = {
    'profile.address': record.hasAddress,
    'profile.phone': record.hasPhone,
    'branding.set': record.hasBranding,
    'library.created': record.hasLibrary,
    'team.second_person': record.hasSecondPerson,
    'plan.subscribed': hasSubscription,
  };
  return new Set(onboardingFacts.filter((fact) => facts[fact]));
}

const completedIn = ({ completed }: OnboardingRecord): ReadonlyMap<OnboardingStepName, string> =>
  new Map(
    onboardingSteps.flatMap((step) =>
      completed.filter((done) => done.step === step).map(({ completedAt }) => [step, completedAt] as const),
    ),
  );
