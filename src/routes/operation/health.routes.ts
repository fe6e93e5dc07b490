import type { HealthController } from '../../controllers/operation/health.controller.ts';
import { publicBecause } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { LivenessResponse, ReadinessResponse } from '../../validators/operation/health.schema.ts';

export interface HealthRouteDeps {
  readonly health: HealthController;
}

const endpoint = endpointsFor<HealthRouteDeps>();
const tags = ['Operation'] as const;

export const checkLiveness = endpoint({
  method: 'get',
  path: '/health/live',
  operationId: 'checkLiveness',
  summary: 'Check that the process answers',
  tags,
  access: publicBecause('Orchestrators ask before anybody could sign in; it holds no data.'),
  success: { status: 200, schema: LivenessResponse },
  handler: ({ health }) => health.live(),
});

export const checkReadiness = endpoint({
  method: 'get',
  path: '/health/ready',
  operationId: 'checkReadiness',
  summary: 'Check that everything the service needs answers',
  description: 'With NOT_READY the details say which parts are away.',
  tags,
  access: publicBecause('Load balancers ask before anybody could sign in; it holds no data.'),
  success: { status: 200, schema: ReadinessResponse },
  errors: ['NOT_READY'],
  handler: ({ health }) => health.ready(),
});

export const healthEndpoints = [checkLiveness, checkReadiness] as const;
