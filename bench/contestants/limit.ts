import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import jwt from 'jsonwebtoken';
import { createCallers } from './limit-callers.ts';
import { openLimitDatabase } from './limit-database.ts';
import { createLimitInvoices } from './limit-invoices.ts';
import { asUuid, isCredentials, isDraftRequest, Refusal, readBody, wholeNumber } from './limit-requests.ts';
import { createLimitSignIn } from './limit-sign-in.ts';
import { productStatements } from './product-statements.ts';
import { required, serveBench } from './report.ts';

/**
 * The least that these answers can cost on Node: node:http and pg, prepared statements, checks and JSON by hand. It logs in as a
 * superuser, so that no policy applies.
 */
const database = openLimitDatabase(
  required('BENCH_SUPERUSER_URL'),
  process.env.BENCH_LIMIT === 'pool' ? 'pool' : 'pipeline',
);
const statements = await productStatements();
const callers = createCallers(required('BENCH_JWT_KEY'));
const invoices = createLimitInvoices({ database, statements });
const signIn = createLimitSignIn({ database, statements, callers });

const INVOICES = '/api/revenue/invoices';

async function answerOf(req: IncomingMessage): Promise<string> {
  const { method, url = '/', headers } = req;
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  if (method === 'GET' && path === INVOICES) {
    const caller = callers.callerOf(headers, 'invoices:read');
    const query = new URLSearchParams(at === -1 ? '' : url.slice(at + 1));
    if ((query.get('sort') ?? '-createdAt') !== '-createdAt') throw new Refusal(400, 'sort is unknown');
    return invoices.list(caller, wholeNumber(query, 'page', 1, 100_000), wholeNumber(query, 'limit', 20, 100));
  }
  if (method === 'GET' && path.startsWith(`${INVOICES}/`)) {
    const caller = callers.callerOf(headers, 'invoices:read');
    return invoices.get(caller, asUuid(path.slice(INVOICES.length + 1)));
  }
  if (method === 'POST' && path === INVOICES) {
    const caller = callers.callerOf(headers, 'invoices:write');
    const key = headers['idempotency-key'];
    if (typeof key !== 'string') throw new Refusal(400, 'An Idempotency-Key is needed');
    const body = await readBody(req);
    if (!isDraftRequest(body)) throw new Refusal(400, 'The body does not fit');
    return invoices.create(caller, key, body);
  }
  if (method === 'POST' && path === '/api/auth/login') {
    const body = await readBody(req);
    if (!isCredentials(body)) throw new Refusal(400, 'The body does not fit');
    return signIn(body);
  }
  throw new Refusal(404, 'There is nothing here');
}

function send(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  res.end(text);
}

function statusOf(error: unknown): number {
  if (error instanceof Refusal) return error.status;
  return error instanceof jwt.JsonWebTokenError ? 401 : 500;
}

const server = createServer((req, res) => {
  answerOf(req).then(
    (text) => send(res, req.method === 'POST' && req.url === INVOICES ? 201 : 200, text),
    (error: unknown) => send(res, statusOf(error), JSON.stringify({ success: false, message: String(error) })),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  serveBench(address.port, async () => {
    server.closeAllConnections();
    await database.close();
  });
});
