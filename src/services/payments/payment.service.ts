import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import {
  type PaymentGateway,
  PaymentGatewayError,
  UnknownPaymentMethodError,
} from '../../gateways/payments/payment.gateway.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { RefundRepository } from '../../repositories/payments/refund.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  ChargeableMethod,
  PayableInvoice,
  Payment,
  PaymentDetails,
  PaymentFilter,
} from '../../types/payments/payment.ts';
import { ExactDecimal } from '../../utils/money.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { onTenantRows } from '../tenancy/tenant-rows.ts';
import type { AppliedCharge, OutcomeService } from './outcome.service.ts';

/** The gateways of this installation; null for one that is not set up. */
export type GatewayOf = (name: string) => PaymentGateway | null;

export interface PaymentServiceDeps {
  readonly payments: PaymentRepository;
  readonly refunds: Pick<RefundRepository, 'listOfPayment' | 'listDisputesOfPayment'>;
  readonly outcomes: Pick<OutcomeService, 'applyChargeOutcome'>;
  readonly gatewayOf: GatewayOf;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

export interface ChargeInput {
  readonly invoiceId: string;
  /** The method of the invoice's subscription, or the tenant's default, where none is named. */
  readonly paymentMethodId?: string | undefined;
  readonly retryOfId?: string | undefined;
}

export type PaymentService = ReturnType<typeof createPaymentService>;

/**
 * Payments through a gateway, in three phases (docs/adr/0013-money.md): `begin` writes what will be asked, `finish` asks and
 * writes the answer. Killed in between, `finish` goes on: the gateway knows the payment by its id.
 */
export function createPaymentService(deps: PaymentServiceDeps) {
  const { payments, refunds, outcomes, gatewayOf, tx, audit, clock } = deps;

  const get = async (ctx: Context, id: string): Promise<Payment> => {
    const payment = await payments.findById(ctx, id);
    if (payment === null) throw appError('PAYMENT_NOT_FOUND');
    return payment;
  };

  /** @throws AppError PAYMENT_METHOD_NOT_FOUND, PAYMENT_METHOD_NEEDED */
  const methodFor = async (
    ctx: TenantTxContext,
    invoice: PayableInvoice,
    id: string | undefined,
  ): Promise<ChargeableMethod> => {
    const method = await (id === undefined ? payments.findMethodFor(ctx, invoice) : payments.findMethod(ctx, id));
    if (method === null) throw appError(id === undefined ? 'PAYMENT_METHOD_NEEDED' : 'PAYMENT_METHOD_NOT_FOUND');
    if (gatewayOf(method.gateway) === null) throw appError('PAYMENT_GATEWAY_UNAVAILABLE');
    return method;
  };

  const ask = async (ctx: TenantContext, payment: Payment, gateway: PaymentGateway): Promise<AppliedCharge> => {
    const { id, tenantId, invoiceId, currency, amount, paymentMethodId } = payment;
    const method = paymentMethodId === null ? null : await payments.findMethod(ctx, paymentMethodId);
    // A method that is gone may have been charged before: the gateway knows.
    if (method === null) return (await gateway.findCharge(id, payment.gatewayPaymentId)) ?? METHOD_GONE;
    return gateway.charge({
      idempotencyKey: id,
      amount,
      currency,
      gatewayCustomerId: method.gatewayCustomerId,
      gatewayMethodId: method.gatewayMethodId,
      description: payment.description ?? 'Payment',
      metadata: { tenantId, paymentId: id, ...(invoiceId !== null && { invoiceId }) },
    });
  };

  const answerOf = async (ctx: TenantContext, payment: Payment): Promise<AppliedCharge> => {
    const gateway = gatewayOf(payment.gateway);
    if (gateway === null) throw appError('PAYMENT_GATEWAY_UNAVAILABLE', { details: { paymentId: payment.id } });
    try {
      return await ask(ctx, payment, gateway);
    } catch (error) {
      if (error instanceof UnknownPaymentMethodError) return METHOD_GONE;
      if (!(error instanceof PaymentGatewayError)) throw error;
      if (!error.retryable) return REFUSED;
      throw appError('PAYMENT_GATEWAY_UNAVAILABLE', { details: { paymentId: payment.id }, cause: error });
    }
  };

  const begin = (ctx: TenantContext, { invoiceId, paymentMethodId, retryOfId }: ChargeInput): Promise<string> =>
    tx.run(ctx, async (txCtx) => {
      const invoice = await lockPayable(txCtx, payments, invoiceId);
      const method = await methodFor(txCtx, invoice, paymentMethodId);
      const payment = {
        ...{ id: uuidv7(), purpose: 'invoice' as const, invoiceId, paymentMethodId: method.id },
        ...{ gateway: method.gateway, method: method.kind, retryOfId: retryOfId ?? null },
        ...{ currency: invoice.currency, amount: invoice.amountDue },
        description: `Invoice ${invoice.number ?? invoiceId}`,
        createdAt: clock.now().toISOString(),
      };
      await payments.insert(txCtx, payment);
      const { id, currency, amount } = payment;
      audit.record(txCtx, {
        resourceType: 'payment',
        resourceId: id,
        after: { invoiceId, paymentMethodId: method.id, currency, amount, retryOfId: payment.retryOfId },
      });
      return id;
    });

  const finish = async (ctx: TenantContext, paymentId: string): Promise<Payment> => {
    const payment = await get(ctx, paymentId);
    if (payment.status !== 'pending') return payment;
    const outcome = await answerOf(ctx, payment);
    return tx.run(ctx, (txCtx) => outcomes.applyChargeOutcome(txCtx, paymentId, outcome, 'charge'));
  };

  return {
    get,

    list(ctx: Context, filter: PaymentFilter): Promise<Page<Payment>> {
      return payments.list(ctx, filter);
    },

    /** @throws AppError TENANT_NOT_FOUND for every tenant but the one in context */
    async listOfTenant(ctx: Context, tenantId: string, filter: PaymentFilter): Promise<Page<Payment>> {
      return payments.list(onTenantRows(ctx, tenantId), filter);
    },

    /** A payment with what was asked and answered, and what went back. @throws AppError PAYMENT_NOT_FOUND */
    async getDetails(ctx: Context, id: string): Promise<PaymentDetails> {
      const payment = await get(ctx, id);
      const [attempts, refunded, disputes] = await Promise.all([
        payments.listAttempts(ctx, payment.tenantId, id),
        refunds.listOfPayment(ctx, payment.tenantId, id),
        refunds.listDisputesOfPayment(ctx, payment.tenantId, id),
      ]);
      return { ...payment, attempts, refunds: refunded, disputes };
    },

    /**
     * Writes that what is due of an invoice will be charged. One payment of an invoice is open at a time.
     * @returns the id of the payment
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_OPEN, PAYMENT_IN_PROGRESS, PAYMENT_METHOD_NOT_FOUND, PAYMENT_METHOD_NEEDED
     */
    begin,

    /**
     * Charges what was begun, and writes what came of it; nothing is asked twice. A decline is a payment that failed.
     * @throws AppError PAYMENT_GATEWAY_UNAVAILABLE when nobody knows what came of it: the janitor asks again
     */
    finish,

    /** Both phases in one call. @throws AppError as `begin` and `finish` */
    async charge(ctx: TenantContext, input: ChargeInput): Promise<Payment> {
      return finish(ctx, await begin(ctx, input));
    },

    /**
     * Charges a subscription's invoice when it is finalized. Without a method, or once a payment of it was begun by anybody,
     * nothing is charged; one that this job began and did not end goes on.
     * @returns null where nothing was charged
     */
    async collect(ctx: TenantContext, invoiceId: string): Promise<Payment | null> {
      const invoice = await payments.findInvoice(ctx, invoiceId);
      if (invoice === null || invoice.status !== 'open' || !invoice.billingReason.startsWith('subscription_'))
        return null;
      if (new ExactDecimal(invoice.amountDue).isZero() || (await payments.findMethodFor(ctx, invoice)) === null)
        return null;
      const begun = await tx.run(ctx, async (txCtx) => {
        invariant(await payments.lockInvoice(txCtx, invoiceId), 'Open invoices are not deleted');
        const [first] = await payments.listOfInvoice(txCtx, invoiceId);
        if (first !== undefined) return first.status === 'pending' ? first.id : null;
        return begin(txCtx, { invoiceId });
      });
      return begun === null ? null : finish(ctx, begun);
    },
  };
}

/**
 * An open invoice with something due and no payment under way, locked.
 * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_OPEN, PAYMENT_IN_PROGRESS
 */
export async function lockPayable(
  ctx: TenantTxContext,
  payments: Pick<PaymentRepository, 'lockInvoice' | 'hasOpenPayment'>,
  invoiceId: string,
): Promise<PayableInvoice> {
  const invoice = await payments.lockInvoice(ctx, invoiceId);
  if (invoice === null) throw appError('INVOICE_NOT_FOUND');
  if (invoice.status !== 'open' || new ExactDecimal(invoice.amountDue).isZero()) throw appError('INVOICE_NOT_OPEN');
  if (await payments.hasOpenPayment(ctx, invoiceId)) throw appError('PAYMENT_IN_PROGRESS');
  return invoice;
}

const failed = (code: string, message: string, failureClass: 'hard' | 'gateway'): AppliedCharge => ({
  status: 'failed',
  gatewayPaymentId: null,
  failure: { code, message, class: failureClass },
  fee: null,
  response: {},
});

const METHOD_GONE = failed('payment_method_gone', 'The payment method is no longer there.', 'hard');
const REFUSED = failed('gateway_refused', 'The gateway does not take the request.', 'gateway');
