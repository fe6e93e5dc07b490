import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import { type PaymentGateway, PaymentGatewayError } from '../../gateways/payments/payment.gateway.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { CheckoutRepository } from '../../repositories/payments/checkout.repository.ts';
import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Checkout, NewCheckout } from '../../types/payments/checkout.ts';
import { currencyExponent } from '../../utils/currencies.ts';
import { ExactDecimal } from '../../utils/money.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import { type CheckoutAddressRules, requireAllowedAddresses } from './checkout-addresses.ts';
import type { AppliedCharge, OutcomeService } from './outcome.service.ts';
import { type GatewayOf, lockPayable } from './payment.service.ts';
import { askedAmount } from './payment-amount.ts';

export interface CheckoutServiceDeps {
  readonly checkouts: CheckoutRepository;
  readonly payments: Pick<PaymentRepository, 'lockInvoice' | 'hasOpenPayment' | 'addAttempt'>;
  readonly outcomes: Pick<OutcomeService, 'applyChargeOutcome'>;
  readonly tenants: Pick<TenantService, 'get'>;
  /** Takes what is new. */
  readonly gateway: Pick<PaymentGateway, 'name'>;
  readonly gatewayOf: GatewayOf;
  readonly addresses: CheckoutAddressRules;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

interface PageInput {
  readonly payerName: string | null;
  readonly payerEmail: string | null;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly expiresInMinutes: number;
}

/** Pays what is due of an invoice, or an amount that the tenant collects. */
export type CheckoutInput = PageInput &
  (
    | { readonly invoiceId: string }
    | {
        readonly invoiceId?: undefined;
        readonly amount: string;
        /** The tenant's own where none is named; no other one is taken. */
        readonly currency?: string | undefined;
        readonly description: string;
      }
  );

/** Gateways take no more in one payment than eight digits of the smallest unit. */
const MOST_MINOR_UNITS = 99_999_999;
const MINUTE_MS = 60_000;
/** A page that is open for less is not offered again. */
const REUSABLE_MS = 5 * MINUTE_MS;

const REFUSED: AppliedCharge = {
  status: 'canceled',
  gatewayPaymentId: null,
  failure: { code: 'gateway_refused', message: 'The gateway does not take the request.', class: 'gateway' },
  fee: null,
  response: {},
};

type Asked = Pick<NewCheckout, 'purpose' | 'invoiceId' | 'currency' | 'amount' | 'description'>;

export type CheckoutService = ReturnType<typeof createCheckoutService>;

/**
 * Payments on a page of the gateway, in two phases (docs/adr/0013-money.md): `begin` writes payment and page, `finish` has the
 * gateway make it, under a key that is the payment's id. Whoever repeats `finish` gets the same page.
 */
export function createCheckoutService(deps: CheckoutServiceDeps) {
  const { checkouts, payments, outcomes, tenants, gateway, gatewayOf, addresses, tx, audit, clock } = deps;

  /** @throws AppError PAYMENT_CURRENCY_REFUSED, PAYMENT_AMOUNT_REFUSED */
  const collectionOf = async (ctx: TenantTxContext, input: CheckoutInput): Promise<Asked> => {
    if (input.invoiceId !== undefined) throw new Error('An invoice is no collection');
    const { currency } = await tenants.get(ctx, ctx.scope.tenantId);
    const amount = askedAmount(input, currency);
    return { purpose: 'collection', invoiceId: null, currency, amount, description: input.description };
  };

  const invoiceOf = async (ctx: TenantTxContext, invoiceId: string): Promise<Asked> => {
    const { currency, amountDue, number } = await lockPayable(ctx, payments, invoiceId);
    const description = `Invoice ${number ?? invoiceId}`;
    return { purpose: 'invoice', invoiceId, currency, amount: amountDue, description };
  };

  /** Somebody who comes back from the page without having paid goes on with it. */
  const openPageOf = async (ctx: TenantTxContext, invoiceId: string, input: PageInput): Promise<Checkout | null> => {
    const invoice = await payments.lockInvoice(ctx, invoiceId);
    if (invoice === null) return null;
    const openAt = new Date(clock.now().getTime() + REUSABLE_MS).toISOString();
    return checkouts.findOpen(ctx, { ...input, invoiceId, amount: invoice.amountDue, openAt });
  };

  const begun = async (ctx: TenantTxContext, input: CheckoutInput): Promise<string> => {
    const { invoiceId, payerName, payerEmail, successUrl, cancelUrl, expiresInMinutes } = input;
    const open = invoiceId === undefined ? null : await openPageOf(ctx, invoiceId, input);
    if (open !== null) {
      const after = { paymentId: open.paymentId, invoiceId, reused: true };
      audit.record(ctx, { resourceType: 'checkout', resourceId: open.id, after });
      return open.id;
    }
    const asked = await (invoiceId === undefined ? collectionOf(ctx, input) : invoiceOf(ctx, invoiceId));
    requireAtMost(asked);
    const now = clock.now();
    const checkout = {
      ...{ ...asked, id: uuidv7(), paymentId: uuidv7(), gateway: gateway.name },
      ...{ payerName, payerEmail, successUrl, cancelUrl, createdAt: now.toISOString() },
      expiresAt: new Date(now.getTime() + expiresInMinutes * MINUTE_MS).toISOString(),
    };
    await checkouts.insert(ctx, checkout);
    const after = { ...asked, paymentId: checkout.paymentId, expiresAt: checkout.expiresAt };
    audit.record(ctx, { resourceType: 'checkout', resourceId: checkout.id, after });
    return checkout.id;
  };

  const get = async (ctx: TenantContext, id: string): Promise<Checkout> =>
    invariant(await checkouts.find(ctx, id), 'A page that was begun is there');

  /** Nobody will ever pay on it: its invoice is free for another payment. */
  const giveUp = async (ctx: TenantContext, { paymentId }: Checkout): Promise<void> => {
    await tx.run(ctx, async (txCtx) => {
      await outcomes.applyChargeOutcome(txCtx, paymentId, REFUSED, 'checkout');
      await checkouts.close(txCtx, paymentId, 'expired');
    });
  };

  const ask = async (ctx: TenantContext, checkout: Checkout) => {
    const { id, paymentId, tenantId, invoiceId, amount, currency, payerEmail, successUrl, cancelUrl } = checkout;
    const driver = gatewayOf(checkout.gateway);
    const details = { paymentId };
    if (driver === null) throw appError('PAYMENT_GATEWAY_UNAVAILABLE', { details });
    try {
      return await driver.createCheckout({
        ...{ idempotencyKey: paymentId, amount, currency, payerEmail, successUrl, cancelUrl },
        description: checkout.description ?? 'Payment',
        expiresAt: new Date(checkout.expiresAt),
        metadata: { tenantId, paymentId, checkoutId: id, ...(invoiceId !== null && { invoiceId }) },
      });
    } catch (error) {
      if (!(error instanceof PaymentGatewayError)) throw error;
      if (error.retryable) throw appError('PAYMENT_GATEWAY_UNAVAILABLE', { details, cause: error });
      await giveUp(ctx, checkout);
      throw appError('PAYMENT_GATEWAY_REFUSED', { details, cause: error });
    }
  };

  return {
    /**
     * Writes what will be paid. An invoice that has an open page like it keeps that one.
     * @returns the id of the page
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_OPEN, PAYMENT_IN_PROGRESS, PAYMENT_AMOUNT_REFUSED,
     *   PAYMENT_CURRENCY_REFUSED, CHECKOUT_ADDRESS_REFUSED
     */
    begin(ctx: TenantContext, input: CheckoutInput): Promise<string> {
      const { successUrl, cancelUrl } = input;
      requireAllowedAddresses({ successUrl, cancelUrl }, addresses);
      return tx.run(ctx, (txCtx) => begun(txCtx, input));
    },

    /**
     * Has the gateway make the page that was begun; once it did, the page is answered as it is.
     * @throws AppError PAYMENT_GATEWAY_UNAVAILABLE to be repeated, PAYMENT_GATEWAY_REFUSED, CHECKOUT_EXPIRED
     */
    async finish(ctx: TenantContext, id: string): Promise<Checkout> {
      const checkout = await get(ctx, id);
      if (checkout.url !== null) return checkout;
      if (checkout.status !== 'open' || checkout.paymentStatus !== 'pending') throw appError('CHECKOUT_EXPIRED');
      const { gatewaySessionId, url, expiresAt } = await ask(ctx, checkout);
      await tx.run(ctx, async (txCtx) => {
        await checkouts.setPage(txCtx, id, { gatewaySessionId, url, expiresAt: expiresAt.toISOString() });
        await payments.addAttempt(txCtx, checkout.paymentId, {
          ...{ operation: 'checkout', outcome: 'pending', response: { id: gatewaySessionId } },
          createdAt: clock.now().toISOString(),
        });
      });
      return get(ctx, id);
    },
  };
}

/** @throws AppError PAYMENT_AMOUNT_REFUSED */
function requireAtMost({ amount, currency }: Pick<Asked, 'amount' | 'currency'>): void {
  const minor = new ExactDecimal(amount).times(new ExactDecimal(10).pow(currencyExponent(currency)));
  if (minor.greaterThan(MOST_MINOR_UNITS)) throw appError('PAYMENT_AMOUNT_REFUSED');
}
