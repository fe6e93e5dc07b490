import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DescribedEndpoint } from '../../../src/http/openapi/described-endpoint.ts';
import { endpoints as mounted } from '../../../src/routes/index.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { recordStatements } from '../../support/statement-recorder.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { callEndpoint, callersOf, type EndpointInput, inputOf } from './endpoint-calls.ts';
import { type Scene, setScene } from './scene.ts';

const endpoints: readonly DescribedEndpoint[] = mounted;

/**
 * SQL statements of each operation once token and tenant are known, however many rows there are. Transaction control is not
 * counted. A higher number, or a new one, is written down here by somebody who knows what each statement is for.
 */
const reviewedCounts: Readonly<Record<string, number>> = {
  /** user, memberships; session with its token, last sign-in, audit */
  login: 5,
  /** lock, token, user, memberships; rotation, audit */
  refreshTokens: 6,
  /** session, notification, audit */
  logout: 3,
  /** user, memberships */
  getMe: 2,

  /** page, total */
  listTenants: 2,
  /** tenant, owner, membership, choice of plan, plan, subscription, wallet; notification, audit, event */
  createTenant: 10,
  getTenant: 1,
  /** lock, update; audit */
  updateTenant: 3,
  /** lock, update; notification, audit, event */
  deleteTenant: 5,
  suspendTenant: 5,
  activateTenant: 5,

  /** page, total */
  listPlans: 2,
  /** plan; audit */
  createPlan: 2,
  getPlan: 1,
  /** read, update; audit */
  updatePlan: 3,
  /** read, its subscriptions, delete or archive; audit */
  deletePlan: 4,

  /** page, total */
  listInvoices: 2,
  /** invoice with its items; audit */
  createInvoice: 2,
  /** invoice, items */
  getInvoice: 2,
  /** lock, items, update, items out, items in, invoice, items; audit */
  updateInvoice: 8,
  /** lock, items, delete; audit */
  deleteInvoice: 4,
  /** tenant, lock, items, number, update, invoice, items; event, audit */
  sendInvoice: 9,
  /** invoice, items */
  downloadInvoice: 2,

  /** one more row than the page tells whether another follows */
  listAuditEntries: 1,

  checkLiveness: 0,
  checkReadiness: 1,
  /** backlog of the relay, backlog of the sealer */
  getMetrics: 2,
  getOpenApiDocument: 0,
  getDocs: 0,
};

const textsDuring = async (work: () => Promise<unknown>): Promise<string[]> =>
  (await recordStatements(work)).statements.map(({ text }) => text);

const endpointOf = (operationId: string): DescribedEndpoint => {
  const found = endpoints.find((endpoint) => endpoint.operationId === operationId);
  if (found === undefined) throw new Error(`There is no operation ${operationId}`);
  return found;
};

test('every endpoint has a reviewed count, and no other', () => {
  const operations = endpoints.map(({ operationId }) => operationId);
  const withoutCount = operations.filter((operation) => reviewedCounts[operation] === undefined);
  const withoutEndpoint = Object.keys(reviewedCounts).filter((operation) => !operations.includes(operation));
  expect({ withoutCount, withoutEndpoint }).toEqual({ withoutCount: [], withoutEndpoint: [] });
});

describe.each([1, 50])('with %i of everything', (size) => {
  let app: TestApp;
  let scene: Scene;

  beforeAll(async () => {
    app = await startTestApp();
    scene = await setScene(app, size);
  });

  afterAll(() => app.close());

  const lists = endpoints.filter(({ success }) => 'page' in success || 'slice' in success);

  test('every list has as many rows', async () => {
    for (const endpoint of lists) {
      const answer = await callEndpoint(endpoint, scene.onPlatform, await inputOf(endpoint, scene));
      const rows: unknown[] = answer.body.data;
      if ('page' in endpoint.success) expect([endpoint.operationId, rows.length]).toEqual([endpoint.operationId, size]);
      else expect(rows.length).toBeGreaterThanOrEqual(size);
    }
    expect(lists.length).toBeGreaterThan(0);
  });

  const calls = endpoints.flatMap((endpoint) =>
    callersOf(endpoint).map((caller) => [endpoint.operationId, caller.name, endpoint, caller] as const),
  );

  test.each(calls)('%s %s sends as many statements as reviewed', async (operationId, _name, endpoint, caller) => {
    await callEndpoint(endpoint, await caller.signIn(scene), await inputOf(endpoint, scene));
    const client = await caller.signIn(scene);
    const input = await inputOf(endpoint, scene);

    const texts = await textsDuring(() => callEndpoint(endpoint, client, input));

    expect(texts).toHaveLength(reviewedCounts[operationId] ?? Number.NaN);
  });
});

describe('besides', () => {
  let app: TestApp;
  let scene: Scene;

  beforeAll(async () => {
    app = await startTestApp();
    scene = await setScene(app, 2);
  });

  afterAll(() => app.close());

  const countOf = async (operationId: string, client: HttpClient, input: EndpointInput, key?: string) => {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    return (await textsDuring(() => callEndpoint(endpointOf(operationId), client, input, headers))).length;
  };

  const idempotent = endpoints
    .filter((endpoint) => endpoint.idempotent)
    .map((endpoint) => [endpoint.operationId, endpoint] as const);

  test.each(idempotent)('a key costs %s two statements, and its repetition one', async (operationId, endpoint) => {
    const [caller] = callersOf(endpoint);
    const client = (await caller?.signIn(scene)) ?? app.http;
    const input = await inputOf(endpoint, scene);
    const key = randomUUID();

    const counts = [await countOf(operationId, client, input, key), await countOf(operationId, client, input, key)];

    expect(counts).toEqual([(reviewedCounts[operationId] ?? Number.NaN) + 2, 1]);
  });

  test('an invoice for the tenant itself reads the tenant', async () => {
    const { customer: _customer, ...body } = scene.invoice;
    expect(await countOf('createInvoice', scene.inTenant, { body })).toBe(3);
  });

  test('the first download of a document reads the tenant, keeps the key and records it', async () => {
    const params = { id: await scene.anOpenInvoice() };
    expect(await countOf('downloadInvoice', scene.inTenant, { params })).toBe(5);
  });

  test('a token and a tenant are read once', async () => {
    const id = await scene.aTenantOfItsOwn();
    const stranger = (await scene.signInOperator()).with({ 'x-tenant-id': id });
    const counts = [];
    for (let call = 1; call <= 3; call += 1) counts.push(await countOf('getTenant', stranger, { params: { id } }));
    expect(counts).toEqual([3, 1, 1]);
  });
});
