import type { z } from 'zod';
import type { Job } from '../queues/job.ts';
import { type EventPayload, type EventType, eventCatalogue } from '../services/base/event-catalogue.ts';
import type { PublishedEvent, Subscription } from '../services/operation/outbox-relay.service.ts';
import { emailInvoice } from './billing/email-invoice.job.ts';
import { renderInvoiceDocument } from './billing/render-invoice-document.job.ts';
import { deliverEmail } from './messaging/deliver-email.job.ts';

interface SubscriptionSpec<Type extends EventType, Payload extends z.ZodObject> {
  readonly event: Type;
  readonly job: Job<never, Payload>;
  readonly payload: (event: PublishedEvent<Type>) => z.input<Payload>;
}

const payloadSchemas: { readonly [Type in EventType]: z.ZodType<EventPayload<Type>> } = eventCatalogue;

const subscribe = <Type extends EventType, Payload extends z.ZodObject>({
  event: type,
  job,
  payload,
}: SubscriptionSpec<Type, Payload>): Subscription => ({
  event: type,
  job,
  toPayload: (event) => payload({ ...event, payload: payloadSchemas[type].parse(event.payload) }),
});

/** Which event makes which job. */
export const subscriptions: readonly Subscription[] = [
  subscribe({
    event: 'invoice.finalized',
    job: renderInvoiceDocument,
    payload: ({ tenantId, payload }) => ({ tenantId, invoiceId: payload.invoiceId }),
  }),
  subscribe({
    event: 'invoice.document_rendered',
    job: emailInvoice,
    payload: ({ tenantId, payload }) => ({ tenantId, invoiceId: payload.invoiceId }),
  }),
  subscribe({
    event: 'email.queued',
    job: deliverEmail,
    payload: ({ tenantId, payload }) => ({ tenantId, emailId: payload.emailId }),
  }),
];
