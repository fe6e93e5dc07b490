import { randomUUID } from 'node:crypto';
import type { TestTenant } from './people.ts';

/** A default payment method of the sandbox, unless the tenant has one. */
export async function ensureSandboxMethod({ app, id }: TestTenant): Promise<void> {
  await app.rows(
    `insert into payment_methods (tenant_id, id, gateway, gateway_method_id, kind, is_default, updated_at)
     select $1, $2, 'sandbox', 'pm_sandbox_success', 'card', true, now()
     where not exists (select from payment_methods where tenant_id = $1 and is_default and removed_at is null)`,
    [id, randomUUID()],
  );
}

/** An open invoice of the tenant. */
export async function insertOpenInvoice({ operator }: TestTenant): Promise<string> {
  const items = [{ description: 'Seat', quantity: '1', unitPrice: '10.00', taxRate: '0' }];
  const draft = await operator.post('/api/revenue/invoices', { items });
  const sent = await operator.post(`/api/revenue/invoices/${draft.body.data.id}/send`);
  if (sent.status !== 200) throw new Error(`The invoice was not sent: ${sent.text}`);
  return draft.body.data.id;
}

/** A payment of an open invoice, that succeeded or failed. */
export async function insertPayment(tenant: TestTenant, status: 'succeeded' | 'failed'): Promise<string> {
  await ensureSandboxMethod(tenant);
  const id = randomUUID();
  await tenant.app.rows(
    `insert into payments (tenant_id, id, purpose, invoice_id, payment_method_id, gateway, gateway_payment_id, method, status,
       currency, amount, net_amount, captured_at, failure_class, updated_at)
     select $1, $2, 'invoice', $3, id, 'sandbox', $2::uuid::text, 'card', $4, 'INR', 10, 10,
       case when $4 = 'succeeded' then now() end, case when $4 = 'failed' then 'soft' end, now()
     from payment_methods where tenant_id = $1 and is_default and removed_at is null`,
    [tenant.id, id, await insertOpenInvoice(tenant), status],
  );
  return id;
}

async function insertRefund(tenant: TestTenant): Promise<string> {
  const id = randomUUID();
  await tenant.app.rows(
    `insert into refunds (tenant_id, id, payment_id, currency, amount, updated_at) values ($1, $2, $3, 'INR', 5, now())`,
    [tenant.id, id, await insertPayment(tenant, 'succeeded')],
  );
  return id;
}

async function insertMethod({ app, id: tenantId }: TestTenant): Promise<string> {
  const id = randomUUID();
  await app.rows(
    `insert into payment_methods (tenant_id, id, gateway, gateway_method_id, kind, updated_at)
     values ($1, $2, 'sandbox', $2::uuid::text, 'card', now())`,
    [tenantId, id],
  );
  return id;
}

/** How to make what belongs to payments, for tests/support/isolation-endpoints.ts. */
export const paymentRecipes = {
  '/api/revenue/payment-methods': {
    make: async (tenant: TestTenant) => ({ id: await insertMethod(tenant) }),
    bodies: { updatePaymentMethod: { label: 'Touched' } },
  },
  '/api/payments/transactions': {
    make: async (tenant: TestTenant) => ({ id: await insertPayment(tenant, 'succeeded') }),
  },
  '/api/payments/failed': {
    make: async (tenant: TestTenant) => ({ id: await insertPayment(tenant, 'failed') }),
    bodies: { retryPayment: {} },
  },
  '/api/payments/ledger': { make: async (tenant: TestTenant) => ({ invoiceId: await insertOpenInvoice(tenant) }) },
  '/api/payments/refunds': { make: async (tenant: TestTenant) => ({ id: await insertRefund(tenant) }) },
};
