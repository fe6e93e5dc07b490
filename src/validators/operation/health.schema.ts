import { z } from 'zod';

const ok = () => z.literal('ok').meta({ example: 'ok' });

export const LivenessResponse = z.object({ status: ok() }).meta({ id: 'Liveness' });

export const ReadinessResponse = z
  .object({
    status: ok(),
    checks: z.record(z.string(), ok()).meta({ example: { database: 'ok', queue: 'ok' } }),
  })
  .meta({ id: 'Readiness' });
