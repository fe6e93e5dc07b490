import { uuidv7 } from 'uuidv7';
import type { OutboxRepository } from '../../repositories/base/outbox.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantTxContext, TxContext } from '../../types/context.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import { type EventPayload, type EventType, eventCatalogue } from './event-catalogue.ts';

export interface DomainEventsDeps {
  readonly outbox: Pick<OutboxRepository, 'append' | 'appendMany'>;
  readonly clock: Clock;
}

export type DomainEvents = ReturnType<typeof createDomainEvents>;

export function createDomainEvents({ outbox, clock }: DomainEventsDeps) {
  return {
    /**
     * Tells the rest of the product that something happened, if and only if the transaction commits.
     * @param subject the row it is about; events of one subject reach the queues in the order of their commits
     * @param tenantId whose event it is, where the scope does not say
     */
    publish<Type extends EventType>(
      ctx: TxContext,
      type: Type,
      subject: string,
      payload: EventPayload<Type>,
      tenantId?: TenantId,
    ): void {
      outbox.append(ctx, {
        id: uuidv7(),
        tenantId: tenantId ?? (ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : PLATFORM_ID),
        type,
        subject,
        payload: eventCatalogue[type].parse(payload),
        requestId: ctx.requestId,
        occurredAt: clock.now().toISOString(),
      });
    },

    /** As `publish`, for the same thing that happened to many rows of one tenant at once. */
    publishMany<Type extends EventType>(
      ctx: TenantTxContext,
      type: Type,
      happened: ReadonlyArray<{ readonly subject: string; readonly payload: EventPayload<Type> }>,
    ): void {
      const occurredAt = clock.now().toISOString();
      outbox.appendMany(
        ctx,
        happened.map(({ subject, payload }) => ({
          id: uuidv7(),
          tenantId: ctx.scope.tenantId,
          type,
          subject,
          payload: eventCatalogue[type].parse(payload),
          requestId: ctx.requestId,
          occurredAt,
        })),
      );
    },
  };
}
