import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { tenant, tenantOrPlatform } from '../../../src/http/access.ts';
import { endpointsFor } from '../../../src/http/endpoint.ts';
import { tenantContext } from '../../support/billing-scene.ts';
import { eventually } from '../../support/eventually.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aTenant, signIn, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const described = {
  method: 'get',
  summary: 'Get the archive',
  tags: ['Notes'],
  entitlement: 'Archive',
  success: { status: 200, schema: z.object({ reached: z.boolean() }).meta({ id: 'Reached' }) },
  handler: () => ({ reached: true }),
} as const;
const endpoint = endpointsFor<unknown>();
const endpoints = [
  endpoint({ ...described, path: '/api/archive', operationId: 'getArchive', access: tenant('plans:read') }),
  endpoint({
    ...described,
    path: '/api/archives',
    operationId: 'listArchives',
    access: tenantOrPlatform('plans:read'),
  }),
  endpoint({ ...described, path: '/api/archive-fees', operationId: 'getFees', access: tenant('plans:write') }),
];

let app: TestApp;
/** Another process on the same database. */
let other: TestApp;
let operator: HttpClient;
let archiving: string;
let plain: string;

beforeAll(async () => {
  app = await startTestApp({ endpoints });
  other = await startTestApp({ endpoints, database: app.database });
  operator = await anOperator(app);
  archiving = await aPlanWith({ code: 'archiving', features: ['Archive'], limits: { libraries: 3 } });
  plain = await aPlanWith({ code: 'plain', features: ['Archives of others'] });
});

afterAll(async () => {
  await other.close();
  await app.close();
});

async function aPlanWith(fields: Record<string, unknown>): Promise<string> {
  const prices = { monthlyPrice: '10', annualPrice: '100', currency: 'INR' };
  return (await operator.post('/api/revenue/plans', { name: 'Plan', trialDays: 14, ...prices, ...fields })).body.data
    .id;
}

const subscriptionOf = async ({ owner }: TestTenant): Promise<string> => {
  const { body } = await owner.get('/api/subscriptions');
  return `/api/subscriptions/${body.data[0].id}`;
};

describe('an endpoint that takes a feature of the plan', () => {
  test('lets pass whose plan has it, and tells the others to get it', async () => {
    const [has, hasNot] = [
      await aTenant(app, operator, { planId: archiving }),
      await aTenant(app, operator, { planId: plain }),
    ];
    expect((await has.owner.get('/api/archive')).body.data).toEqual({ reached: true });
    const refused = await hasNot.owner.get('/api/archive');
    expect([refused.status, refused.body.error]).toMatchObject([
      402,
      { code: 'ENTITLEMENT_MISSING', details: { feature: 'Archive' } },
    ]);
  });

  test('comes after the permission: who may not is not told to pay', async () => {
    const { owner } = await aTenant(app, operator, { planId: plain });
    expect((await owner.get('/api/archive-fees')).status).toBe(403);
    expect((await app.http.get('/api/archive')).status).toBe(401);
  });

  test('binds an operator by the plan of the tenant worked on, and by none without one', async () => {
    const tenantWithout = await aTenant(app, operator, { planId: plain });
    expect((await operator.get('/api/archives')).status).toBe(200);
    expect((await tenantWithout.operator.get('/api/archives')).status).toBe(402);
  });

  test('hears of changes in every process within a second', async () => {
    const account = await aTenant(app, operator, { planId: archiving });
    const elsewhere = await signIn(other, account.ownerEmail);
    const statuses = async () => [
      (await account.owner.get('/api/archive')).status,
      (await elsewhere.get('/api/archive')).status,
    ];
    const become = (expected: number) =>
      eventually(async () => (await statuses()).every((status) => status === expected), `both say ${expected}`, 1000);
    expect(await statuses()).toEqual([200, 200]);
    const path = await subscriptionOf(account);
    await account.owner.post(`${path}/change-plan`, { planId: plain });
    expect((await account.owner.get('/api/archive')).status).toBe(402);
    await become(402);
    await operator.put(`/api/revenue/plans/${plain}`, { features: ['Archive'] });
    await become(200);
    await operator.put(`/api/revenue/plans/${plain}`, { features: [] });
    await become(402);
    await account.owner.post(`${path}/change-plan`, { planId: archiving });
    await become(200);
    await account.owner.post(`${path}/renew`);
    await account.owner.post(`${path}/pause`, {});
    await become(402);
    await account.owner.post(`${path}/resume`);
    await become(200);
    await account.owner.post(`${path}/cancel`, { when: 'now' });
    await become(402);
  });
});

test('a limit of the plan holds as far as it goes', async () => {
  const { entitlements } = app.container.services;
  const { id } = await aTenant(app, operator, { planId: archiving });
  const ctx = tenantContext(id);
  await entitlements.requireWithin(ctx, 'libraries', 3);
  await entitlements.requireWithin(ctx, 'seats', 1_000_000);
  await expect(entitlements.requireWithin(ctx, 'libraries', 4)).rejects.toMatchObject({
    code: 'ENTITLEMENT_EXHAUSTED',
    details: { limit: 'libraries', most: 3 },
  });
});
