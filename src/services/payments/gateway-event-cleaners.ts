import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { GatewayEventRepository } from '../../repositories/payments/gateway-event.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Cleaner } from '../base/cleaner.ts';
import type { DomainEvents } from '../base/domain-events.ts';

export interface GatewayEventCleanersDeps {
  readonly inbox: Pick<GatewayEventRepository, 'lockWaiting' | 'dropBodies'>;
  readonly tx: TransactionRunner;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
/** The job tries for hours; what waits longer has lost it, or its cause was mended meanwhile. */
const OVERDUE_MS = DAY_MS / 4;
/** Whatever could not be applied for so long waits for somebody who replays it. */
const GIVEN_UP_MS = 14 * DAY_MS;
const KEPT_MS = 90 * DAY_MS;
/** Nights that may be missed; it keeps the search from going through all that was dropped before. */
const LOOK_BACK_MS = 60 * DAY_MS;

/** Queues events again that were never applied, and drops the bodies of old ones. */
export function gatewayEventCleaners({ inbox, tx, events, clock }: GatewayEventCleanersDeps): readonly Cleaner[] {
  const ago = (ms: number): string => new Date(clock.now().getTime() - ms).toISOString();
  return [
    {
      name: 'waitingGatewayEvents',
      /** One batch a night: whatever waits is queued again tomorrow, and is never fewer than it was. */
      async clean(ctx, limit) {
        const queued = await tx.run(ctx, async (txCtx) => {
          const ids = await inbox.lockWaiting(txCtx, ago(GIVEN_UP_MS), ago(OVERDUE_MS), limit);
          for (const id of ids) events.publish(txCtx, 'gateway_event.received', id, { gatewayEventId: id });
          return ids.length;
        });
        return Math.min(queued, limit - 1);
      },
    },
    {
      name: 'gatewayEventBodies',
      clean: (ctx, limit) => inbox.dropBodies(ctx, ago(KEPT_MS + LOOK_BACK_MS), ago(KEPT_MS), limit),
    },
  ];
}
