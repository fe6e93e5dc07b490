import { randomUUID } from 'node:crypto';
import { systemContext, tenantScope } from '../../src/types/context-factory.ts';
import { asTenantId, type TenantId } from '../../src/types/ids.ts';
import { backendsCpuTime, machineCpuTime, totalOf } from '../lib/cpu-time.ts';
import type { MoneyProduct } from '../lib/money-product.ts';
import { fixed, percent } from '../lib/table.ts';

const PAYMENTS = 10_000;
const BATCH = 500;
const ONE_BY_ONE = 500;
const AT_ONCE = 16;
const GOAL_SECONDS = 10;

/** Runs work for each of many, some at once. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** A tenant with collections that the sandbox has taken. */
async function aTenantWithPayments({ admin, container }: MoneyProduct, count: number) {
  const gateway = container.infrastructure.gateways.payments.current;
  const tenantId = asTenantId(randomUUID());
  await admin.query(
    `insert into tenants (id, name, slug, email, country, currency, time_zone, locale, updated_at)
     values ($1, 'Bench', $2, 'bench@rowhouse.example', 'IN', 'INR', 'UTC', 'en-IN', now())`,
    [tenantId, `bench-${tenantId.slice(0, 8)}`],
  );
  const paymentIds = Array.from({ length: count }, () => randomUUID());
  const charged = new Map<string, string>();
  await forEach(paymentIds, async (paymentId) => {
    const { gatewayPaymentId } = await gateway.charge({
      ...{ idempotencyKey: paymentId, amount: '100.00', currency: 'INR', gatewayCustomerId: null },
      ...{ gatewayMethodId: 'pm_sandbox_success', description: 'Bench', metadata: {} },
    });
    charged.set(paymentId, gatewayPaymentId);
  });
  await admin.query(
    `insert into payments (tenant_id, id, purpose, gateway, gateway_payment_id, method, status, currency, amount, net_amount,
       captured_at, updated_at)
     select $1, made.id, 'collection', 'sandbox', made.charge, 'card', 'succeeded', 'INR', 100, 100, now(), now()
     from unnest($2::uuid[], $3::text[]) as made (id, charge)`,
    [tenantId, paymentIds, paymentIds.map((id) => charged.get(id))],
  );
  await admin.query('analyze');
  return { tenantId, paymentIds };
}

/** How long some work takes, and whose CPU is busy meanwhile. */
async function measure({ admin }: MoneyProduct, work: () => Promise<void>) {
  const backendsBefore = (await backendsCpuTime(admin)) ?? 0;
  const [ownBefore, machineBefore, startedAt] = [process.cpuUsage(), machineCpuTime(), performance.now()];
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const own = totalOf(process.cpuUsage(ownBefore));
  const backends = Math.max(0, ((await backendsCpuTime(admin)) ?? 0) - backendsBefore);
  const others = Math.max(0, machineCpuTime() - machineBefore - own - backends);
  const of = (part: number) => percent(part / (seconds * 1_000_000));
  return {
    seconds,
    binding: `of one core: this process ${of(own)}, the database ${of(backends)}, others ${of(others)}`,
  };
}

const contextOf = (tenantId: TenantId) => systemContext(tenantScope(tenantId), 'bench', 'payment.refund_requested');

/**
 * What the bench says of refunds: those of a batch share their transactions and statements, each is asked for at the sandbox,
 * which writes it to the disk. The books must be right afterwards.
 */
export async function reportRefunds(product: MoneyProduct): Promise<string> {
  const { paymentRefunds } = product.container.services;
  const single = await aTenantWithPayments(product, ONE_BY_ONE);
  const alone = await measure(product, () =>
    forEach(single.paymentIds, async (paymentId) => {
      const ctx = contextOf(single.tenantId);
      await paymentRefunds.finish(ctx, await paymentRefunds.begin(ctx, { paymentId }));
    }),
  );

  const { tenantId, paymentIds } = await aTenantWithPayments(product, PAYMENTS);
  const together = await measure(product, async () => {
    for (let start = 0; start < PAYMENTS; start += BATCH) {
      const ctx = contextOf(tenantId);
      const parts = paymentIds.slice(start, start + BATCH).map((paymentId) => ({ paymentId }));
      await paymentRefunds.finishMany(ctx, await paymentRefunds.beginMany(ctx, parts, undefined));
    }
  });
  const { rows } = await product.admin.query<{ refunded: number; owed: string | null }>(
    `select (select count(*)::int from refunds where tenant_id = $1 and status = 'succeeded') as refunded,
       (select sum(amount)::text from ledger_entries where tenant_id = $1 and account = 'owed_to_tenant') as owed`,
    [tenantId],
  );
  const verdict = together.seconds < GOAL_SECONDS ? 'reached' : 'MISSED';
  return [
    `${PAYMENTS} refunds in batches of ${BATCH}: ${fixed(together.seconds, 2)} s, ${fixed(PAYMENTS / together.seconds, 0)}/s; the goal of ${GOAL_SECONDS} s is ${verdict} (${together.binding}).`,
    `One by one, ${AT_ONCE} at once: ${fixed(ONE_BY_ONE / alone.seconds, 0)}/s (${alone.binding}).`,
    `Succeeded: ${rows[0]?.refunded}; booked: ${rows[0]?.owed}.`,
  ].join('\n');
}
