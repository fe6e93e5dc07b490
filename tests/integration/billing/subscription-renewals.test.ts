import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BillingScene, startBillingScene } from '../../support/billing-scene.ts';

let scene: BillingScene;
let basic: string;

const at = (moment: string): void => scene.clock.set(moment.length === 10 ? `${moment}T00:00:00.000Z` : moment);
const rowsOf = (text: string, ...values: unknown[]) => scene.app.rows(text, values);
const kindsOf = async (id: string) =>
  (await rowsOf('select kind from subscription_changes where subscription_id = $1 order by created_at, id', id)).map(
    ({ kind }) => kind,
  );
const invoicesOf = (id: string) =>
  rowsOf(
    `select billing_reason as reason, total::text, period_start as "from", period_end as "to" from invoices
     where subscription_id = $1 order by created_at, number`,
    id,
  );
const movementsOf = (id: string) =>
  rowsOf('select kind, amount::text from mrr_movements where subscription_id = $1 order by occurred_at, id', id);

beforeAll(async () => {
  scene = await startBillingScene({ quiet: true });
  basic = await scene.plan();
});

afterAll(() => scene.close());

describe('renewing', () => {
  test('the 31st survives February, and missed periods are caught up with one by one', async () => {
    at('2028-01-31');
    const { id } = await scene.subscriber(basic);
    at('2028-05-01');
    expect(await scene.renewAll()).toMatchObject({ failed: 0 });
    const invoices = await invoicesOf(id);
    expect(invoices.map(({ from }) => String(new Date(String(from)).toISOString()).slice(0, 10))).toEqual([
      '2028-01-31',
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
    ]);
    expect(await kindsOf(id)).toEqual(['created', 'renewed', 'renewed', 'renewed']);
    expect(await movementsOf(id)).toEqual([{ kind: 'new', amount: '5.0000' }]);
  });

  test('by several at once, each period is invoiced once', async () => {
    at('2027-11-01');
    const subscribers = await Promise.all(Array.from({ length: 6 }, () => scene.subscriber(basic)));
    at('2028-02-15');
    const runs = await Promise.all(Array.from({ length: 5 }, () => scene.renewAll()));
    expect(runs.map(({ failed }) => failed)).toEqual([0, 0, 0, 0, 0]);
    for (const { id } of subscribers) {
      const periods = (await invoicesOf(id)).map(({ from }) => String(from));
      expect(periods).toHaveLength(4);
      expect(new Set(periods).size).toBe(4);
    }
    expect(await scene.renewAll()).toEqual({ renewed: 0, ended: 0, resumed: 0, failed: 0 });
  });

  test('what fails keeps nobody waiting, and is caught up with later', async () => {
    at('2027-11-01');
    const taxed = await scene.plan();
    const [broken, sound] = [await scene.subscriber(taxed), await scene.subscriber(basic)];
    await rowsOf(
      `insert into tax_rates (id, name, kind, country, percentage, active, updated_at)
       values ('11111111-1111-4111-8111-111111111111', 'Tax', 'sales_tax', 'US', 8, false, now())`,
    );
    await rowsOf("update plans set tax_rate_id = '11111111-1111-4111-8111-111111111111' where id = $1", taxed);
    at('2027-12-02');
    expect((await scene.renewAll()).failed).toBe(1);
    expect([await invoicesOf(broken.id), await invoicesOf(sound.id)].map((list) => list.length)).toEqual([1, 2]);
    expect(await kindsOf(broken.id)).toEqual(['created']);
    await rowsOf('update plans set tax_rate_id = null where id = $1', taxed);
    expect((await scene.renewAll()).failed).toBe(0);
    expect(await invoicesOf(broken.id)).toHaveLength(2);
  });

  test('who was deleted is billed no more', async () => {
    at('2027-11-01');
    const { id, tenant } = await scene.subscriber(basic);
    await rowsOf('update tenants set deleted_at = now() where id = $1', tenant.id);
    at('2027-12-02');
    expect((await scene.renewAll()).failed).toBe(0);
    expect(await invoicesOf(id)).toHaveLength(1);
  });

  test('a plan that somebody changes to is archived in place of being deleted', async () => {
    at('2027-11-01');
    const next = await scene.plan({ name: 'Next' });
    const { path, tenant, owner } = await scene.subscriber(basic);
    await tenant.owner.post(`${path}/change-plan`, { planId: next, atPeriodEnd: true });
    expect((await (await scene.operator()).delete(`/api/revenue/plans/${next}`)).status).toBe(204);
    at('2027-12-01');
    await scene.renewAll();
    expect((await (await owner()).get(path)).body.data).toMatchObject({ planId: next, pending: null });
  });

  test('a free plan is renewed without invoices', async () => {
    at('2027-11-01');
    const free = await scene.plan({ monthlyPrice: '0.00', annualPrice: '0.00' });
    const { id } = await scene.subscriber(free);
    at('2027-12-02');
    await scene.renewAll();
    expect(await kindsOf(id)).toEqual(['created', 'renewed']);
    expect([await invoicesOf(id), await movementsOf(id)]).toEqual([[], []]);
  });
});
