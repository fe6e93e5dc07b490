import { appError } from '../../errors/app-error.ts';
import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { Invoice, InvoiceStatus } from '../../types/billing/invoice.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantTxContext } from '../../types/context.ts';
import { isDecimalText, parseDecimal, roundMoney, roundMoneyToText } from '../../utils/money.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { auditedInvoice } from './invoice-audit.ts';
import type { LedgerService } from './ledger.service.ts';
import { invoiceWrittenOff } from './ledger-postings.ts';

export interface InvoiceSettlingServiceDeps {
  readonly invoices: Pick<InvoiceRepository, 'lock' | 'settle' | 'close'>;
  readonly ledger: Pick<LedgerService, 'book'>;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

export type InvoiceSettlingService = ReturnType<typeof createInvoiceSettlingService>;

/** What pays an invoice or gives it up, in the transaction of what moved the money. */
export function createInvoiceSettlingService({ invoices, ledger, audit, events, clock }: InvoiceSettlingServiceDeps) {
  const lockOpen = async (ctx: TenantTxContext, invoiceId: string): Promise<Invoice> => {
    const invoice = await invoices.lock(ctx, invoiceId);
    if (invoice === null) throw appError('INVOICE_NOT_FOUND');
    if (invoice.status !== 'open') throw appError('INVOICE_NOT_OPEN', { details: { status: invoice.status } });
    return invoice;
  };

  const recordChange = (ctx: TenantTxContext, before: Invoice, after: Invoice, action: string): Invoice => {
    audit.record(ctx, {
      resourceType: 'invoice',
      resourceId: before.id,
      before: auditedInvoice(before),
      after: auditedInvoice(after),
      action,
    });
    return after;
  };

  return {
    /**
     * Reads an open invoice that nobody else can change until the transaction ends.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_OPEN with its status
     */
    lockOpen,

    /**
     * Counts a payment, whose booking is the caller's. The invoice is paid when nothing is due any more.
     * @param amount a positive decimal string in the invoice's currency
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_OPEN, PAYMENT_EXCEEDS_DUE with what is due
     */
    async applyPayment(ctx: TenantTxContext, invoiceId: string, amount: string): Promise<Invoice> {
      const before = await lockOpen(ctx, invoiceId);
      const paid = amountIn(before.currency, amount);
      if (paid.greaterThan(before.amountDue)) {
        throw appError('PAYMENT_EXCEEDS_DUE', { details: { amountDue: before.amountDue } });
      }
      const at = clock.now().toISOString();
      const isPaid = paid.equals(before.amountDue);
      const status: InvoiceStatus = isPaid ? 'paid' : 'open';
      await invoices.settle(ctx, invoiceId, { paid: paid.toFixed(), credited: '0', status, at });
      if (isPaid) {
        const { billingReason } = before;
        events.publish(ctx, 'invoice.paid', invoiceId, { invoiceId, billingReason });
      }
      const text = (value: Parameters<typeof roundMoneyToText>[0]) => roundMoneyToText(value, before.currency);
      const after: Invoice = {
        ...before,
        status,
        amountPaid: text(parseDecimal(before.amountPaid).plus(paid)),
        amountDue: text(parseDecimal(before.amountDue).minus(paid)),
        paidAt: isPaid ? at : before.paidAt,
        updatedAt: at,
        version: before.version + 1,
      };
      return recordChange(ctx, before, after, 'invoice.payment_applied');
    },

    /**
     * Gives up what is due of an open invoice, and books it as a bad debt.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_OPEN
     */
    async writeOff(ctx: TenantTxContext, invoiceId: string): Promise<Invoice> {
      const before = await lockOpen(ctx, invoiceId);
      const now = clock.now();
      const at = now.toISOString();
      await Promise.all([
        invoices.close(ctx, invoiceId, 'uncollectible', at),
        ledger.book(ctx, invoiceWrittenOff(before), now),
      ]);
      events.publish(ctx, 'invoice.written_off', invoiceId, { invoiceId });
      const after: Invoice = {
        ...before,
        status: 'uncollectible',
        writtenOffAt: at,
        updatedAt: at,
        version: before.version + 1,
      };
      return recordChange(ctx, before, after, 'invoice.written_off');
    },
  };
}

/** @throws RangeError for what is no amount of the currency above zero, which is a fault of the caller */
function amountIn(currency: string, amount: string) {
  if (!isDecimalText(amount)) throw new RangeError('No amount of money');
  const value = parseDecimal(amount);
  if (value.lessThanOrEqualTo(0) || !roundMoney(value, currency).equals(value)) {
    throw new RangeError(`No amount of ${currency} above zero`);
  }
  return value;
}
