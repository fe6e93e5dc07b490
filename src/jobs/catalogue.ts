import type { Job } from '../queues/job.ts';
import { type EmailInvoiceDeps, emailInvoice } from './billing/email-invoice.job.ts';
import { type RenderInvoiceDocumentDeps, renderInvoiceDocument } from './billing/render-invoice-document.job.ts';
import { type DeliverEmailDeps, deliverEmail } from './messaging/deliver-email.job.ts';
import { type EmailAccountDeps, emailAccount } from './messaging/email-account.job.ts';
import { type CleanUpDeps, cleanUp } from './operation/clean-up.job.ts';
import { type DeleteFileObjectDeps, deleteFileObject } from './tenancy/delete-file-object.job.ts';

/** What the handlers of all jobs need. */
export interface JobDeps
  extends RenderInvoiceDocumentDeps,
    EmailInvoiceDeps,
    EmailAccountDeps,
    DeliverEmailDeps,
    DeleteFileObjectDeps,
    CleanUpDeps {}

/** Every job of the product. */
export const jobCatalogue: readonly Job<JobDeps>[] = [
  renderInvoiceDocument,
  emailInvoice,
  emailAccount,
  deliverEmail,
  deleteFileObject,
  cleanUp,
];
