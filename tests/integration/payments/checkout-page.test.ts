import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { createSandboxSite } from '../../../src/http/sandbox-site.ts';
import { deliverSandboxEvents } from '../../support/gateway-events.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let app: TestApp;
let tenant: TestTenant;
let ahead = 0;

beforeAll(async () => {
  app = await startTestApp({ overrides: { clock: { now: () => new Date(Date.now() + ahead) } } });
  await aPlan(app);
  tenant = await aTenant(app, await anOperator(app));
});

afterEach(() => {
  ahead = 0;
});

afterAll(() => app.close());

const addresses = { successUrl: 'http://localhost:5173/paid?a=1&b=2', cancelUrl: 'http://localhost:5173/cart' };

async function aPage(description = 'Membership'): Promise<string> {
  const answer = await tenant.owner.post('/api/payments/checkout', {
    ...{ amount: '1499.00', description, payerEmail: 'asha@lakeside.example', ...addresses },
  });
  return new URL(answer.body.data.url).pathname;
}

const eventsOf = async () => {
  await app.rows('delete from gateway_events');
  await deliverSandboxEvents(app);
  return (await app.rows('select type from gateway_events order by type')).map(({ type }) => type);
};

describe('the page of the sandbox', () => {
  test('says what is paid, and that it is none, with a form and no script', async () => {
    const path = await aPage('Books & <b>paper</b>');
    const page = await app.http.get(path);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('Books &amp; &lt;b&gt;paper&lt;/b&gt;');
    expect(page.text).toContain('₹1,499.00');
    expect(page.text).toContain('no money moves');
    expect(page.text).not.toMatch(/<script|style=/);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy.split(';').sort()).toEqual(
      [
        "default-src 'none'",
        "style-src 'self'",
        'img-src data:',
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
      ].sort(),
    );
    expect(page.headers.get('cache-control')).toBe('no-store');
    const style = await app.http.get('/sandbox/sandbox.css');
    expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
  });

  test('takes a payment once, and sends its payer back', async () => {
    const path = await aPage();
    await eventsOf();
    const answers = await Promise.all(Array.from({ length: 5 }, () => app.http.post(path, 'choice=pay', FORM)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]));
    expect(answers[0]?.headers.get('location')).toBe(path);
    const page = await app.http.get(path);
    expect(page.text).toContain('<h1>');
    expect(page.text).toContain('url=http://localhost:5173/paid?a=1&amp;b=2"');
    expect(page.text).not.toContain('<form');
    await app.http.post(path, 'choice=cancel', FORM);
    expect(await eventsOf()).toEqual(['checkout.completed', 'payment.succeeded']);
  });

  test('stays open after a declined card', async () => {
    const path = await aPage();
    const answer = await app.http.post(path, 'choice=decline', FORM);
    expect(answer.headers.get('location')).toBe(`${path}?declined`);
    const page = await app.http.get(`${path}?declined`);
    expect(page.text).toContain('The card was declined');
    expect(page.text).toContain('<form');
    expect(await eventsOf()).toEqual([]);
  });

  test('ends when it is left, and when its time is over', async () => {
    const left = await aPage();
    await app.http.post(left, 'choice=cancel', FORM);
    expect((await app.http.get(left)).text).toContain('url=http://localhost:5173/cart"');
    expect(await eventsOf()).toEqual(['checkout.expired']);
    const late = await aPage();
    ahead = 61 * 60_000;
    await app.http.post(late, 'choice=pay', FORM);
    expect((await app.http.get(late)).text).toContain('has expired');
    expect(new Set(await eventsOf())).toEqual(new Set(['checkout.expired']));
  });

  test('is there for sessions that were made only, and for the three choices', async () => {
    const path = await aPage();
    for (const wrong of [
      '/sandbox/checkout/sandbox_cs_000000000000000000000000',
      '/sandbox/checkout/..%2f..%2fetc',
      '/sandbox/none',
    ]) {
      expect((await app.http.get(wrong)).status).toBe(404);
      expect((await app.http.post(wrong, 'choice=pay', FORM)).status).toBe(404);
    }
    for (const body of ['', 'choice=steal', 'choice[]=pay'])
      expect((await app.http.post(path, body, FORM)).status).toBe(400);
    expect((await app.http.post(path, `choice=pay&x=${'x'.repeat(2000)}`, FORM)).status).toBe(413);
    expect((await app.http.get(path)).text).toContain('<form');
  });
});

test('without a sandbox, as in production, there are no pages', async () => {
  const seen: unknown[] = [];
  const server = express()
    .use('/sandbox', ...createSandboxSite(null))
    .use(((error, _req, res, _next) => {
      seen.push(error);
      res.sendStatus(404);
    }) satisfies express.ErrorRequestHandler)
    .listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  for (const path of ['/sandbox/checkout/sandbox_cs_000000000000000000000000', '/sandbox/sandbox.css'])
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404);
  await new Promise((resolve) => server.close(resolve));
  expect(seen).toMatchObject([{ code: 'ROUTE_NOT_FOUND' }, { code: 'ROUTE_NOT_FOUND' }]);
});
