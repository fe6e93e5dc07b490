import type { Context } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';

/** A payment of an invoice, as the invoice shows it. */
export interface InvoicePayment {
  readonly id: string;
  readonly status: 'pending' | 'processing' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
  readonly gateway: string;
  readonly method: string;
  readonly currency: string;
  readonly amount: string;
  readonly amountRefunded: string;
  readonly capturedAt: string | null;
  readonly createdAt: string;
}

/** What billing asks of whoever takes payments. */
export interface InvoicePayments {
  /** The payments of an invoice, oldest first. */
  list(ctx: Context, tenantId: TenantId, invoiceId: string): Promise<readonly InvoicePayment[]>;
}

/** An installation that takes no payments. */
export const noInvoicePayments: InvoicePayments = { list: async () => [] };

const OPEN: ReadonlySet<InvoicePayment['status']> = new Set(['pending', 'processing', 'requires_action']);

/** Whether money may still come in for the invoice. */
export const isBeingPaid = (payments: readonly InvoicePayment[]): boolean =>
  payments.some(({ status }) => OPEN.has(status));
