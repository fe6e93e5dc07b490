import type { QueueableJob } from '../../queues/job.ts';
import type { JobQueues, JobRequest } from '../../queues/job-queues.ts';
import type { OutboxEvent, OutboxRepository } from '../../repositories/base/outbox.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { platformScope, systemContext } from '../../types/context-factory.ts';
import type { BackgroundTask } from '../base/background-loop.ts';
import { type EventPayload, type EventType, eventCatalogue } from '../base/event-catalogue.ts';

/** An event as its subscriptions see it. */
export interface PublishedEvent<Type extends EventType> {
  readonly id: string;
  readonly tenantId: string;
  readonly subject: string;
  readonly occurredAt: string;
  readonly payload: EventPayload<Type>;
}

/** Which job an event makes. */
export interface Subscription {
  readonly event: EventType;
  readonly job: QueueableJob;
  /** @throws ZodError when the event's payload is not what its type promises */
  toPayload(event: OutboxEvent): unknown;
}

export interface OutboxRelayDeps {
  readonly outbox: Pick<OutboxRepository, 'tryLead' | 'take' | 'markPublished'>;
  readonly queues: Pick<JobQueues, 'add'>;
  readonly subscriptions: readonly Subscription[];
  readonly tx: TransactionRunner;
}

const BATCH_SIZE = 100;
/** An event of a type that only a newer release knows waits for that release. */
const KNOWN_TYPES = Object.keys(eventCatalogue);
const POLL_MS = 1000;

/**
 * Hands committed events to the queues: at least once, and the events of one subject in the order of their commits.
 *
 * One relay leads at a time, by a lock of its transaction. Jobs are added before the transaction commits, under ids made from the
 * event's: a relay that dies in between adds the same jobs again, which adds nothing. The transaction does wait for the queues
 * (5 seconds at the most): the lock and the mark belong together, and no other transaction waits for either.
 *
 * Sequence numbers are given at the insert, not at the commit, so a lower one may become visible after a higher one has been
 * handed over. It is not lost, since what counts is `published_at` and no high-water mark. Order holds per subject because
 * whoever publishes has locked the subject's row: its next event gets its number only after the commit of the one before.
 */
export function createOutboxRelay({ outbox, queues, subscriptions, tx }: OutboxRelayDeps): BackgroundTask {
  const requestsOf = (event: OutboxEvent): JobRequest[] =>
    subscriptions
      .filter((subscription) => subscription.event === event.type)
      .map((subscription) => ({
        job: subscription.job,
        id: `${event.id}.${subscription.job.name}`,
        payload: payloadOf(subscription, event),
        requestId: event.requestId,
      }));

  return {
    name: 'outbox relay',
    pollMs: POLL_MS,

    /** Hands one batch over. True when the batch was full, so that more is likely to wait. */
    step: () =>
      tx.run(systemContext(platformScope, 'outbox-relay'), async (txCtx) => {
        if (!(await outbox.tryLead(txCtx))) return false;
        const events = await outbox.take(txCtx, KNOWN_TYPES, BATCH_SIZE);
        if (events.length === 0) return false;
        await queues.add(events.flatMap(requestsOf));
        await outbox.markPublished(txCtx, events);
        return events.length === BATCH_SIZE;
      }),
  };
}

/** An event that does not fit its type still makes its job, whose payload then sends it to the dead letters. */
function payloadOf(subscription: Subscription, event: OutboxEvent): unknown {
  try {
    return subscription.toPayload(event);
  } catch {
    return event.payload;
  }
}
