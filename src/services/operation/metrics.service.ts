import type { Logger } from '../../config/logger.ts';
import type { Metrics } from '../../config/metrics.ts';
import type { ScopedPool } from '../../config/scoped-pool.ts';
import type { OutboxRepository } from '../../repositories/base/outbox.repository.ts';
import type { Context, RowScope } from '../../types/context.ts';
import { platformScope, systemContext } from '../../types/context-factory.ts';
import type { AuditLogService } from '../insight/audit-log.service.ts';

export interface MetricsServiceDeps {
  readonly metrics: Pick<Metrics, 'registry' | 'gauge'>;
  readonly pool: Pick<ScopedPool, 'stats'>;
  readonly outbox: Pick<OutboxRepository, 'backlog'>;
  readonly auditLog: Pick<AuditLogService, 'unsealed'>;
  readonly log: Pick<Logger, 'warn'>;
}

/** Work that waits for one of the product's own processes. */
interface Backlog {
  readonly count: number;
  readonly oldestSeconds: number;
}

type PoolFigure = keyof ReturnType<ScopedPool['stats']>;

const ROLES: readonly RowScope['kind'][] = ['tenant', 'platform'];

const POOL_GAUGES: readonly (readonly [name: string, help: string, figure: PoolFigure])[] = [
  ['database_lanes', 'Pipelined connections that statements share', 'lanes'],
  ['database_lanes_connected', 'Pipelined connections that are open', 'connectedLanes'],
  ['database_statements_in_flight', 'Statements written to a lane and not yet answered', 'inFlight'],
  ['database_transactions', 'Connections that transactions have checked out', 'transactions'],
  ['database_transactions_waiting', 'Transactions that wait for a connection', 'waiting'],
];

export type MetricsService = ReturnType<typeof createMetricsService>;

/** Adds the figures of the database and of the backlogs to the process's own. */
export function createMetricsService({ metrics, pool, outbox, auditLog, log }: MetricsServiceDeps) {
  for (const [name, help, figure] of POOL_GAUGES) {
    metrics.gauge(name, help, ['role'], (set) => {
      for (const role of ROLES) set({ role }, pool.stats(role)[figure]);
    });
  }

  const backlogs: readonly (readonly [queue: string, read: (ctx: Context) => Promise<Backlog>])[] = [
    ['outbox', outbox.backlog],
    ['audit', auditLog.unsealed],
  ];
  let latest: readonly (readonly [queue: string, backlog: Backlog])[] = [];
  metrics.gauge('backlog_entries', 'Outbox events no queue has yet, audit entries not yet sealed', ['queue'], (set) => {
    for (const [queue, { count }] of latest) set({ queue }, count);
  });
  metrics.gauge('backlog_oldest_seconds', 'How long the oldest entry of a backlog has waited', ['queue'], (set) => {
    for (const [queue, { oldestSeconds }] of latest) set({ queue }, oldestSeconds);
  });

  /** A database that is away must not take the other figures with it: its backlogs are left out. */
  const readBacklogs = async (ctx: Context): Promise<typeof latest> => {
    const outcomes = await Promise.allSettled(backlogs.map(async ([queue, read]) => [queue, await read(ctx)] as const));
    return outcomes.flatMap((outcome) => {
      if (outcome.status === 'fulfilled') return [outcome.value];
      log.warn('a backlog could not be read', { error: outcome.reason });
      return [];
    });
  };

  return {
    /** Every figure in Prometheus' text format. */
    async text(): Promise<string> {
      latest = await readBacklogs(systemContext(platformScope, 'metrics'));
      return metrics.registry.metrics();
    },
  };
}
