import type { Clock } from '../../types/clock.ts';
import type { SandboxPage, SandboxPages } from '../../types/payments/sandbox-page.ts';
import { ExactDecimal } from '../../utils/money.ts';
import {
  type GatewayEvent,
  type PaymentGateway,
  PaymentGatewayError,
  UnknownPaymentMethodError,
} from './payment.gateway.ts';
import {
  chargeIdOf,
  chargeOutcomeAt,
  type DueEvent,
  eventIdOf,
  eventsOfCharge,
  eventsOfRefund,
  refundIdOf,
  refundOutcomeAt,
  sessionIdOf,
} from './sandbox-outcomes.ts';
import { SandboxCharge, SandboxDecision, SandboxEvent, SandboxRefund, SandboxSession } from './sandbox-records.ts';
import { checkSignature } from './sandbox-signature.ts';
import type { SandboxStore } from './sandbox-store.ts';
import { behaviourOf } from './sandbox-tokens.ts';

export interface SandboxPaymentGatewayDeps {
  readonly store: SandboxStore;
  /** Where this installation serves its pages. */
  readonly publicUrl: string;
  /** Signs its events. */
  readonly webhookKey: Buffer;
  readonly clock: Clock;
}

type Page = SandboxSession & Pick<SandboxPage, 'id' | 'state'>;

const SESSION_ID = /^sandbox_cs_[0-9a-f]{24}$/;

/** Pays on pages. */
const PAGE_TOKEN = 'pm_sandbox_success';

const sameRequest = (one: object, other: object, ...names: readonly string[]): boolean => {
  const [first, second] = [Object.entries(one), new Map(Object.entries(other))];
  return first.every(
    ([name, value]) => !names.includes(name) || JSON.stringify(value) === JSON.stringify(second.get(name)),
  );
};

/** As gateways do: a key that comes with another request was used by mistake. */
function expectSame(one: object, other: object, ...names: readonly string[]): void {
  if (!sameRequest(one, other, ...names))
    throw new PaymentGatewayError('This idempotency key belongs to another request', { retryable: false });
}

/**
 * A payment gateway without an account, for development, demos and tests. Tokens say what becomes of a payment
 * (docs/payments.md); events are posted to our own inbox, signed, when they are due. All it knows is in its store.
 */
export function createSandboxPaymentGateway(deps: SandboxPaymentGatewayDeps): PaymentGateway & SandboxPages {
  const { store, publicUrl, webhookKey, clock } = deps;

  /** Before the record of what they tell: killed in between, whoever repeats the key has them posted again, under their ids. */
  const announce = async (events: readonly DueEvent[], unlessDecided: string | null = null): Promise<void> => {
    for (const { event, dueAt } of events)
      await store.schedule({ id: event.id, body: JSON.stringify(event), attempt: 1, unlessDecided }, dueAt);
  };

  const keepCharge = async (charge: SandboxCharge): Promise<SandboxCharge> => {
    const id = chargeIdOf(charge.idempotencyKey);
    const known = await store.find('charges', id, SandboxCharge);
    if (known !== null) return known;
    await announce(eventsOfCharge(charge));
    return store.keepFirst('charges', id, SandboxCharge, charge);
  };

  const stateOf = (session: SandboxSession, decision: SandboxDecision | null): Page['state'] => {
    if (decision !== null) return decision.choice === 'pay' ? 'paid' : 'canceled';
    return clock.now() < new Date(session.expiresAt) ? 'open' : 'expired';
  };

  const findPage = async (sessionId: string): Promise<Page | null> => {
    if (!SESSION_ID.test(sessionId)) return null;
    const session = await store.find('sessions', sessionId, SandboxSession);
    if (session === null) return null;
    const decision = await store.find('decisions', sessionId, SandboxDecision);
    return { ...session, id: sessionId, state: stateOf(session, decision) };
  };

  const ended = (page: Pick<Page, 'id' | 'metadata'>, occurredAt: Date): GatewayEvent => ({
    ...{ id: eventIdOf(page.id, 'checkout.expired'), type: 'checkout.expired', occurredAt },
    ...{ kind: 'checkout', metadata: page.metadata, gatewaySessionId: page.id, status: 'expired', outcome: null },
  });

  const pay = async (page: Page, decidedAt: string): Promise<void> => {
    const { amount, currency, idempotencyKey, metadata } = page;
    const asked = { amount, currency, idempotencyKey, gatewayMethodId: PAGE_TOKEN, metadata, chargedAt: decidedAt };
    const outcome = chargeOutcomeAt(await keepCharge(asked), new Date(decidedAt));
    const told = { id: eventIdOf(page.id, 'checkout.completed'), type: 'checkout.completed', metadata };
    const dueAt = new Date(decidedAt);
    const event: GatewayEvent = {
      ...{ ...told, kind: 'checkout', occurredAt: dueAt, gatewaySessionId: page.id, status: 'complete', outcome },
    };
    await announce([{ event, dueAt }]);
  };

  return {
    name: 'sandbox',

    async charge({ idempotencyKey, gatewayMethodId, amount, currency, metadata }) {
      const behaviour = behaviourOf(gatewayMethodId);
      if (behaviour === undefined) throw new UnknownPaymentMethodError('The sandbox does not know this payment method');
      if (behaviour.answer === 'unavailable')
        throw new PaymentGatewayError('The sandbox plays a gateway that is away', { retryable: true });
      const asked = { idempotencyKey, gatewayMethodId, amount, currency, metadata: { ...metadata } };
      const charge = await keepCharge({ ...asked, chargedAt: clock.now().toISOString() });
      expectSame(asked, charge, 'amount', 'currency', 'gatewayMethodId');
      if (behaviour.answer === 'lost')
        throw new PaymentGatewayError('The sandbox plays a gateway whose answer gets lost', { retryable: true });
      return chargeOutcomeAt(charge, clock.now());
    },

    async findCharge(idempotencyKey) {
      const charge = await store.find('charges', chargeIdOf(idempotencyKey), SandboxCharge);
      return charge === null ? null : chargeOutcomeAt(charge, clock.now());
    },

    async createCheckout({ successUrl, cancelUrl, expiresAt, payerEmail, description, metadata, ...request }) {
      const { idempotencyKey, amount, currency } = request;
      const id = sessionIdOf(idempotencyKey);
      const addresses = { successUrl, cancelUrl, expiresAt: expiresAt.toISOString() };
      const asked = {
        idempotencyKey,
        amount,
        currency,
        description,
        payerEmail,
        metadata: { ...metadata },
        ...addresses,
      };
      const known = await store.find('sessions', id, SandboxSession);
      if (known === null)
        await announce([{ event: ended({ id, metadata: asked.metadata }, expiresAt), dueAt: expiresAt }], id);
      const session = known ?? (await store.keepFirst('sessions', id, SandboxSession, asked));
      expectSame(asked, session, 'amount', 'currency');
      const url = new URL(`/sandbox/checkout/${id}`, publicUrl).href;
      return { gatewaySessionId: id, url, expiresAt: new Date(session.expiresAt) };
    },

    async refund({ idempotencyKey, gatewayPaymentId, amount, currency, metadata }) {
      const charge = await store.find('charges', gatewayPaymentId, SandboxCharge);
      if (charge === null || charge.currency !== currency || new ExactDecimal(amount).greaterThan(charge.amount))
        throw new PaymentGatewayError('The sandbox has no such charge to refund', { retryable: false });
      const asked = { idempotencyKey, gatewayPaymentId, amount, currency, metadata: { ...metadata } };
      const id = refundIdOf(idempotencyKey);
      const known = await store.find('refunds', id, SandboxRefund);
      const made = { ...asked, refundedAt: clock.now().toISOString() };
      if (known === null) await announce(eventsOfRefund(made, charge));
      const refund = known ?? (await store.keepFirst('refunds', id, SandboxRefund, made));
      expectSame(asked, refund, 'amount', 'currency', 'gatewayPaymentId');
      return refundOutcomeAt(refund, charge, clock.now());
    },

    async describeMethod(token) {
      const behaviour = behaviourOf(token);
      if (behaviour === undefined) throw new UnknownPaymentMethodError('The sandbox does not know this payment method');
      const { kind = 'card', country = 'US', brand = 'visa' } = behaviour.method ?? {};
      const isCard = kind === 'card';
      return {
        ...{ gatewayCustomerId: null, gatewayMethodId: token, kind, brand, country },
        ...{ lastFour: isCard ? '4242' : null, expiryMonth: isCard ? 12 : null },
        expiryYear: isCard ? clock.now().getUTCFullYear() + 4 : null,
      };
    },

    readEvent(rawBody, headers) {
      checkSignature(webhookKey, rawBody, headers, clock.now());
      return SandboxEvent.parse(JSON.parse(rawBody.toString('utf8')));
    },

    parseEvent: (rawBody) => SandboxEvent.parse(JSON.parse(rawBody.toString('utf8'))),

    findPage,

    async decide(sessionId, choice) {
      const page = await findPage(sessionId);
      if (page === null || page.state === 'expired') return page;
      const decision = { choice, decidedAt: clock.now().toISOString() };
      const first = await store.keepFirst('decisions', sessionId, SandboxDecision, decision);
      const decidedAt = new Date(first.decidedAt);
      if (first.choice === 'pay') await pay(page, first.decidedAt);
      else await announce([{ event: ended(page, decidedAt), dueAt: decidedAt }]);
      return findPage(sessionId);
    },
  };
}
