import type { Job } from '../queues/job.ts';
import { type EmailInvoiceDeps, emailInvoice } from './billing/email-invoice.job.ts';
import { type FinalizeDueInvoicesDeps, finalizeDueInvoices } from './billing/finalize-due-invoices.job.ts';
import { type MarkSubscriptionPastDueDeps, markSubscriptionPastDue } from './billing/mark-subscription-past-due.job.ts';
import { type RecoverSubscriptionDeps, recoverSubscription } from './billing/recover-subscription.job.ts';
import { type RenderInvoiceDocumentDeps, renderInvoiceDocument } from './billing/render-invoice-document.job.ts';
import { type RenewSubscriptionsDeps, renewSubscriptions } from './billing/renew-subscriptions.job.ts';
import { type DeliverEmailDeps, deliverEmail } from './messaging/deliver-email.job.ts';
import { type EmailAccountDeps, emailAccount } from './messaging/email-account.job.ts';
import { type CleanUpDeps, cleanUp } from './operation/clean-up.job.ts';
import { type ApplyGatewayEventDeps, applyGatewayEvent } from './payments/apply-gateway-event.job.ts';
import { type CollectInvoiceDeps, collectInvoice } from './payments/collect-invoice.job.ts';
import { type ReconcileDeps, reconcile } from './payments/reconcile.job.ts';
import { type ResolvePaymentsDeps, resolvePayments } from './payments/resolve-payments.job.ts';
import { type DeleteExportObjectsDeps, deleteExportObjects } from './tenancy/delete-export-objects.job.ts';
import { type DeleteFileObjectDeps, deleteFileObject } from './tenancy/delete-file-object.job.ts';
import { type ImportPlatformUsersDeps, importPlatformUsers } from './tenancy/import-platform-users.job.ts';
import {
  type RemoveOrganizationStorageDeps,
  removeOrganizationStorage,
} from './tenancy/remove-organization-storage.job.ts';
import { type WriteDataExportDeps, writeDataExport } from './tenancy/write-data-export.job.ts';

/** What the handlers of all jobs need. */
export interface JobDeps
  extends ApplyGatewayEventDeps,
    RenderInvoiceDocumentDeps,
    EmailInvoiceDeps,
    FinalizeDueInvoicesDeps,
    RenewSubscriptionsDeps,
    MarkSubscriptionPastDueDeps,
    RecoverSubscriptionDeps,
    EmailAccountDeps,
    DeliverEmailDeps,
    DeleteFileObjectDeps,
    WriteDataExportDeps,
    DeleteExportObjectsDeps,
    ImportPlatformUsersDeps,
    RemoveOrganizationStorageDeps,
    CollectInvoiceDeps,
    ResolvePaymentsDeps,
    ReconcileDeps,
    CleanUpDeps {}

/** Every job of the product. */
export const jobCatalogue: readonly Job<JobDeps>[] = [
  applyGatewayEvent,
  renderInvoiceDocument,
  emailInvoice,
  finalizeDueInvoices,
  renewSubscriptions,
  markSubscriptionPastDue,
  recoverSubscription,
  emailAccount,
  deliverEmail,
  deleteFileObject,
  writeDataExport,
  deleteExportObjects,
  importPlatformUsers,
  removeOrganizationStorage,
  collectInvoice,
  resolvePayments,
  reconcile,
  cleanUp,
];
