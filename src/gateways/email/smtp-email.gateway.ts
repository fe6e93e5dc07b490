import { types } from 'node:util';
import { createTransport, type NodemailerError } from 'nodemailer';
import { type CircuitBreakerOptions, createCircuitBreaker, isCircuitOpen } from '../../utils/circuit-breaker.ts';
import { EmailDeliveryError, type EmailGateway } from './email.gateway.ts';
import { composeEmail } from './email-composer.ts';

export interface SmtpEmailGatewayDeps {
  /** `smtps://user:password@host:port` for TLS from the start, `smtp://…` for STARTTLS. */
  readonly url: string;
  /** Refuse to send without TLS. By default required as soon as the URL carries credentials. */
  readonly requireTls?: boolean | undefined;
  readonly maxConnections?: number | undefined;
  /** Milliseconds for the TCP connection, for the server's greeting, and between two signs of life. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for a whole delivery, with the wait for a free connection. */
  readonly deadlineMs?: number | undefined;
  readonly circuitBreaker?: CircuitBreakerOptions | undefined;
}

const serviceUnavailable = 421;

const isNodemailerError = (error: unknown): error is NodemailerError => types.isNativeError(error);

/** A server that answered works, whatever it thought of the message; 421 is its way of saying that it does not. */
const isOutage = (error: NodemailerError): boolean =>
  error.responseCode === undefined || error.responseCode === serviceUnavailable || error.code === 'EAUTH';

/** A 5xx to the envelope or the message refuses that message (RFC 5321, 4.2.1); one to the greeting or to AUTH refuses us. */
const isPermanent = (error: NodemailerError): boolean =>
  error.permanent === true && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE');

function toDeliveryError(error: unknown): EmailDeliveryError {
  if (isCircuitOpen(error)) {
    return new EmailDeliveryError('The mail server is down: not tried', { permanent: false, cause: error });
  }
  if (!isNodemailerError(error)) return new EmailDeliveryError('Delivery failed', { permanent: false, cause: error });
  return new EmailDeliveryError(error.message, { permanent: isPermanent(error), cause: error });
}

function connectionOptions({ url, requireTls }: SmtpEmailGatewayDeps) {
  const { protocol, hostname, port, username, password } = new URL(url);
  if (protocol !== 'smtp:' && protocol !== 'smtps:')
    throw new TypeError('the URL of a mail server begins with smtp:// or smtps://');
  const auth = username === '' ? undefined : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? undefined : Number(port),
    secure: protocol === 'smtps:',
    requireTLS: protocol === 'smtp:' && (requireTls ?? auth !== undefined),
    auth,
  };
}

/**
 * Sends by SMTP over a pool of connections. Server certificates are verified. A 5xx to the message is permanent; 4xx, time-outs,
 * refused connections and rejected credentials are transient. While the server is down a circuit breaker fails calls at once.
 * @throws TypeError if the URL is none of a mail server
 */
export function createSmtpEmailGateway(deps: SmtpEmailGatewayDeps): EmailGateway {
  const { maxConnections = 5, timeoutMs = 10_000, deadlineMs = 60_000 } = deps;
  const transport = createTransport({
    ...connectionOptions(deps),
    pool: true,
    maxConnections,
    maxRequeues: 1,
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    socketCloseTimeout: timeoutMs,
  });
  const breaker = createCircuitBreaker({ ...deps.circuitBreaker, isOutage });
  const deliveries = new Set<Promise<unknown>>();

  return {
    async send(message) {
      const mail = composeEmail(message);
      const delivery = breaker.run(() => transport.sendMail({ ...mail, signal: AbortSignal.timeout(deadlineMs) }));
      deliveries.add(delivery);
      try {
        const { messageId, serverMessageId, rejected } = await delivery;
        return { providerMessageId: serverMessageId ?? messageId, rejectedRecipients: rejected };
      } catch (error) {
        throw toDeliveryError(error);
      } finally {
        deliveries.delete(delivery);
      }
    },

    async close() {
      await Promise.allSettled(deliveries);
      transport.close();
    },
  };
}
