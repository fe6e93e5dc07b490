import { createHmac, timingSafeEqual } from 'node:crypto';
import { type GatewayEventHeaders, PaymentSignatureError } from './payment.gateway.ts';

/** How old, or how early, an event may be when it comes in. */
const TOLERANCE_SECONDS = 300;

const signatureOf = (key: Buffer, id: string, timestamp: string, body: Buffer): Buffer =>
  createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();

/** The key of a secret as Standard Webhooks writes it: base64 after `whsec_`. */
export const keyOfSecret = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

/** Headers of an event by Standard Webhooks (https://www.standardwebhooks.com), signed at `now`. */
export function signedHeaders(key: Buffer, id: string, body: Buffer, now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signatureOf(key, id, timestamp, body).toString('base64')}`,
  };
}

/**
 * Checks an event's signature over its raw body. While a secret is rotated an event has several signatures: one must fit.
 * @throws PaymentSignatureError for one that is wrong, missing, or off by more than five minutes
 */
export function checkSignature(key: Buffer, body: Buffer, headers: GatewayEventHeaders, now: Date): void {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': given = '' } = headers;
  const offBy = Math.abs(now.getTime() / 1000 - Number(timestamp));
  if (!/^[0-9]{1,12}$/.test(timestamp) || offBy > TOLERANCE_SECONDS)
    throw new PaymentSignatureError('The event has no timestamp, or is too old');
  const expected = signatureOf(key, id, timestamp, body);
  const fits = given.split(' ').some((entry) => {
    const [version, encoded] = entry.split(',');
    const signature = version === 'v1' && encoded !== undefined ? Buffer.from(encoded, 'base64') : Buffer.alloc(0);
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  });
  if (!fits) throw new PaymentSignatureError('The signature of the event is wrong or missing');
}
