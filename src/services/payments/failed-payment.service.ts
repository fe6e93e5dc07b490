import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { ChargeableMethod, Payment, PaymentFilter } from '../../types/payments/payment.ts';
import type { ChargeInput } from './payment.service.ts';

export interface FailedPaymentServiceDeps {
  readonly payments: PaymentRepository;
  readonly charges: { begin(ctx: TenantContext, input: ChargeInput): Promise<string> };
  readonly tx: TransactionRunner;
}

export type FailedPaymentService = ReturnType<typeof createFailedPaymentService>;

/** Payments that failed, and another try. */
export function createFailedPaymentService({ payments, charges, tx }: FailedPaymentServiceDeps) {
  return {
    list(ctx: Context, filter: Omit<PaymentFilter, 'status'>): Promise<Page<Payment>> {
      return payments.list(ctx, { ...filter, status: 'failed' });
    },

    /**
     * Begins another payment of the same invoice: of the latest one only, as everything before has been tried again already.
     * @returns the id of the new payment
     * @throws AppError PAYMENT_NOT_FOUND, PAYMENT_NOT_FAILED, PAYMENT_SUPERSEDED, PAYMENT_METHOD_NEEDED where the same method
     *   can't succeed or may not be charged again; and what the begin of a charge throws
     */
    async beginRetry(ctx: TenantContext, id: string, paymentMethodId: string | undefined): Promise<string> {
      return tx.run(ctx, async (txCtx) => {
        const failed = await payments.findById(txCtx, id);
        if (failed === null) throw appError('PAYMENT_NOT_FOUND');
        const { invoiceId } = failed;
        if (failed.status !== 'failed' || invoiceId === null) throw appError('PAYMENT_NOT_FAILED');
        await payments.lockInvoice(txCtx, invoiceId);
        if (await payments.hasNewerPayment(txCtx, invoiceId, failed)) throw appError('PAYMENT_SUPERSEDED');
        const used = failed.paymentMethodId === null ? null : await payments.findMethod(txCtx, failed.paymentMethodId);
        if (isSame(used, paymentMethodId) && !mayTryAgain(failed, used)) throw appError('PAYMENT_METHOD_NEEDED');
        return charges.begin(txCtx, { invoiceId, paymentMethodId: paymentMethodId ?? used?.id, retryOfId: id });
      });
    },
  };
}

const isSame = (used: ChargeableMethod | null, asked: string | undefined): boolean =>
  asked === undefined || asked === used?.id;

/** A hard decline comes again, and cards that were issued in India are not charged again without their holder. */
const mayTryAgain = (failed: Payment, used: ChargeableMethod | null): boolean =>
  used !== null && failed.failureClass !== 'hard' && !(used.kind === 'card' && used.country === 'IN');
