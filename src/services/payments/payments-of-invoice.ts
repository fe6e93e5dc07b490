import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import { rescoped, tenantScope } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';
import type { InvoicePayments } from '../billing/invoice-payments.ts';

/** In a transaction of the tenant the context stays the transaction's. */
const onRowsOf = ({ scope, ...ctx }: Context, tenantId: TenantId): TenantContext =>
  scope.kind === 'tenant' ? { ...ctx, scope } : rescoped({ ...ctx, scope }, tenantScope(tenantId));

/** Tells billing what was paid for an invoice. */
export const createPaymentsOfInvoice = ({
  payments,
}: {
  readonly payments: Pick<PaymentRepository, 'listOfInvoice'>;
}): InvoicePayments => ({
  async list(ctx, tenantId, invoiceId) {
    const made = await payments.listOfInvoice(onRowsOf(ctx, tenantId), invoiceId);
    return made.map(({ id, status, gateway, method, currency, amount, amountRefunded, capturedAt, createdAt }) => ({
      id,
      status,
      gateway,
      method,
      currency,
      amount,
      amountRefunded,
      capturedAt,
      createdAt,
    }));
  },
});
