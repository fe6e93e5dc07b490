import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { PaymentGateway } from '../gateways/payments/payment.gateway.ts';
import { createSandboxPaymentGateway } from '../gateways/payments/sandbox-payment.gateway.ts';
import { keyOfSecret } from '../gateways/payments/sandbox-signature.ts';
import { createSandboxStore, type SandboxStore } from '../gateways/payments/sandbox-store.ts';
import { createStripePaymentGateway } from '../gateways/payments/stripe-payment.gateway.ts';
import type { Clock } from '../types/clock.ts';
import type { SandboxPages } from '../types/payments/sandbox-page.ts';
import { deriveKeys } from '../utils/derived-keys.ts';

export interface PaymentGateways {
  /** Takes what is new. */
  readonly current: PaymentGateway;
  /** The gateway of a payment made before; null for one that is not set up any more. */
  of(name: string): PaymentGateway | null;
  /** Null in production, where nothing is played. */
  readonly sandbox: Sandbox | null;
}

interface Sandbox {
  readonly pages: SandboxPages;
  readonly store: SandboxStore;
  readonly webhookKey: Buffer;
}

const SANDBOX_PURPOSE = 'sandbox-webhooks';

/** Every gateway that the settings know; payments of another one than the current one can still be refunded. */
export function createPaymentGateways(settings: Environment, clock: Clock): PaymentGateways {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecrets, STRIPE_API_URL: apiUrl } = settings;
  const stripe =
    secretKey === undefined ? null : createStripePaymentGateway({ secretKey, webhookSecrets, apiUrl, clock });
  const sandbox = settings.NODE_ENV === 'production' ? null : createSandbox(settings, clock);
  const gateways = { stripe, sandbox: sandbox?.gateway ?? null };
  const current = gateways[settings.PAYMENT_GATEWAY];
  if (current === null) throw new Error(`The payment gateway ${settings.PAYMENT_GATEWAY} is not set up`);
  return {
    current,
    of: (name) => (name === 'stripe' || name === 'sandbox' ? gateways[name] : null),
    sandbox: sandbox && { pages: sandbox.gateway, store: sandbox.store, webhookKey: sandbox.webhookKey },
  };
}

function createSandbox(settings: Environment, clock: Clock) {
  const { SANDBOX_WEBHOOK_SECRET: secret, PUBLIC_URL: publicUrl } = settings;
  const webhookKey =
    secret === undefined ? deriveKeys(settings.ENCRYPTION_KEYS, SANDBOX_PURPOSE)[0].export() : keyOfSecret(secret);
  const store = createSandboxStore({ directory: join(settings.VAR_DIRECTORY, 'payment-sandbox') });
  return { gateway: createSandboxPaymentGateway({ store, publicUrl, webhookKey, clock }), store, webhookKey };
}
