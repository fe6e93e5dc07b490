import { invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { TenantContext } from '../../types/context.ts';
import { formatForPeople } from '../../utils/money.ts';
import type { InvoiceService } from '../billing/invoice.service.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import type { EmailDeliveryService } from './email-delivery.service.ts';
import { renderEmail } from './email-layout.ts';

export interface InvoiceEmailServiceDeps {
  readonly invoices: Pick<InvoiceService, 'get'>;
  readonly tenants: Pick<TenantService, 'get'>;
  readonly emails: Pick<EmailDeliveryService, 'queue'>;
  readonly tx: TransactionRunner;
  /** Who bills, as the e-mail names them. */
  readonly sellerName: string;
}

export type InvoiceEmailService = ReturnType<typeof createInvoiceEmailService>;

export function createInvoiceEmailService({ invoices, tenants, emails, tx, sellerName }: InvoiceEmailServiceDeps) {
  return {
    /**
     * Queues the e-mail that brings an invoice and its PDF to the customer. May run twice: one finalization makes one e-mail.
     * @throws AppError INVOICE_NOT_FOUND
     */
    async queue(ctx: TenantContext, invoiceId: string): Promise<void> {
      const invoice = await invoices.get(ctx, invoiceId);
      const { locale, timeZone } = await tenants.get(ctx, ctx.scope.tenantId);
      const number = invariant(invoice.number, 'An invoice with a document has a number');
      const dueAt = new Date(invariant(invoice.dueAt, 'An invoice with a document has a due date'));
      const amount = formatForPeople(invoice.amountDue, invoice.currency, locale);
      const dueDate = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }).format(dueAt);
      const { text, html } = renderEmail({
        title: `Invoice ${number}`,
        paragraphs: [
          `Dear ${invoice.customerName},`,
          `please find invoice ${number} attached. ${amount} is due on ${dueDate}.`,
          ...(invoice.notes === null ? [] : [invoice.notes]),
        ],
        facts: [
          ['Invoice', number],
          ['Amount due', amount],
          ['Due date', dueDate],
        ],
        signature: sellerName,
      });
      await tx.run(ctx, (txCtx) =>
        emails.queue(txCtx, {
          kind: 'invoice',
          subjectId: invoiceId,
          deduplicationKey: `invoice:${invoiceId}:finalized`,
          recipient: invoice.customerEmail,
          subject: `Invoice ${number} from ${sellerName}`,
          textBody: text,
          htmlBody: html,
          attachments: [
            {
              storageKey: invariant(invoice.documentKey, 'An invoice is mailed once its document is there'),
              filename: `${number}.pdf`,
              contentType: 'application/pdf',
            },
          ],
        }),
      );
    },
  };
}
