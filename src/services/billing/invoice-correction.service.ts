import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { CreditNoteRepository } from '../../repositories/billing/credit-note.repository.ts';
import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { CreditNote } from '../../types/billing/credit-note.ts';
import type { Invoice } from '../../types/billing/invoice.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import { parseDecimal } from '../../utils/money.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import { type CreditNoteLineInput, creditNoteAmounts } from './credit-note-amounts.ts';
import { auditedInvoice } from './invoice-audit.ts';
import { creditNoteSeries, financialYearOf } from './invoice-number.ts';
import { type InvoicePayments, isBeingPaid } from './invoice-payments.ts';
import type { InvoiceSettlingService } from './invoice-settling.service.ts';
import type { LedgerService } from './ledger.service.ts';
import { creditNoteIssued, invoiceFinalizedCause } from './ledger-postings.ts';

export interface InvoiceCorrectionServiceDeps {
  readonly invoices: Pick<InvoiceRepository, 'lock' | 'reserveNumbers' | 'settle' | 'close'>;
  readonly creditNotes: CreditNoteRepository;
  readonly settling: Pick<InvoiceSettlingService, 'lockOpen'>;
  readonly payments: InvoicePayments;
  readonly tenants: Pick<TenantService, 'get'>;
  readonly ledger: Pick<LedgerService, 'book' | 'reverse'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

export interface CreditNoteInput {
  readonly reason: string;
  /** All that is left of the invoice where absent. */
  readonly items?: readonly CreditNoteLineInput[] | undefined;
}

export type InvoiceCorrectionService = ReturnType<typeof createInvoiceCorrectionService>;

/** What becomes of an invoice that should not have been, or not so. */
export function createInvoiceCorrectionService(deps: InvoiceCorrectionServiceDeps) {
  const { invoices, creditNotes, settling, payments, tenants, ledger, tx, audit, events, clock } = deps;

  const refuseBeingPaid = async (ctx: TenantTxContext, { tenantId, id }: Invoice): Promise<void> => {
    if (isBeingPaid(await payments.list(ctx, tenantId, id))) throw appError('INVOICE_PAYMENT_IN_PROGRESS');
  };

  const lockCreditable = async (ctx: TenantTxContext, id: string): Promise<Invoice> => {
    const invoice = await invoices.lock(ctx, id);
    if (invoice === null) throw appError('INVOICE_NOT_FOUND');
    if (invoice.status !== 'open' && invoice.status !== 'paid') {
      throw appError('INVOICE_NOT_CREDITABLE', { details: { status: invoice.status } });
    }
    return invoice;
  };

  const numbered = async (ctx: TenantTxContext, issuedAt: Date): Promise<string> => {
    const { country, timeZone } = await tenants.get(ctx, ctx.scope.tenantId);
    const financialYear = financialYearOf(issuedAt, country, timeZone);
    const count = await invoices.reserveNumbers(ctx, creditNoteSeries.name, financialYear, 1);
    return creditNoteSeries.format(financialYear, count);
  };

  /** Takes the note off what is due, which ends an open invoice that nothing is due of any more. */
  const takeOff = async (ctx: TenantTxContext, invoice: Invoice, total: string, at: string): Promise<void> => {
    const isPaid = parseDecimal(total).greaterThanOrEqualTo(invoice.amountDue);
    const status = isPaid ? 'paid' : invoice.status;
    await invoices.settle(ctx, invoice.id, { paid: '0', credited: total, status, at });
    if (invoice.status === 'open' && isPaid) {
      const { id, billingReason } = invoice;
      events.publish(ctx, 'invoice.paid', id, { invoiceId: id, billingReason });
    }
  };

  return {
    /**
     * Voids an open invoice of which nothing was paid or credited: its number stays, its booking is reversed.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_OPEN, INVOICE_PARTLY_SETTLED, INVOICE_PAYMENT_IN_PROGRESS
     */
    async void(ctx: TenantContext, id: string): Promise<Invoice> {
      return tx.run(ctx, async (txCtx) => {
        const before = await settling.lockOpen(txCtx, id);
        if (before.amountDue !== before.total) throw appError('INVOICE_PARTLY_SETTLED');
        await refuseBeingPaid(txCtx, before);
        const at = clock.now().toISOString();
        await Promise.all([
          invoices.close(txCtx, id, 'void', at),
          ledger.reverse(txCtx, invoiceFinalizedCause(id), 'void'),
        ]);
        events.publish(txCtx, 'invoice.voided', id, { invoiceId: id });
        const after: Invoice = { ...before, status: 'void', voidedAt: at, updatedAt: at, version: before.version + 1 };
        audit.record(txCtx, {
          resourceType: 'invoice',
          resourceId: id,
          before: auditedInvoice(before),
          after: auditedInvoice(after),
        });
        return after;
      });
    },

    /**
     * Takes back lines of an open or paid invoice, or all that is left of it. What was paid too much is the tenant's: a refund
     * gives it back.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_CREDITABLE, INVOICE_PAYMENT_IN_PROGRESS, CREDIT_NOTE_TOO_LARGE,
     *   VALIDATION_FAILED
     */
    async credit(ctx: TenantContext, invoiceId: string, { reason, items }: CreditNoteInput): Promise<CreditNote> {
      return tx.run(ctx, async (txCtx) => {
        const invoice = await lockCreditable(txCtx, invoiceId);
        await refuseBeingPaid(txCtx, invoice);
        const issuedAt = clock.now();
        const amounts = creditNoteAmounts(invoice, await creditNotes.sumCredited(txCtx, invoiceId), items);
        const note: CreditNote = {
          ...amounts,
          tenantId: invoice.tenantId,
          id: uuidv7(),
          invoiceId,
          number: await numbered(txCtx, issuedAt),
          currency: invoice.currency,
          reason,
          issuedAt: issuedAt.toISOString(),
          documentKey: null,
        };
        await creditNotes.insert(txCtx, note);
        await takeOff(txCtx, invoice, note.total, note.issuedAt);
        await ledger.book(txCtx, creditNoteIssued(note), issuedAt);
        events.publish(txCtx, 'invoice.credited', invoiceId, { invoiceId, creditNoteId: note.id });
        const { documentKey: _documentKey, ...audited } = note;
        audit.record(txCtx, { resourceType: 'credit_note', resourceId: note.id, after: audited });
        return note;
      });
    },
  };
}
