import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import {
  type ChargeOutcome,
  type PaymentGateway,
  PaymentGatewayError,
  type RefundOutcome,
} from '../../src/gateways/payments/payment.gateway.ts';

const Charge = z.object({ key: z.string(), token: z.string(), amount: z.string(), currency: z.string() });
const RefundOf = z.object({ key: z.string(), gatewayPaymentId: z.string(), amount: z.string() });
type Kept<T> = T & { readonly id: string; readonly outcome: string };

/** What a gateway does with a token of a card. */
const OUTCOMES: Readonly<Record<string, Pick<ChargeOutcome, 'status' | 'failure'>>> = {
  ok: { status: 'succeeded', failure: null },
  processing: { status: 'processing', failure: null },
  soft: { status: 'failed', failure: { code: 'insufficient_funds', message: 'Too little money.', class: 'soft' } },
  hard: { status: 'failed', failure: { code: 'lost_card', message: 'The card was lost.', class: 'hard' } },
};

/** What the server does to its next requests, besides answering. */
export type Trouble = 'none' | 'does not take them' | 'does them and loses the answer';

export type PaymentServer = Awaited<ReturnType<typeof startPaymentServer>>;

/** A gateway of its own process would keep: charges and refunds by their keys, over HTTP. */
export async function startPaymentServer() {
  const charges = new Map<string, Kept<z.output<typeof Charge>>>();
  const refunds = new Map<string, Kept<z.output<typeof RefundOf>>>();
  let trouble: Trouble = 'none';
  let requests = 0;
  let refundOutcome: 'succeeded' | 'failed' | 'pending' = 'succeeded';
  let fee: string | null = null;

  const perform = (path: string, body: unknown): unknown => {
    if (path === '/find') return charges.get(z.object({ key: z.string() }).parse(body).key) ?? null;
    if (path === '/refunds') {
      const asked = RefundOf.parse(body);
      const kept = refunds.get(asked.key) ?? { ...asked, id: `re_${refunds.size + 1}`, outcome: refundOutcome };
      refunds.set(asked.key, kept);
      return kept;
    }
    const asked = Charge.parse(body);
    const kept = charges.get(asked.key) ?? { ...asked, id: `ch_${charges.size + 1}`, outcome: asked.token };
    charges.set(asked.key, kept);
    return kept;
  };

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(Buffer.from(chunk));
    requests += 1;
    if (trouble === 'does not take them') return void req.socket.destroy();
    const result = perform(req.url ?? '/', JSON.parse(Buffer.concat(chunks).toString()));
    if (trouble === 'does them and loses the answer') return void req.socket.destroy();
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify(result));
  };

  const server = createServer((req, res) => void answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The payment server has no port');
  const url = `http://127.0.0.1:${address.port}`;

  const call = async (path: string, body: unknown): Promise<unknown> => {
    try {
      const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
      return await response.json();
    } catch (cause) {
      throw new PaymentGatewayError('No answer', { retryable: true, cause });
    }
  };

  const chargeOutcome = (kept: unknown): ChargeOutcome => {
    const { id, outcome, currency } = z
      .object({ id: z.string(), outcome: z.string(), currency: z.string() })
      .parse(kept);
    const known = OUTCOMES[outcome.split(':')[0] ?? ''];
    if (known === undefined) throw new Error(`Unknown token ${outcome}`);
    const told = fee === null ? null : { amount: fee, currency };
    return { ...known, gatewayPaymentId: id, fee: told, response: { outcome } };
  };

  const gateway: PaymentGateway = {
    name: 'sandbox',
    async charge({ idempotencyKey: key, gatewayMethodId: token, amount, currency }) {
      return chargeOutcome(await call('/charges', { key, token, amount, currency }));
    },
    async findCharge(key) {
      const kept = await call('/find', { key });
      return kept === null ? null : chargeOutcome(kept);
    },
    async refund({ idempotencyKey: key, gatewayPaymentId, amount }): Promise<RefundOutcome> {
      const kept = await call('/refunds', { key, gatewayPaymentId, amount });
      const { id, outcome } = z
        .object({ id: z.string(), outcome: z.enum(['succeeded', 'failed', 'pending']) })
        .parse(kept);
      const failure =
        outcome === 'failed' ? { code: 'refund_failed', message: 'No.', class: 'gateway' as const } : null;
      return { status: outcome, gatewayRefundId: id, failure, response: { outcome } };
    },
    createCheckout: () => Promise.reject(new Error('There are no pages here')),
    describeMethod: () => Promise.reject(new Error('There are no pages here')),
    readEvent: () => {
      throw new Error('There are no events here');
    },
    parseEvent: () => {
      throw new Error('There are no events here');
    },
  };

  return {
    gateway,
    charges,
    refunds,
    get requests() {
      return requests;
    },
    /** From now on. */
    make(next: Trouble): void {
      trouble = next;
    },
    refundsWill(outcome: typeof refundOutcome): void {
      refundOutcome = outcome;
    },
    tellsFee(amount: string | null): void {
      fee = amount;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
