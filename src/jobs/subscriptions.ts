import type { z } from 'zod';
import type { Job } from '../queues/job.ts';
import { type EventPayload, type EventType, eventCatalogue } from '../services/base/event-catalogue.ts';
import type { PublishedEvent, Subscription } from '../services/operation/outbox-relay.service.ts';
import { emailInvoice } from './billing/email-invoice.job.ts';
import { markSubscriptionPastDue } from './billing/mark-subscription-past-due.job.ts';
import { recoverSubscription } from './billing/recover-subscription.job.ts';
import { renderInvoiceDocument } from './billing/render-invoice-document.job.ts';
import { deliverEmail } from './messaging/deliver-email.job.ts';
import { emailAccount } from './messaging/email-account.job.ts';
import { applyGatewayEvent } from './payments/apply-gateway-event.job.ts';
import { collectInvoice } from './payments/collect-invoice.job.ts';
import { deleteExportObjects } from './tenancy/delete-export-objects.job.ts';
import { deleteFileObject } from './tenancy/delete-file-object.job.ts';
import { importPlatformUsers } from './tenancy/import-platform-users.job.ts';
import { removeOrganizationStorage } from './tenancy/remove-organization-storage.job.ts';
import { writeDataExport } from './tenancy/write-data-export.job.ts';

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

/** Events that somebody is told of by e-mail. */
const accountEvents = [
  'user.signed_up',
  'user.sign_up_repeated',
  'user.verification_requested',
  'user.password_reset_requested',
  'user.magic_link_requested',
  'user.password_changed',
  'user.two_factor_enabled',
  'user.two_factor_disabled',
  'user.recovery_code_used',
  'user.sign_ins_throttled',
  'user.second_factor_throttled',
  'session.reuse_detected',
  'session.opened_on_new_device',
  'operator.invited',
  'invitation.created',
  'impersonation.started',
] as const satisfies readonly EventType[];

/** Events after which nothing is owed for an invoice. */
const settledEvents = ['invoice.paid', 'invoice.voided'] as const satisfies readonly EventType[];

/** Which event makes which job. */
export const subscriptions: readonly Subscription[] = [
  subscribe({
    event: 'invoice.finalized',
    job: renderInvoiceDocument,
    payload: ({ tenantId, payload }) => ({ tenantId, invoiceId: payload.invoiceId }),
  }),
  subscribe({
    event: 'invoice.finalized',
    job: collectInvoice,
    payload: ({ tenantId, payload }) => ({ tenantId, invoiceId: payload.invoiceId }),
  }),
  subscribe({
    event: 'invoice.document_rendered',
    job: emailInvoice,
    payload: ({ tenantId, payload }) => ({ tenantId, invoiceId: payload.invoiceId }),
  }),
  subscribe({
    event: 'payment.failed',
    job: markSubscriptionPastDue,
    payload: ({ tenantId, payload }) => ({ tenantId, paymentId: payload.paymentId }),
  }),
  ...settledEvents.map((event) =>
    subscribe({
      event,
      job: recoverSubscription,
      payload: ({ tenantId, payload }) => ({ tenantId, invoiceId: payload.invoiceId }),
    }),
  ),
  subscribe({
    event: 'email.queued',
    job: deliverEmail,
    payload: ({ tenantId, payload }) => ({ tenantId, emailId: payload.emailId }),
  }),
  subscribe({
    event: 'file.deleted',
    job: deleteFileObject,
    payload: ({ tenantId, payload }) => ({ tenantId, fileId: payload.fileId }),
  }),
  subscribe({
    event: 'export.requested',
    job: writeDataExport,
    payload: ({ tenantId, payload }) => ({ tenantId, exportId: payload.exportId }),
  }),
  subscribe({
    event: 'export.deleted',
    job: deleteExportObjects,
    payload: ({ tenantId, payload }) => ({ tenantId, exportId: payload.exportId }),
  }),
  subscribe({
    event: 'platform_user_import.requested',
    job: importPlatformUsers,
    payload: ({ tenantId, payload }) => ({ tenantId, importId: payload.importId }),
  }),
  subscribe({
    event: 'organization.deleted',
    job: removeOrganizationStorage,
    payload: ({ payload }) => ({ organizationId: payload.organizationId }),
  }),
  subscribe({
    event: 'gateway_event.received',
    job: applyGatewayEvent,
    payload: ({ payload }) => ({ gatewayEventId: payload.gatewayEventId }),
  }),
  ...accountEvents.map((event) =>
    subscribe({
      event,
      job: emailAccount,
      payload: ({ id, tenantId }) => ({ tenantId, eventId: id }),
    }),
  ),
];
