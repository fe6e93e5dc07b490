import type { CreditNoteRepository } from '../../repositories/billing/credit-note.repository.ts';
import type { CreditNote } from '../../types/billing/credit-note.ts';
import type { Invoice } from '../../types/billing/invoice.ts';
import type { Context } from '../../types/context.ts';
import type { InvoicePayment, InvoicePayments } from './invoice-payments.ts';

export interface InvoiceRecordsServiceDeps {
  readonly creditNotes: Pick<CreditNoteRepository, 'listOfInvoice'>;
  readonly payments: InvoicePayments;
}

/** What has been paid and taken back of an invoice. */
export interface InvoiceRecords {
  readonly creditNotes: readonly CreditNote[];
  readonly payments: readonly InvoicePayment[];
}

/** Of an invoice that nobody could pay or take back yet. */
export const NO_RECORDS: InvoiceRecords = { creditNotes: [], payments: [] };

export type InvoiceRecordsService = ReturnType<typeof createInvoiceRecordsService>;

export function createInvoiceRecordsService({ creditNotes, payments }: InvoiceRecordsServiceDeps) {
  return {
    /** Oldest first; none of an invoice that is not there. */
    async of(ctx: Context, { tenantId, id }: Pick<Invoice, 'tenantId' | 'id'>): Promise<InvoiceRecords> {
      const [notes, paid] = await Promise.all([
        creditNotes.listOfInvoice(ctx, tenantId, id),
        payments.list(ctx, tenantId, id),
      ]);
      return { creditNotes: notes, payments: paid };
    },
  };
}
