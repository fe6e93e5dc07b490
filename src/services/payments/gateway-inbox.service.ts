import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import { type GatewayEventHeaders, PaymentSignatureError } from '../../gateways/payments/payment.gateway.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { GatewayEventRepository } from '../../repositories/payments/gateway-event.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { GatewayEventFilter, GatewayEventRecord } from '../../types/payments/gateway-event.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { GatewayOf } from './payment.service.ts';

export interface GatewayInboxDeps {
  readonly inbox: Pick<GatewayEventRepository, 'list' | 'insert' | 'findKnown' | 'lock' | 'reopen'>;
  readonly gatewayOf: GatewayOf;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

/** A request of a gateway as it came. */
interface ReceivedEvent {
  readonly bytes: Buffer;
  readonly headers: GatewayEventHeaders;
}

/** What is kept of the headers: what tells of the signature, and no credentials of anybody between. */
const KEPT_HEADERS = [
  'content-type',
  'stripe-signature',
  'user-agent',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
];
const LONGEST_TEXT = 200;

const keptHeaders = (headers: GatewayEventHeaders): Record<string, string> =>
  Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value.slice(0, 1000)]];
    }),
  );

export type GatewayInbox = ReturnType<typeof createGatewayInbox>;

/** What gateways tell is written down and answered at once; a job applies it. */
export function createGatewayInbox({ inbox, gatewayOf, tx, audit, events, clock }: GatewayInboxDeps) {
  return {
    /** Whether a gateway signed a request within the last minutes; false for a gateway that is not set up. */
    isSigned(gateway: string, { bytes, headers }: ReceivedEvent): boolean {
      const driver = gatewayOf(gateway);
      if (driver === null) return false;
      try {
        driver.readEvent(bytes, headers);
        return true;
      } catch (error) {
        // Signed, and unreadable: whoever receives it says so.
        return !(error instanceof PaymentSignatureError);
      }
    },

    /**
     * Keeps an event whose signature was checked: once, however often it is told.
     * @returns the id of it here
     * @throws AppError MALFORMED_BODY
     */
    async receive(ctx: Context<PlatformScope>, gateway: string, { bytes, headers }: ReceivedEvent): Promise<string> {
      const event = eventOf(gateway, bytes);
      const id = uuidv7();
      const received = {
        ...{ id, gateway, gatewayEventId: event.id.slice(0, LONGEST_TEXT), type: event.type.slice(0, LONGEST_TEXT) },
        ...{ body: bytes, headers: keptHeaders(headers), receivedAt: clock.now().toISOString() },
      };
      return tx.run(ctx, async (txCtx) => {
        const { gatewayEventId, type } = received;
        const isNew = await inbox.insert(txCtx, received);
        const known = isNew
          ? id
          : invariant(await inbox.findKnown(txCtx, gateway, gatewayEventId), 'It was told before');
        if (isNew) events.publish(txCtx, 'gateway_event.received', id, { gatewayEventId: id });
        const after = { gateway, gatewayEventId, type, ...(!isNew && { toldBefore: true }) };
        audit.record(txCtx, { resourceType: 'gateway_event', resourceId: known, after });
        return known;
      });
    },

    list(ctx: Context<PlatformScope>, filter: GatewayEventFilter): Promise<Page<GatewayEventRecord>> {
      return inbox.list(ctx, filter);
    },

    /**
     * Has an event applied again; what it changed already it does not change twice.
     * @throws AppError GATEWAY_EVENT_NOT_FOUND, GATEWAY_EVENT_DROPPED
     */
    async replay(ctx: Context<PlatformScope>, id: string): Promise<GatewayEventRecord> {
      return tx.run(ctx, async (txCtx) => {
        const before = await inbox.lock(txCtx, id);
        if (before === null) throw appError('GATEWAY_EVENT_NOT_FOUND');
        if (!before.hasBody) throw appError('GATEWAY_EVENT_DROPPED');
        await inbox.reopen(txCtx, id);
        events.publish(txCtx, 'gateway_event.received', id, { gatewayEventId: id });
        const after = { ...before, processedAt: null, outcome: null };
        audit.record(txCtx, { resourceType: 'gateway_event', resourceId: id, before: { ...before }, after });
        return after;
      });
    },
  };

  function eventOf(gateway: string, bytes: Buffer) {
    const driver = invariant(gatewayOf(gateway), 'Only gateways that are set up sign');
    try {
      return driver.parseEvent(bytes);
    } catch (cause) {
      throw appError('MALFORMED_BODY', { cause });
    }
  }
}
