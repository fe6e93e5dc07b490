import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the SDK sent. */
export interface StripeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Fields of the form, as they are written: `metadata[tenantId]`. */
  readonly form: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** A status with a body of Stripe's, or what goes wrong on the way. */
export type StripeAnswer =
  | { readonly status: number; readonly body: object; readonly headers?: Readonly<Record<string, string>> }
  | 'reset'
  | 'never';

/** Stripe's side of the wire: keeps what is sent, and answers what a test says. */
export async function startStripeServer() {
  const requests: StripeRequest[] = [];
  let answer: (request: StripeRequest, count: number) => StripeAnswer = () => ({ status: 500, body: {} });

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(Buffer.from(chunk));
    const url = new URL(req.url ?? '/', 'http://localhost');
    const request = {
      method: req.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      form: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())),
      headers: req.headers,
    };
    requests.push(request);
    const answered = answer(request, requests.length);
    if (answered === 'never') return;
    if (answered === 'reset') return void req.socket.resetAndDestroy();
    res.writeHead(answered.status, {
      'Content-Type': 'application/json',
      'Request-Id': `req_${requests.length}`,
      ...answered.headers,
    });
    res.end(JSON.stringify(answered.body));
  };

  const server = createServer((req, res) => void handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The Stripe server has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    /** From now on; forgets what was sent before. */
    answers(next: typeof answer): void {
      requests.length = 0;
      answer = next;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type StripeServer = Awaited<ReturnType<typeof startStripeServer>>;

export const paymentIntent = (fields: object = {}): object => ({
  id: 'pi_1',
  object: 'payment_intent',
  amount: 149900,
  currency: 'inr',
  status: 'succeeded',
  client_secret: 'pi_1_secret_of_the_payer',
  last_payment_error: null,
  latest_charge: 'ch_1',
  metadata: {},
  ...fields,
});

export const stripeError = (fields: object) => ({ error: { message: 'Stripe says no.', ...fields } });
