import { hkdfSync } from 'node:crypto';
import { createDatabaseConnections } from '../config/database.ts';
import type { Environment } from '../config/environment.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { createMetrics } from '../config/metrics.ts';
import { createNotifications } from '../config/notifications.ts';
import { createRedis } from '../config/redis.ts';
import { createSharedCache } from '../config/shared-cache.ts';
import type { PaymentGateway } from '../gateways/payments/payment.gateway.ts';
import { createAuditRepository } from '../repositories/base/audit.repository.ts';
import { createDatabase } from '../repositories/base/database.ts';
import { createIdempotencyRepository } from '../repositories/base/idempotency.repository.ts';
import { createOutboxRepository } from '../repositories/base/outbox.repository.ts';
import { createTransactionRunner } from '../repositories/base/transaction-runner.ts';
import { createAuditTrail } from '../services/base/audit-trail.ts';
import { createDomainEvents } from '../services/base/domain-events.ts';
import { createIdempotency } from '../services/base/idempotency.ts';
import { TENANT_CACHE_SECONDS } from '../services/base/tenant-cache.ts';
import { type Clock, systemClock } from '../types/clock.ts';
import { createGateways } from './gateways.ts';

/** What tests put in the place of the real thing. */
export interface Overrides {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Asked for the gateways of payments by their names. */
  readonly paymentGatewayOf?: (name: string) => PaymentGateway | null;
}

export type Infrastructure = ReturnType<typeof createInfrastructure>;

/** Everything below the domains. Connections are made when first needed, so this never waits. */
export function createInfrastructure(settings: Environment, overrides: Overrides = {}) {
  const clock = overrides.clock ?? systemClock;
  const log = overrides.log ?? createLogger(settings);
  const connections = createDatabaseConnections(settings);
  connections.pool.on('error', (error) => log.warn('database connection lost', { error }));
  const database = createDatabase(connections);
  const tx = createTransactionRunner(connections, (error) => log.error('work after a commit failed', { error }));
  const outbox = createOutboxRepository({ database });
  const idempotencyKeys = createIdempotencyRepository({ database });
  const redis = settings.REDIS_URL === undefined ? null : createRedis(settings.REDIS_URL, log);
  return {
    settings,
    clock,
    log,
    metrics: createMetrics(),
    connections,
    database,
    tx,
    outbox,
    idempotencyKeys,
    events: createDomainEvents({ outbox, clock }),
    audit: createAuditTrail({ entries: createAuditRepository(), clock }),
    idempotency: createIdempotency({ keys: idempotencyKeys, tx, clock, fingerprintKey: fingerprintKeyOf(settings) }),
    notifications: createNotifications({
      settings,
      onConnectionLost: (error) => log.warn('notifications are not heard', { error }),
    }),
    redis,
    sharedCache: redis === null ? null : createSharedCache({ redis, log, lifetimeSeconds: TENANT_CACHE_SECONDS }),
    gateways: createGateways(settings, clock),
  };
}

/** Of the oldest key of the ring: a rotation adds newer ones, and must not tell a repetition from its first request. */
function fingerprintKeyOf({ JWT_KEYS: keys }: Environment): Buffer {
  const secret = keys.at(-1)?.secret ?? Buffer.alloc(0);
  return Buffer.from(hkdfSync('sha256', secret, '', 'idempotency-fingerprint', 32));
}
