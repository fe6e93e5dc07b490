import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { Invoice } from '../../types/billing/invoice.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantTxContext } from '../../types/context.ts';
import { parseDecimal } from '../../utils/money.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import { financialYearOf, invoiceSeries } from './invoice-number.ts';
import type { LedgerService } from './ledger.service.ts';
import { invoiceFinalized } from './ledger-postings.ts';

export interface InvoiceFinalizingDeps {
  readonly invoices: Pick<InvoiceRepository, 'reserveNumbers' | 'finalize'>;
  readonly tenants: Pick<TenantService, 'get'>;
  readonly ledger: Pick<LedgerService, 'book'>;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;

/** What finalization gives an invoice. */
export interface Finalization {
  readonly number: string;
  readonly status: 'open' | 'paid';
  readonly issuedAt: string;
  readonly dueAt: string;
}

export type InvoiceFinalizing = ReturnType<typeof createInvoiceFinalizing>;

export function createInvoiceFinalizing({ invoices, tenants, ledger, events, clock }: InvoiceFinalizingDeps) {
  return {
    /**
     * Opens a draft that the transaction made or locked: number, booking and event come with it or not at all. The number is
     * given here and nowhere else, so that the series has no gap. What comes to nothing is paid at once.
     */
    async finalize(ctx: TenantTxContext, draft: Invoice): Promise<Invoice> {
      const { country, timeZone } = await tenants.get(ctx, ctx.scope.tenantId);
      const issuedAt = clock.now();
      const financialYear = financialYearOf(issuedAt, country, timeZone);
      const count = await invoices.reserveNumbers(ctx, invoiceSeries.name, financialYear, 1);
      const given: Finalization = {
        number: invoiceSeries.format(financialYear, count),
        status: statusOf(draft),
        issuedAt: issuedAt.toISOString(),
        dueAt: dueAtOf(draft, issuedAt),
      };
      await Promise.all([invoices.finalize(ctx, draft.id, given), ledger.book(ctx, invoiceFinalized(draft), issuedAt)]);
      const { id, billingReason } = draft;
      events.publish(ctx, 'invoice.finalized', id, { invoiceId: id, billingReason });
      if (given.status === 'paid') events.publish(ctx, 'invoice.paid', id, { invoiceId: id, billingReason });
      return finalized(draft, given);
    },
  };
}

/** An invoice over nothing has nothing to be paid. */
export const statusOf = ({ total }: Pick<Invoice, 'total'>): Finalization['status'] =>
  parseDecimal(total).isZero() ? 'paid' : 'open';

/** When an invoice is due that is issued at a moment, ISO 8601. */
export const dueAtOf = ({ paymentTerms }: Pick<Invoice, 'paymentTerms'>, issuedAt: Date): string =>
  new Date(issuedAt.getTime() + paymentTerms * DAY_MS).toISOString();

const finalized = (draft: Invoice, given: Finalization): Invoice => ({
  ...draft,
  ...given,
  paidAt: given.status === 'paid' ? given.issuedAt : null,
  finalizesAt: null,
  updatedAt: given.issuedAt,
  version: draft.version + 1,
});
