import { randomUUID } from 'node:crypto';
import type { AppliedCharge, DisputeEvent } from '../../src/services/payments/outcome.service.ts';
import { systemContext, tenantScope } from '../../src/types/context-factory.ts';
import { asTenantId } from '../../src/types/ids.ts';
import type { TestTenant } from './people.ts';
import type { TestApp } from './test-app.ts';

/** A payment method of a tenant; the token says what the test's gateway does with it. */
export async function aMethod(
  { app, id: tenantId }: TestTenant,
  token: 'ok' | 'soft' | 'hard' | 'processing',
  { isDefault = false, country = 'US' }: { readonly isDefault?: boolean; readonly country?: string } = {},
): Promise<string> {
  const id = randomUUID();
  await app.rows(
    `insert into payment_methods (tenant_id, id, gateway, gateway_customer_id, gateway_method_id, kind, country, is_default, updated_at)
     values ($1, $2, 'sandbox', 'customer', $3, 'card', $4, $5, now())`,
    [tenantId, id, `${token}:${id}`, country, isDefault],
  );
  return id;
}

/** An invoice that waits for its payment. */
export async function anOpenInvoice(tenant: TestTenant, amount = '100.00', currency = 'INR'): Promise<string> {
  const draft = await tenant.operator.post('/api/revenue/invoices', {
    currency,
    items: [{ description: 'Seat', quantity: '1', unitPrice: amount, taxRate: '0' }],
  });
  if (draft.status !== 201) throw new Error(`No invoice was made: ${draft.text}`);
  const sent = await tenant.operator.post(`/api/revenue/invoices/${draft.body.data.id}/send`);
  if (sent.status !== 200) throw new Error(`The invoice was not sent: ${sent.text}`);
  return draft.body.data.id;
}

/** An invoice that was paid through the gateway: its payment. */
export async function aPayment(tenant: TestTenant, methodId: string, amount = '100.00'): Promise<string> {
  const invoiceId = await anOpenInvoice(tenant, amount);
  const paid = await pay(tenant, invoiceId, methodId);
  if (paid.status !== 201) throw new Error(`The invoice was not paid: ${paid.text}`);
  return paid.body.data.id;
}

export const pay = (tenant: TestTenant, invoiceId: string, paymentMethodId?: string, key: string = randomUUID()) =>
  tenant.operator.post(
    `/api/revenue/invoices/${invoiceId}/pay`,
    { through: 'gateway', ...(paymentMethodId !== undefined && { paymentMethodId }) },
    { 'idempotency-key': key },
  );

export const refund = (tenant: TestTenant, body: Record<string, unknown>, key: string = randomUUID()) =>
  tenant.operator.post('/api/payments/refund', body, { 'idempotency-key': key });

/** The product's own context in a tenant, as its jobs have it. */
export const inTenantOf = ({ id }: TestTenant) => systemContext(tenantScope(asTenantId(id)), randomUUID(), 'test.done');

/** What the inbox does with the event of a gateway. */
export const hear = (tenant: TestTenant, paymentId: string, outcome: AppliedCharge) => {
  const { infrastructure, services } = tenant.app.container;
  return infrastructure.tx.run(inTenantOf(tenant), (txCtx) =>
    services.paymentOutcomes.applyChargeOutcome(txCtx, paymentId, outcome),
  );
};

export const hearDispute = (tenant: TestTenant, event: DisputeEvent) => {
  const { infrastructure, services } = tenant.app.container;
  return infrastructure.tx.run(inTenantOf(tenant), (txCtx) => services.paymentOutcomes.applyDispute(txCtx, event));
};

export const succeeded = (gatewayPaymentId: string): AppliedCharge => ({
  status: 'succeeded',
  gatewayPaymentId,
  failure: null,
  fee: null,
  response: {},
});

/** What the ledger has on each account of a tenant; what is zero is left out. */
export async function balancesOf({ app, id }: TestTenant): Promise<Record<string, string>> {
  const rows = await app.rows<{ account: string; amount: string }>(
    `select account, trim_scale(sum(amount))::text as amount from ledger_entries where tenant_id = $1
     group by account having sum(amount) <> 0`,
    [id],
  );
  return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]));
}

export const one = async (app: TestApp, text: string, values: unknown[]): Promise<Record<string, unknown>> => {
  const [row] = await app.rows(text, values);
  if (row === undefined) throw new Error('There is no such row');
  return row;
};

export const paymentRow = (app: TestApp, id: string) => one(app, 'select * from payments where id = $1', [id]);
export const invoiceRow = (app: TestApp, id: string) => one(app, 'select * from invoices where id = $1', [id]);
