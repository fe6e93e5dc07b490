import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express, { type NextFunction, type Request, type Response } from 'express';
import { createLogger } from '../../../src/config/logger.ts';
import type { AppError } from '../../../src/errors/app-error.ts';
import { listen } from '../../../src/http/listen.ts';
import { createPrototypedServer } from '../../../src/http/server-prototypes.ts';
import { createBodyDeadline, liftBodyDeadline } from '../../../src/middleware/body-deadline.middleware.ts';
import { createBodyParser, JSON_TYPE } from '../../../src/middleware/body-parser.middleware.ts';
import { eventually } from '../../support/eventually.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const LINE = { description: 'Reading room', quantity: '1', unitPrice: '10.00' };

let app: TestApp;
let operator: HttpClient;
let lakeside: TestTenant;
const lines: string[] = [];

beforeAll(async () => {
  app = await startTestApp({
    settings: { LOG_ACCESS: 'true' },
    overrides: { log: createLogger({ LOG_LEVEL: 'info' }, (text) => lines.push(text)) },
  });
  await aPlan(app);
  operator = await anOperator(app);
  lakeside = await aTenant(app, operator);
});

afterAll(() => app.close());

const linesAbout = (requestId: string): { level: string; status?: number }[] =>
  lines
    .join('')
    .split('\n')
    .filter((line) => line.includes(requestId))
    .map((line) => JSON.parse(line));

describe('amounts', () => {
  test('whose tax alone makes them too large are refused and leave nothing behind', async () => {
    const items = Array.from({ length: 10 }, () => ({
      ...LINE,
      quantity: '1000',
      unitPrice: '999999999999.00',
      taxRate: '100',
    }));
    const answer = await lakeside.operator.post('/api/revenue/invoices', { items });
    expect([answer.status, answer.body.error.code]).toEqual([422, 'INVOICE_AMOUNT_TOO_LARGE']);
    expect(await app.rows('select 1 from invoices where tenant_id = $1', [lakeside.id])).toEqual([]);
  });
});

describe('bodies', () => {
  const postGzip = async (content: Buffer) => {
    const answer = await fetch(`${app.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Uint8Array(content),
    });
    return [answer.status, JSON.parse(await answer.text()).error.code];
  };

  test.each([
    ['is no gzip', Buffer.from('hello'), 400, 'MALFORMED_BODY'],
    ['ends too early', gzipSync('{"email":"a@b.example"}').subarray(0, 15), 400, 'MALFORMED_BODY'],
    ['is 50 MB once inflated', gzipSync(Buffer.alloc(50_000_000, 32)), 413, 'BODY_TOO_LARGE'],
  ])('compressed: one that %s', async (_what, content, status, code) => {
    expect(await postGzip(content)).toEqual([status, code]);
  });

  test('with very many mistakes get a short answer', async () => {
    const body = Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`field${index}`, 1]));
    const answer = await app.http.post('/api/auth/login', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.details).toHaveLength(50);
  });
});

describe('searching', () => {
  test.each(['/api/tenants', '/api/revenue/plans', '/api/revenue/invoices'])(
    '%s takes wildcards literally',
    async (path) => {
      for (const wildcard of ['%', '_', '\\'])
        expect((await operator.get(`${path}?search=${encodeURIComponent(wildcard)}`)).body.meta.total).toBe(0);
    },
  );
});

describe('a client that goes away', () => {
  test('in the middle of a download is no fault of the server', async () => {
    const { id } = (await lakeside.operator.post('/api/revenue/invoices', { items: [LINE] })).body.data;
    await lakeside.operator.post(`/api/revenue/invoices/${id}/send`);
    const body = Buffer.alloc(32 * 1024 * 1024, 1);
    const key = `tenants/${lakeside.id}/invoices/large.pdf`;
    await app.container.infrastructure.gateways.storage.put({
      key,
      body,
      contentType: 'application/pdf',
      contentLength: body.length,
    });
    await app.rows('update invoices set document_key = $2 where id = $1', [id, key]);
    const requestId = `gone-${randomUUID()}`;
    const download = new AbortController();
    const { accessToken } = (
      await app.http.post('/api/auth/login', { email: lakeside.ownerEmail, password: 'a password for tests only' })
    ).body.data;
    const answer = await fetch(`${app.url}/api/revenue/invoices/${id}/pdf`, {
      headers: { authorization: `Bearer ${accessToken}`, 'x-request-id': requestId },
      signal: download.signal,
    });
    expect(answer.status).toBe(200);

    download.abort();

    await eventually(async () => {
      app.container.infrastructure.log.flush();
      return linesAbout(requestId).some(({ status }) => status === 499);
    }, 'the access log tells of it');
    expect(linesAbout(requestId)).toEqual([expect.objectContaining({ level: 'info', status: 499 })]);
  });
});

describe('a client that sends drop by drop', () => {
  test.each([
    ['headers', 'POST / HTTP/1.1\r\nHost: here\r\nX-Slow: '],
    ['body', 'POST / HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'],
  ])('its %s is cut off', async (_what, beginning) => {
    const server = createPrototypedServer(express().use(express.json()), {
      headersTimeout: 100,
      requestTimeout: 100,
      connectionsCheckingInterval: 20,
    });
    const { port } = await listen(server, 0, '127.0.0.1');
    const received = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(beginning));
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
    expect(received).toMatch(/^HTTP\/1\.1 408 /);
    await new Promise((resolve) => server.close(resolve));
  });

  describe('its body has half a minute, unless it is a file', () => {
    const slowly = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    let port: number;
    let server: Server;

    beforeAll(async () => {
      const cutOff = express().use(createBodyDeadline(50));
      cutOff.post(
        '/read',
        createBodyParser({ limitKb: 256, types: [JSON_TYPE] }),
        (_req, res) => void res.send('read'),
      );
      cutOff.post('/unread', (_req, res) => void res.send('answered'));
      cutOff.post('/waiting', () => undefined);
      cutOff.post('/file', (req, res) => {
        liftBodyDeadline(req);
        setTimeout(() => res.send('file'), 200);
      });
      cutOff.use((error: AppError, _req: Request, res: Response, _next: NextFunction) => {
        res.status(error.statusCode).send(error.code);
      });
      server = createPrototypedServer(cutOff);
      ({ port } = await listen(server, 0, '127.0.0.1'));
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    /** What comes until the server closes the connection, or until `enough` is there. */
    const answerTo = (path: string, enough?: string) =>
      new Promise<string>((resolve, reject) => {
        let text = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(slowly(path)));
        socket.on('data', (data) => {
          text += data.toString();
          if (enough !== undefined && text.includes(enough)) socket.destroy();
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(text));
      });

    test.each([['/read'], ['/waiting']])('%s is answered with 408', async (path) => {
      expect(await answerTo(path)).toMatch(/^HTTP\/1\.1 408 [\s\S]*REQUEST_TIMEOUT$/);
    });

    test('what has been answered is cut off too', async () => {
      expect(await answerTo('/unread')).toMatch(/^HTTP\/1\.1 200 [\s\S]*answered$/);
    });

    test('a file has longer', async () => {
      expect(await answerTo('/file', 'file')).toMatch(/^HTTP\/1\.1 200 /);
    });
  });

  test('gets five minutes at the most, and idle connections outlive those of a load balancer', () => {
    const server = createPrototypedServer(express());
    expect(server.requestTimeout).toBeLessThanOrEqual(300_000);
    expect(server.headersTimeout).toBeLessThanOrEqual(server.requestTimeout);
    expect(server.keepAliveTimeout).toBeGreaterThan(60_000);
  });
});
