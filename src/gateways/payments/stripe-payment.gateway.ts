import Stripe from 'stripe';
import type { Clock } from '../../types/clock.ts';
import type { GatewayMethod } from '../../types/payments/gateway.ts';
import {
  type ChargeOutcome,
  type PaymentGateway,
  PaymentGatewayError,
  PaymentSignatureError,
  UnknownPaymentMethodError,
} from './payment.gateway.ts';
import { toStripeAmount } from './stripe-amounts.ts';
import { createStripeClient, type StripeClientOptions, toGatewayError } from './stripe-client.ts';
import { declineClassOf } from './stripe-declines.ts';
import { toGatewayEvent } from './stripe-events.ts';
import { isUndecidedCheckout, toChargeOutcome, toRefundOutcome, VIA_CHECKOUT } from './stripe-outcomes.ts';

export interface StripePaymentGatewayDeps extends StripeClientOptions {
  /** `whsec_…` of the endpoint; the former one as well while it is rotated. */
  readonly webhookSecrets: readonly string[];
  readonly clock: Clock;
}

/** How old an event may be when it comes in: Stripe signs each delivery anew. */
const TOLERANCE_SECONDS = 300;
const WITH_FEE = { expand: ['latest_charge.balance_transaction'] };
/** How many of the latest charges are looked through where Stripe's search is not to be had. */
const LOOKED_THROUGH = 1000;

const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing';

/** A token that Stripe can not use: unknown, of the wrong kind, or used up. */
const isUnusable = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && (isMissing(error) || error.param === 'payment_method');

/** A decline is an answer; where Stripe made no PaymentIntent it has no id, and the error is one of the request. */
function declineOf(error: unknown): ChargeOutcome | null {
  if (!(error instanceof Stripe.errors.StripeCardError) || error.payment_intent === undefined) return null;
  const { decline_code: declineCode, code, message, payment_intent: intent } = error;
  const outcome = toChargeOutcome(intent);
  return {
    ...outcome,
    status: 'failed',
    failure: { code: declineCode || code || 'declined', message, class: declineClassOf(declineCode, code) },
  };
}

/**
 * Payments by Stripe, through its SDK. A request that may have reached Stripe is sent again under its key only. While Stripe
 * is down a circuit breaker fails calls at once.
 */
export function createStripePaymentGateway({
  webhookSecrets,
  clock,
  ...options
}: StripePaymentGatewayDeps): PaymentGateway {
  const client = createStripeClient(options);

  const ask = async <Result>(call: (sdk: Stripe) => Promise<Result>): Promise<Result> => {
    try {
      return await client.run(call);
    } catch (error) {
      throw toGatewayError(error);
    }
  };

  const askOfMethod = async <Result>(call: (sdk: Stripe) => Promise<Result>): Promise<Result> => {
    try {
      return await client.run(call);
    } catch (error) {
      if (isUnusable(error)) throw new UnknownPaymentMethodError('Stripe does not know this payment method');
      throw toGatewayError(error);
    }
  };

  /** By what we gave it along. Stripe's search is not to be had in every country, and up to a minute behind. */
  const findByPaymentId = async (paymentId: string): Promise<Stripe.PaymentIntent | undefined> => {
    try {
      const query = `metadata['paymentId']:'${paymentId}'`;
      const found = await client.run((sdk) => sdk.paymentIntents.search({ query, limit: 10 }));
      return found.data.find(({ metadata }) => metadata.paymentId === paymentId);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw toGatewayError(error);
    }
    const latest = await ask((sdk) =>
      sdk.paymentIntents.list({ limit: 100 }).autoPagingToArray({ limit: LOOKED_THROUGH }),
    );
    const found = latest.find(({ metadata }) => metadata.paymentId === paymentId);
    if (found === undefined && latest.length === LOOKED_THROUGH)
      throw new PaymentGatewayError('The charge is not among the latest of Stripe', { retryable: true });
    return found;
  };

  const findById = async (id: string): Promise<Stripe.PaymentIntent | undefined> => {
    try {
      return await client.run((sdk) => sdk.paymentIntents.retrieve(id, WITH_FEE));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw toGatewayError(error);
    }
  };

  /** A card on its own can be charged once: only that of a customer can be charged again. */
  const attach = async (method: Stripe.PaymentMethod, tenantId: string): Promise<string> => {
    const customer = await ask((sdk) =>
      sdk.customers.create({ metadata: { tenantId } }, { idempotencyKey: `customer ${tenantId} ${method.id}` }),
    );
    await askOfMethod((sdk) =>
      sdk.paymentMethods.attach(
        method.id,
        { customer: customer.id },
        { idempotencyKey: `attach ${customer.id} ${method.id}` },
      ),
    );
    return customer.id;
  };

  const customerOf = (method: Stripe.PaymentMethod, tenantId: string): Promise<string> | string => {
    const { customer } = method;
    if (customer === null) return attach(method, tenantId);
    const owner = typeof customer === 'string' || 'deleted' in customer ? undefined : customer.metadata.tenantId;
    if (owner !== tenantId) throw new UnknownPaymentMethodError('This payment method belongs to somebody else');
    return typeof customer === 'string' ? customer : customer.id;
  };

  return {
    name: 'stripe',

    async charge({ idempotencyKey, gatewayCustomerId, gatewayMethodId, description, metadata, ...money }) {
      const amount = toStripeAmount(money);
      try {
        const intent = await client.run((sdk) =>
          sdk.paymentIntents.create(
            {
              amount,
              currency: money.currency.toLowerCase(),
              ...(gatewayCustomerId !== null && { customer: gatewayCustomerId }),
              payment_method: gatewayMethodId,
              automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
              confirm: true,
              off_session: true,
              description,
              metadata,
              ...WITH_FEE,
            },
            { idempotencyKey },
          ),
        );
        return toChargeOutcome(intent);
      } catch (error) {
        const declined = declineOf(error);
        if (declined !== null) return declined;
        if (isUnusable(error)) throw new UnknownPaymentMethodError('Stripe does not know this payment method');
        throw toGatewayError(error);
      }
    },

    async findCharge(idempotencyKey, gatewayPaymentId) {
      const intent =
        gatewayPaymentId === null ? await findByPaymentId(idempotencyKey) : await findById(gatewayPaymentId);
      return intent === undefined || isUndecidedCheckout(intent) ? null : toChargeOutcome(intent);
    },

    async createCheckout(request) {
      const { idempotencyKey, description, payerEmail, successUrl, cancelUrl, expiresAt, metadata } = request;
      const unitAmount = toStripeAmount(request);
      const session = await ask((sdk) =>
        sdk.checkout.sessions.create(
          {
            mode: 'payment',
            line_items: [
              {
                quantity: 1,
                price_data: {
                  currency: request.currency.toLowerCase(),
                  unit_amount: unitAmount,
                  product_data: { name: description },
                },
              },
            ],
            success_url: successUrl,
            cancel_url: cancelUrl,
            expires_at: Math.floor(expiresAt.getTime() / 1000),
            ...(payerEmail !== null && { customer_email: payerEmail }),
            metadata,
            payment_intent_data: { description, metadata: { ...metadata, ...VIA_CHECKOUT } },
          },
          { idempotencyKey: `checkout ${idempotencyKey}` },
        ),
      );
      if (session.url === null) throw new PaymentGatewayError('Stripe gave no page', { retryable: false });
      return { gatewaySessionId: session.id, url: session.url, expiresAt: new Date(session.expires_at * 1000) };
    },

    async refund({ idempotencyKey, gatewayPaymentId, metadata, ...money }) {
      const amount = toStripeAmount(money);
      return toRefundOutcome(
        await ask((sdk) =>
          sdk.refunds.create({ payment_intent: gatewayPaymentId, amount, metadata }, { idempotencyKey }),
        ),
      );
    },

    async describeMethod(token, tenantId) {
      const method = await askOfMethod((sdk) => sdk.paymentMethods.retrieve(token, { expand: ['customer'] }));
      return toGatewayMethod(method, await customerOf(method, tenantId));
    },

    readEvent(rawBody, headers) {
      const header = headers['stripe-signature'] ?? '';
      for (const secret of webhookSecrets) {
        try {
          const now = clock.now().getTime();
          return toGatewayEvent(
            client.webhooks.constructEvent(rawBody, header, secret, TOLERANCE_SECONDS, undefined, now),
          );
        } catch (error) {
          if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
        }
      }
      throw new PaymentSignatureError('The signature of the event is wrong, missing or too old');
    },

    parseEvent(rawBody) {
      return toGatewayEvent(client.webhooks.constructEventWithoutVerification(rawBody.toString('utf8')));
    },
  };
}

const kindOf = (type: Stripe.PaymentMethod['type']): GatewayMethod['kind'] => {
  if (type === 'card') return 'card';
  if (type === 'upi') return 'upi';
  return type === 'sepa_debit' || type === 'us_bank_account' || type === 'bacs_debit' || type === 'au_becs_debit'
    ? 'bank_transfer'
    : 'wallet';
};

const toGatewayMethod = (method: Stripe.PaymentMethod, gatewayCustomerId: string): GatewayMethod => ({
  gatewayCustomerId,
  gatewayMethodId: method.id,
  kind: kindOf(method.type),
  brand: method.card?.brand ?? null,
  lastFour: method.card?.last4 ?? method.sepa_debit?.last4 ?? method.us_bank_account?.last4 ?? null,
  expiryMonth: method.card?.exp_month ?? null,
  expiryYear: method.card?.exp_year ?? null,
  country: method.card?.country ?? method.sepa_debit?.country ?? null,
});
