import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Container } from '../../src/composition/index.ts';
import { createRoleMiddleware } from '../../src/middleware/role.middleware.ts';
import { createTenantMiddleware } from '../../src/middleware/tenant.middleware.ts';
import { listInvoices } from '../../src/routes/billing/invoice.routes.ts';
import { anonymousContext } from '../../src/types/context-factory.ts';
import { totalOf } from './cpu-time.ts';
import { median } from './measure.ts';

const CALLS = 20_000;
const ROUNDS = 7;

const nothing: RequestHandler = (_req, _res, next) => next();

/** Runs a request through handlers, as a router does. */
function runChain(chain: readonly RequestHandler[], req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    const enter = (index: number): void => {
      const handler = chain[index];
      const next = (error?: unknown): void => (error === undefined ? enter(index + 1) : reject(error));
      if (handler === undefined) resolve();
      else Promise.resolve(handler(req, res, next)).catch(reject);
    };
    enter(0);
  });
}

/** A request whose header is a string of its own each time, as it comes from the wire. */
function requestOf(authorization: Buffer): Request {
  const req: Request = Object.create(express.request, {
    method: { value: 'GET' },
    headers: { get: () => ({ authorization: authorization.toString('latin1') }) },
    state: { writable: true },
  });
  return req;
}

/** CPU microseconds of one request through the chain. */
async function costOf(chain: readonly RequestHandler[], requests: readonly Request[], res: Response): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < CALLS; call += 1) {
    const req = requests[call % requests.length];
    if (req === undefined) throw new RangeError('There is no request');
    const ctx = anonymousContext('bench', { ipAddress: '127.0.0.1', userAgent: 'bench' }, null);
    req.state = { ctx, principal: null, operationId: 'listInvoices', startedAt: 0 };
    await runChain(chain, req, res);
  }
  return totalOf(process.cpuUsage(before)) / CALLS;
}

/**
 * What it costs to find out who stands behind a request of a session that is known already, which tenant they work for and
 * whether they may: CPU microseconds per request, without what an empty chain costs. The median of several rounds.
 * @param tokens access tokens of people who may list invoices
 */
export async function measureAuthentication(
  {
    authenticate,
    services,
  }: Pick<Container, 'authenticate'> & { services: Pick<Container['services'], 'tenantDirectory'> },
  tokens: readonly string[],
): Promise<number> {
  const { rule } = listInvoices.access;
  const chain = [
    authenticate,
    createTenantMiddleware({ tenants: services.tenantDirectory }, rule),
    createRoleMiddleware(rule),
  ];
  const empty = chain.map(() => nothing);
  const requests = tokens.map((token) => requestOf(Buffer.from(`Bearer ${token}`)));
  const res: Response = Object.create(express.response);
  await costOf(chain, requests, res);
  await costOf(empty, requests, res);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const overhead = await costOf(empty, requests, res);
    rounds.push((await costOf(chain, requests, res)) - overhead);
  }
  return median(rounds);
}
