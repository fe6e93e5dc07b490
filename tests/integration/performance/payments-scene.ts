import { ensureSandboxMethod, insertOpenInvoice, insertPayment } from '../../support/isolation-payments.ts';
import type { TestTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';

/** Payments of a tenant that succeeded and that failed, and refunds of one of them. */
export async function paymentsScene(app: TestApp, tenant: TestTenant, size: number) {
  await ensureSandboxMethod(tenant);
  const invoiceId = await insertOpenInvoice(tenant);
  const insertMany = (status: 'succeeded' | 'failed', description: string) =>
    app.rows<{ id: string }>(
      `insert into payments (tenant_id, id, purpose, invoice_id, payment_method_id, gateway, gateway_payment_id, method, status,
         currency, amount, net_amount, captured_at, description, updated_at)
       select tenant_id, gen_random_uuid(), 'invoice', $2, id, 'sandbox', gen_random_uuid()::text, 'card', $3, 'INR', 100, 100,
         case when $3 = 'succeeded' then now() end, $4, now()
       from payment_methods, generate_series(1, $5) where tenant_id = $1 and is_default returning id`,
      [tenant.id, invoiceId, status, description, size],
    );
  const [first] = await insertMany('succeeded', 'Scene payment');
  await insertMany('failed', 'Scene failure');
  const paymentId = first?.id ?? '';
  await app.rows(
    `insert into refunds (tenant_id, id, payment_id, currency, amount, status, updated_at)
     select $1, gen_random_uuid(), $2, 'INR', 1, 'succeeded', now() from generate_series(1, $3)`,
    [tenant.id, paymentId, size],
  );
  await app.rows(
    `insert into payment_attempts (tenant_id, payment_id, position, operation, outcome, response)
     select $1, $2, n, 'charge', 'succeeded', '{}' from generate_series(1, $3) n`,
    [tenant.id, paymentId, size],
  );
  let tokens = 1000;
  const aMethod = async (): Promise<string> => {
    const [row] = await app.rows<{ id: string }>(
      `insert into payment_methods (tenant_id, id, gateway, gateway_method_id, kind, updated_at)
       select $1, id, 'sandbox', id::text, 'card', now() from gen_random_uuid() id returning id`,
      [tenant.id],
    );
    return row?.id ?? '';
  };
  for (let n = 1; n < size; n += 1) await aMethod();
  const [method] = await app.rows<{ id: string }>(
    'select id from payment_methods where tenant_id = $1 and is_default',
    [tenant.id],
  );
  const [event] = await app.rows<{ id: string }>(
    `insert into gateway_events (id, gateway, gateway_event_id, type, body, headers, processed_at, outcome)
     select gen_random_uuid(), 'sandbox', 'scene-' || n, 'scene', '{}', '{}', now(), 'ignored'
     from generate_series(1, $1) n on conflict do nothing returning id`,
    [size],
  );
  return {
    methodId: method?.id ?? '',
    aMethod,
    aToken: () => {
      tokens += 1;
      return `pm_sandbox_success_${tokens}`;
    },
    collection: {
      ...{ amount: '10.00', description: 'Scene' },
      ...{ successUrl: 'http://localhost/paid', cancelUrl: 'http://localhost/cart' },
    },
    gatewayEventId: event?.id ?? '',
    /** With refunds and attempts. */
    paymentId,
    /** That its gateway knows. */
    async aPayment(): Promise<string> {
      const path = `/api/revenue/invoices/${await insertOpenInvoice(tenant)}/pay`;
      return (await tenant.operator.post(path, { through: 'gateway' })).body.data.id;
    },
    aFailedPayment: () => insertPayment(tenant, 'failed'),
    anUnpaidInvoice: () => insertOpenInvoice(tenant),
    feesOfItsOwn: () => ({
      ...{ method: 'upi', currency: 'INR', gatewayPercentage: '1', gatewayFixed: '0' },
      ...{ platformPercentage: '0', platformFixed: '0' },
    }),
  };
}
