import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let operator: HttpClient;
let tenant: TestTenant;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  operator = await anOperator(app);
  tenant = await aTenant(app, operator);
});

afterAll(() => app.close());

const codeOf = (answer: { status: number; body: { error: { code: string } } }) => [
  answer.status,
  answer.body.error.code,
];

describe('bodies', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    operator.send('POST', '/api/revenue/plans', { body, headers });

  test.each([
    ['cut off', '{"code":'],
    ['a bare word', 'nonsense'],
    ['a string', '"text"'],
    ['a number', '7'],
  ])('%s is 400 MALFORMED_BODY', async (_what, body) => {
    expect(codeOf(await post(body))).toEqual([400, 'MALFORMED_BODY']);
  });

  test('too large is 413', async () => {
    expect(codeOf(await post(JSON.stringify({ name: 'x'.repeat(300 * 1024) })))).toEqual([413, 'BODY_TOO_LARGE']);
  });

  test.each(['text/plain', 'application/xml', 'application/json; charset=utf-16'])(
    'of type %s is 415',
    async (type) => {
      expect(codeOf(await post('{}', { 'content-type': type }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );

  test('an array, __proto__ and a thousand levels are refused, each with a clear error', async () => {
    expect(codeOf(await post('[]'))).toEqual([400, 'VALIDATION_FAILED']);
    const polluted = await post('{"__proto__":{"isAdmin":true},"code":"a1"}');
    expect(codeOf(polluted)).toEqual([400, 'VALIDATION_FAILED']);
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
    expect(codeOf(await post(`{"limits":${'['.repeat(1000)}${']'.repeat(1000)}}`))).toEqual([400, 'VALIDATION_FAILED']);
  });
});

describe('addresses', () => {
  test('an unknown one is 404 in the envelope, with the request’s id', async () => {
    const answer = await app.http.get('/api/nothing', { headers: { 'x-request-id': 'my-request-1' } });
    expect(answer.body).toEqual({
      success: false,
      error: { code: 'ROUTE_NOT_FOUND', statusCode: 404, message: expect.any(String), requestId: 'my-request-1' },
    });
    expect(answer.headers.get('x-request-id')).toBe('my-request-1');
  });

  test('a wrong method is 405 and names the right ones', async () => {
    const answer = await operator.send('PATCH', '/api/revenue/plans');
    expect(codeOf(answer)).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  test.each(['not-an-id', '1', "' or 1=1 --", '%00', '..%2F..%2Fetc'])(
    'the id %s is 400 or 404, never 500',
    async (id) => {
      const answer = await operator.get(`/api/revenue/plans/${encodeURIComponent(id)}`);
      expect([400, 404]).toContain(answer.status);
    },
  );

  test('a malformed escape is 400', async () => {
    const status = await new Promise((resolve, reject) => {
      const call = request(`${app.url}/api/revenue/plans/%E0%A4%A`, (answer) => resolve(answer.resume().statusCode));
      call.on('error', reject).end();
    });
    expect(status).toBe(400);
  });

  test('an arrayed or nested query is 400', async () => {
    expect((await operator.get('/api/revenue/plans?page=1&page=2')).status).toBe(400);
    expect((await operator.get('/api/revenue/plans?page[$gt]=1')).status).toBe(400);
  });
});

describe('tenants', () => {
  test('a header that names another tenant is 403, a malformed one 400', async () => {
    const other = await aTenant(app, operator);
    const asOther = await tenant.owner.get('/api/revenue/invoices', { headers: { 'x-tenant-id': other.id } });
    expect(codeOf(asOther)).toEqual([403, 'TENANT_ACCESS_DENIED']);
    const own = await tenant.owner.get('/api/revenue/invoices', {
      headers: { 'x-tenant-id': tenant.id.toUpperCase() },
    });
    expect(own.status).toBe(200);
    const malformed = await operator.get('/api/revenue/invoices', { headers: { 'x-tenant-id': 'x' } });
    expect(codeOf(malformed)).toEqual([400, 'VALIDATION_FAILED']);
    const unknown = await operator.get('/api/revenue/invoices', { headers: { 'x-tenant-id': crypto.randomUUID() } });
    expect(codeOf(unknown)).toEqual([404, 'TENANT_NOT_FOUND']);
  });

  test('an Idempotency-Key that can not be one is 400', async () => {
    const answer = await tenant.operator.post('/api/revenue/invoices', {}, { 'idempotency-key': 'x'.repeat(256) });
    expect(answer.body.error.details[0].path).toBe('headers.idempotency-key');
  });
});

describe('every answer', () => {
  test('carries the security headers', async () => {
    const { headers } = await app.http.get('/health/live');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('of some size is compressed for whoever asks', async () => {
    const plain = await app.http.get('/openapi.json', { headers: { 'accept-encoding': 'identity' } });
    const packed = await app.http.get('/openapi.json', { headers: { 'accept-encoding': 'gzip' } });
    expect([plain.headers.get('content-encoding'), packed.headers.get('content-encoding')]).toEqual([null, 'gzip']);
    expect(packed.text).toBe(plain.text);
  });
});
