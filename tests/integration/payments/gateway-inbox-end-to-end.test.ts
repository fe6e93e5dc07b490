import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { anOpenInvoice, invoiceRow, pay } from '../../support/payments.ts';
import { anOperator, aPlan, aTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { startWorkers } from '../../support/workers.ts';

/** Stands where the installation's address is: passes on what the sandbox posts, and fails when it is told to. */
async function startDoor() {
  let target = '';
  let failures = 0;
  const bodyOf = async (req: IncomingMessage): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  };
  const server = createServer(async (req, res) => {
    const body = await bodyOf(req);
    if (failures > 0) {
      failures -= 1;
      res.writeHead(503).end();
      return;
    }
    const headers = Object.fromEntries(
      Object.entries(req.headers).filter(([name]) => name.startsWith('webhook-') || name === 'content-type'),
    );
    const answer = await fetch(target, { method: 'POST', headers: { ...headers, accept: '*/*' }, body });
    res.writeHead(answer.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The door has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    leadsTo(url: string): void {
      target = url;
    },
    failsOnce(): void {
      failures = 1;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

let door: Awaited<ReturnType<typeof startDoor>>;
let app: TestApp;
let workers: Awaited<ReturnType<typeof startWorkers>>;
let ahead = 0;

beforeAll(async () => {
  door = await startDoor();
  app = await startTestApp({
    settings: { SANDBOX_WEBHOOK_URL: door.url },
    overrides: { clock: { now: () => new Date(Date.now() + ahead) } },
  });
  door.leadsTo(`${app.url}/api/payments/webhooks/sandbox`);
  workers = await startWorkers(app);
});

afterAll(async () => {
  await workers.close(5000);
  await app.close();
  await door.close();
});

test('a delayed charge is told over HTTP, kept, queued and applied, even after the inbox was away', async () => {
  await aPlan(app);
  const tenant = await aTenant(app, await anOperator(app));
  const added = await tenant.owner.post('/api/revenue/payment-methods', { token: 'pm_sandbox_delayed_success' });
  const invoiceId = await anOpenInvoice(tenant);
  const { body } = await pay(tenant, invoiceId, added.body.data.id);
  expect(body.data.status).toBe('processing');
  await eventually(async () => (await app.rows('select 1 from gateway_events')).length === 1, 'the first event');
  expect(await invoiceRow(app, invoiceId)).toMatchObject({ status: 'open' });
  door.failsOnce();
  ahead = 65_000;
  await eventually(async () => (await invoiceRow(app, invoiceId)).status === 'paid', 'the invoice is paid');
  const events = await eventually(async () => {
    const rows = await app.rows(
      'select type, outcome from gateway_events where processed_at is not null order by type',
    );
    return rows.length === 2 ? rows : null;
  }, 'both events are applied');
  expect(events).toEqual([
    { type: 'payment.processing', outcome: 'stale' },
    { type: 'payment.succeeded', outcome: 'applied' },
  ]);
});
