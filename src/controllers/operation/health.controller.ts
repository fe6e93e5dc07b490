import type { z } from 'zod';
import type { HealthService } from '../../services/operation/health.service.ts';
import type { LivenessResponse, ReadinessResponse } from '../../validators/operation/health.schema.ts';

export type HealthController = ReturnType<typeof createHealthController>;

export function createHealthController({ health }: { readonly health: HealthService }) {
  return {
    live: (): z.input<typeof LivenessResponse> => ({ status: 'ok' }),

    async ready(): Promise<z.input<typeof ReadinessResponse>> {
      return { status: 'ok', checks: await health.ready() };
    },
  };
}
