import type { OnboardingController } from '../../controllers/tenancy/onboarding.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import { CompleteOnboardingStepRequest, OnboardingResponse } from '../../validators/tenancy/onboarding.schema.ts';

export interface OnboardingRouteDeps {
  readonly onboarding: OnboardingController;
}

const endpoint = endpointsFor<OnboardingRouteDeps>();
const tags = ['Tenants'] as const;

export const getOnboarding = endpoint({
  method: 'get',
  path: '/api/tenants/:id/onboarding',
  operationId: 'getOnboarding',
  summary: "Get a tenant's onboarding checklist",
  tags,
  access: tenantOrPlatform('tenants:read'),
  params: IdParams,
  success: { status: 200, schema: OnboardingResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ onboarding }, { params, ctx }) => onboarding.get(ctx, params.id),
});

export const completeOnboardingStep = endpoint({
  method: 'post',
  path: '/api/tenants/:id/onboarding',
  operationId: 'completeOnboardingStep',
  summary: 'Complete a step of the onboarding',
  description:
    'A step can be completed once the steps before it are and what it stands for is there; none can be skipped. A step that is completed already stays as it is.',
  tags,
  access: tenantOrPlatform('tenants:write'),
  params: IdParams,
  body: CompleteOnboardingStepRequest,
  success: { status: 200, schema: OnboardingResponse },
  errors: ['TENANT_NOT_FOUND', 'ONBOARDING_STEP_NOT_READY'],
  audit: 'onboarding.step_completed',
  handler: ({ onboarding }, { params, body, ctx }) => onboarding.complete(ctx, params.id, body),
});

export const onboardingEndpoints = [getOnboarding, completeOnboardingStep] as const;
