import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const MEGABYTE = 1024 * 1024;
const DEFAULTS = { fileBytes: 7 * MEGABYTE, files: 8, bytes: 9 * MEGABYTE };

let app: TestApp;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  app = await startTestApp({
    settings: { FILE_LIMIT_MB: '7', TENANT_FILES_LIMIT: '8', TENANT_STORAGE_LIMIT_MB: '9' },
  });
  const operator = await anOperator(app);
  const [small, large] = [await aPlan(app), await aPlan(app)];
  await setLimits(small, { files: 1 });
  await setLimits(large, { files: 2, storageMegabytes: 3, fileMegabytes: 4, users: 5 });
  tenant = await aTenant(app, operator, { planId: small });
  other = await aTenant(app, operator, { planId: large });
});
afterAll(() => app.close());

const setLimits = (planId: string, limits: Record<string, number>) =>
  app.rows('update plans set limits = $2 where id = $1', [planId, JSON.stringify(limits)]);

const limitsOf = ({ id }: TestTenant) =>
  app.container.services.storageQuota.limitsOf(systemContext(tenantScope(asTenantId(id)), 'quota-test'));

test('is what the plan of the tenant says, and else what the installation does', async () => {
  expect(await limitsOf(tenant)).toEqual({ ...DEFAULTS, files: 1 });
  expect(await limitsOf(other)).toEqual({ files: 2, bytes: 3 * MEGABYTE, fileBytes: 4 * MEGABYTE });
});

test('follows the latest subscription, and none that has been canceled', async () => {
  const change = (text: string) => app.rows(`${text} where tenant_id = $1`, [tenant.id]);
  const cancel = () => change("update subscriptions set status = 'canceled', ended_at = coalesce(ended_at, now())");
  await cancel();
  await change(
    `insert into subscriptions (tenant_id, id, plan_id, status, billing_cycle, currency, unit_price, current_period_start, current_period_end, created_at, updated_at)
     select tenant_id, gen_random_uuid(), (select plan_id from subscriptions where tenant_id = '${other.id}'), 'active', billing_cycle, currency, unit_price,
       current_period_start, current_period_end, created_at + interval '1 day', now() from subscriptions`,
  );
  expect((await limitsOf(tenant)).files).toBe(2);
  await cancel();
  expect(await limitsOf(tenant)).toEqual(DEFAULTS);
});
