import type { z } from 'zod';
import type { FailedPaymentService } from '../../services/payments/failed-payment.service.ts';
import type { InvoicePaymentService } from '../../services/payments/invoice-payment.service.ts';
import type { PaymentService } from '../../services/payments/payment.service.ts';
import type { RefundService } from '../../services/payments/refund.service.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { Payment, PaymentDetails, Refund } from '../../types/payments/payment.ts';
import type {
  CreateRefundRequest,
  ListFailedPaymentsQuery,
  ListPaymentsQuery,
  ListRefundsQuery,
  PayInvoiceRequest,
  PaymentDetailsResponse,
  RetryPaymentRequest,
} from '../../validators/payments/payment.schema.ts';

type DetailsAnswer = z.input<typeof PaymentDetailsResponse>;

export interface PaymentControllerDeps {
  readonly charges: PaymentService;
  readonly failedPayments: FailedPaymentService;
  readonly invoicePayments: InvoicePaymentService;
  readonly refunds: RefundService;
}

export type PaymentController = ReturnType<typeof createPaymentController>;

export function createPaymentController({ charges, failedPayments, invoicePayments, refunds }: PaymentControllerDeps) {
  return {
    list(ctx: Context, query: z.output<typeof ListPaymentsQuery>): Promise<Page<Payment>> {
      return charges.list(ctx, query);
    },

    listOfTenant(ctx: Context, id: string, query: z.output<typeof ListPaymentsQuery>): Promise<Page<Payment>> {
      return charges.listOfTenant(ctx, id, query);
    },

    async get(ctx: Context, id: string): Promise<DetailsAnswer> {
      return toDetailsAnswer(await charges.getDetails(ctx, id));
    },

    listFailed(ctx: Context, query: z.output<typeof ListFailedPaymentsQuery>): Promise<Page<Payment>> {
      return failedPayments.list(ctx, query);
    },

    beginRetry(ctx: TenantContext, id: string, body: z.output<typeof RetryPaymentRequest>): Promise<string> {
      return failedPayments.beginRetry(ctx, id, body.paymentMethodId);
    },

    beginPayment(ctx: TenantContext, id: string, body: z.output<typeof PayInvoiceRequest>): Promise<string> {
      return invoicePayments.begin(ctx, id, body);
    },

    finishPayment(ctx: TenantContext, id: string): Promise<Payment> {
      return charges.finish(ctx, id);
    },

    listRefunds(ctx: Context, query: z.output<typeof ListRefundsQuery>): Promise<Page<Refund>> {
      return refunds.list(ctx, query);
    },

    beginRefund(ctx: TenantContext, body: z.output<typeof CreateRefundRequest>): Promise<string> {
      return refunds.begin(ctx, body);
    },

    finishRefund(ctx: TenantContext, id: string): Promise<Refund> {
      return refunds.finish(ctx, id);
    },
  };
}

const toDetailsAnswer = ({ attempts, refunds, disputes, ...payment }: PaymentDetails): DetailsAnswer => ({
  ...payment,
  attempts: attempts.map((attempt) => ({ ...attempt, response: { ...attempt.response } })),
  refunds: [...refunds],
  disputes: disputes.map(({ tenantId: _tenantId, paymentId: _paymentId, ...dispute }) => dispute),
});
