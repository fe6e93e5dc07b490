import Stripe from 'stripe';
import { type CircuitBreakerOptions, createCircuitBreaker, isCircuitOpen } from '../../utils/circuit-breaker.ts';
import { PaymentGatewayError } from './payment.gateway.ts';

export interface StripeClientOptions {
  readonly secretKey: string;
  /** Where Stripe's API is, for tests: `http://127.0.0.1:12111`. */
  readonly apiUrl?: string | undefined;
  /** Milliseconds for one attempt. */
  readonly timeoutMs?: number | undefined;
  /** Attempts of the SDK after the first one, with growing pauses, all under one idempotency key. */
  readonly retries?: number | undefined;
  readonly circuitBreaker?: CircuitBreakerOptions | undefined;
}

/** Stripe itself is in trouble, or out of reach; whatever else it answers, it works. */
const isOutage = (error: Error): boolean =>
  error instanceof Stripe.errors.StripeConnectionError || error instanceof Stripe.errors.StripeAPIError;

/** Another attempt may fare better: after an outage, and once the operator has mended the key. */
const isRetryable = (error: unknown): boolean =>
  !(error instanceof Stripe.errors.StripeInvalidRequestError || error instanceof Stripe.errors.StripeIdempotencyError);

const addressOf = (apiUrl: string | undefined): Stripe.StripeConfig => {
  if (apiUrl === undefined) return {};
  const { hostname, port, protocol } = new URL(apiUrl);
  const isPlain = protocol === 'http:';
  return { host: hostname, port: port || (isPlain ? '80' : '443'), protocol: isPlain ? 'http' : 'https' };
};

/** What the SDK says when it failed; its `raw` may hold what was sent, and stays here. */
export const toGatewayError = (error: unknown): PaymentGatewayError => {
  if (error instanceof PaymentGatewayError) return error;
  if (isCircuitOpen(error)) return new PaymentGatewayError('Stripe is down: not tried', { retryable: true });
  if (!(error instanceof Stripe.errors.StripeError))
    return new PaymentGatewayError('Stripe failed', { retryable: true, cause: error });
  const { type, code, statusCode, requestId } = error;
  const told = [type, code, statusCode, requestId].filter((part) => part !== undefined).join(' ');
  return new PaymentGatewayError(`Stripe failed: ${told}`, { retryable: isRetryable(error) });
};

/** Stripe's SDK with bounded time and retries, behind a circuit breaker. */
export function createStripeClient(options: StripeClientOptions) {
  const { secretKey, apiUrl, timeoutMs = 20_000, retries = 2 } = options;
  const stripe = new Stripe(secretKey, {
    ...addressOf(apiUrl),
    timeout: timeoutMs,
    maxNetworkRetries: retries,
    telemetry: false,
  });
  const breaker = createCircuitBreaker({ ...options.circuitBreaker, isOutage });
  return {
    /** For what needs no network. */
    webhooks: stripe.webhooks,
    /** @throws whatever the SDK throws, or what the open circuit does */
    run: <Result>(call: (sdk: Stripe) => Promise<Result>): Promise<Result> => breaker.run(() => call(stripe)),
  };
}

export type StripeClient = ReturnType<typeof createStripeClient>;
