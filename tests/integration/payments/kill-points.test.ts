import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRandom } from '../../../prisma/seed/random.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { createKiller, type Killer } from '../../support/killer.ts';
import type { Trouble } from '../../support/payment-server.ts';
import { aMethod, anOpenInvoice, aPayment, pay, refund } from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';
import { aTenant, type TestTenant } from '../../support/people.ts';

/** MONEY_KILLS=1000 for the long run; MONEY_KILLS_SEED repeats one. */
const ROUNDS = Number(process.env.MONEY_KILLS ?? 60);
const SEED = Number(process.env.MONEY_KILLS_SEED ?? Date.now() % 1_000_000);
/** Somewhat more rows than the longest of the operations writes. */
const STEPS = 24;
const TROUBLES: readonly Trouble[] = ['none', 'none', 'does not take them', 'does them and loses the answer'];

let world: PaymentsApp;
let tenant: TestTenant;
let method: string;
let killer: Killer;

beforeAll(async () => {
  world = await startPaymentsApp();
  tenant = await aTenant(world.app, world.operator);
  method = await aMethod(tenant, 'ok', { isDefault: true });
  killer = await createKiller(world.app);
});

afterAll(() => world.close());

const draftInvoice = async (): Promise<string> => {
  const items = [{ description: 'Seat', quantity: '1', unitPrice: '100.00', taxRate: '18' }];
  const draft = await tenant.operator.post('/api/revenue/invoices', { currency: 'INR', items });
  return draft.body.data.id;
};

/** Makes what an operation works on, and gives the operation, which can be repeated as its client would. */
const operations: Readonly<Record<string, () => Promise<() => Promise<{ status: number }>>>> = {
  async finalize() {
    const id = await draftInvoice();
    return () => tenant.operator.post(`/api/revenue/invoices/${id}/send`);
  },
  async pay() {
    const id = await anOpenInvoice(tenant);
    const key = randomUUID();
    return () => pay(tenant, id, method, key);
  },
  async refund() {
    const paymentId = await aPayment(tenant, method);
    const key = randomUUID();
    return () => refund(tenant, { paymentId, amount: '40.00' }, key);
  },
};

const resolveAll = async (): Promise<void> => {
  const run = () =>
    world.app.container.services.paymentJanitor.resolve(systemContext(platformScope, randomUUID(), 'payment.resolved'));
  for (let left = 1; left > 0; ) {
    await world.later(6);
    const report = await run();
    expect(report.unresolved).toBe(0);
    left = report.payments + report.refunds;
  }
};

const keysOf = (text: string): Promise<string[]> =>
  world.app.rows<{ id: string }>(text).then((rows) => rows.map(({ id }) => id).sort());

describe(`killed ${ROUNDS} times, with seed ${SEED}`, () => {
  test(
    'nothing is lost, charged twice or left without its booking',
    async () => {
      const random = createRandom(SEED);
      const killed: Record<string, number> = {};
      for (let round = 0; round < ROUNDS; ) {
        const name = random.pick(Object.keys(operations));
        const operate = await operations[name]?.();
        world.server.make(random.pick(TROUBLES));
        await killer.arm(random.integer(1, STEPS));
        const answer = await operate?.();
        const wasKilled = await killer.disarm();
        world.server.make('none');
        if (wasKilled) {
          round += 1;
          killed[name] = (killed[name] ?? 0) + 1;
        }
        // Some clients repeat what failed, and others never come back.
        if (answer !== undefined && answer.status >= 500 && random.chance(50)) await operate?.();
      }
      expect(Object.keys(killed).sort()).toEqual(['finalize', 'pay', 'refund']);
      await resolveAll();

      const { services } = world.app.container;
      const found = await services.reconciliation.compare(systemContext(platformScope, randomUUID(), 'test.done'));
      expect(found.differences).toEqual([]);
      expect([...world.server.charges.keys()].sort()).toEqual(
        await keysOf("select id from payments where status = 'succeeded'"),
      );
      expect([...world.server.refunds.keys()].sort()).toEqual(
        await keysOf("select id from refunds where status = 'succeeded'"),
      );
      expect(
        await world.app.rows(
          `select invoice_id from payments where status = 'succeeded' group by invoice_id having count(*) > 1`,
        ),
      ).toEqual([]);
      expect(await keysOf("select id from payments where status in ('pending', 'processing')")).toEqual([]);
      const [sum] = await world.app.rows(
        'select sum(amount)::float8 as sum, count(*)::int as lines from ledger_entries',
      );
      expect(sum).toMatchObject({ sum: 0 });
      expect(sum?.lines).toBeGreaterThan(ROUNDS);
    },
    60_000 + ROUNDS * 2000,
  );
});
