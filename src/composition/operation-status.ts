import { createHealthController } from '../controllers/operation/health.controller.ts';
import { createMetricsController } from '../controllers/operation/metrics.controller.ts';
import type { AuditLogService } from '../services/insight/audit-log.service.ts';
import { createHealthService, type HealthCheck } from '../services/operation/health.service.ts';
import { createMetricsService } from '../services/operation/metrics.service.ts';
import type { Infrastructure } from './infrastructure.ts';

interface OperationStatusNeeds extends Pick<Infrastructure, 'metrics' | 'outbox' | 'log'> {
  readonly connections: Pick<Infrastructure['connections'], 'pool'>;
  readonly auditLog: AuditLogService;
  /** What has to answer before requests are let in: the database, the queue, ... */
  readonly healthChecks: readonly HealthCheck[];
}

/** Adds its gauges to the metrics: once per process. */
export function composeOperationStatus({
  metrics,
  outbox,
  log,
  connections,
  auditLog,
  healthChecks,
}: OperationStatusNeeds) {
  const health = createHealthService({ checks: healthChecks });
  const metricsReport = createMetricsService({ metrics, pool: connections.pool, outbox, auditLog, log });
  return {
    services: { health, metrics: metricsReport },
    controllers: {
      health: createHealthController({ health }),
      metrics: createMetricsController({ metrics: metricsReport }),
    },
  };
}
