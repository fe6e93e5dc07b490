import { PLATFORM_ID } from '../../src/types/ids.ts';
import { createIds } from './ids.ts';
import type { InvoiceRow } from './invoices.ts';
import type { PlanRow } from './plans.ts';
import { closingOf, type SeededTenant } from './tenants.ts';
import type { SeededUsers } from './users.ts';

interface Happening {
  readonly tenantId: string;
  readonly occurredAt: string;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string;
  /** null: the product did it by itself. */
  readonly actor: { readonly id: string; readonly name: string } | null;
  readonly changes: { readonly before?: object; readonly after?: object };
}

export interface SeededHistory {
  readonly plans: readonly PlanRow[];
  readonly tenants: readonly SeededTenant[];
  readonly users: SeededUsers;
  readonly invoices: readonly InvoiceRow[];
}

/** Who did what of all this. The entries are sealed, like any others, by the first worker that runs. */
export function makeAuditEntries(history: SeededHistory, anchor: Date) {
  const nextId = createIds('audit_entries');
  const happenings = [
    ...history.plans.map((plan) => planCreated(plan, history.users)),
    ...history.tenants.flatMap((tenant) => tenantHappenings(tenant, history.users, anchor)),
    ...history.invoices.flatMap((invoice) => invoiceHappenings(invoice, history.users)),
  ];
  return happenings
    .sort((a, b) => a.occurredAt.localeCompare(b.occurredAt))
    .map(({ actor, ...happening }) => {
      const id = nextId();
      return {
        ...happening,
        id,
        actorType: actor === null ? 'system' : 'user',
        actorId: actor?.id ?? null,
        actorName: actor?.name ?? 'Rowhouse',
        requestId: `seed-${id.slice(-6)}`,
      };
    });
}

const planCreated = (
  { id, code, name, currency, monthlyPrice, createdAt }: PlanRow,
  { operator }: SeededUsers,
): Happening => ({
  tenantId: PLATFORM_ID,
  occurredAt: createdAt,
  action: 'plan.created',
  resourceType: 'plan',
  resourceId: id,
  actor: operator,
  changes: { after: { code, name, currency, monthlyPrice } },
});

function tenantHappenings({ spec, row }: SeededTenant, { operator }: SeededUsers, anchor: Date): Happening[] {
  const common = { tenantId: row.id, resourceType: 'tenant', resourceId: row.id, actor: operator };
  const { name, slug, email, country, currency } = row;
  const created: Happening = {
    ...common,
    occurredAt: row.createdAt,
    action: 'tenant.created',
    changes: { after: { name, slug, email, country, currency, status: 'trial' } },
  };
  const closedAt = closingOf(spec, anchor);
  if (closedAt === null || spec.status !== 'suspended') return [created];
  return [
    created,
    {
      ...common,
      occurredAt: closedAt.toISOString(),
      action: 'tenant.suspended',
      changes: { before: { status: 'active' }, after: { status: 'suspended', suspendReason: row.suspendReason } },
    },
  ];
}

function invoiceHappenings(invoice: InvoiceRow, { operator }: SeededUsers): Happening[] {
  const { tenantId, id, number, currency, customerName, total, dueAt, createdAt, issuedAt } = invoice;
  const actor = invoice.subscriptionId === null ? operator : null;
  const common = { tenantId, resourceType: 'invoice', resourceId: id, actor };
  const draft = { number: null, status: 'draft', currency, customerName, total, dueAt: null };
  const created: Happening = { ...common, occurredAt: createdAt, action: 'invoice.created', changes: { after: draft } };
  if (issuedAt === null) return [created];
  const changes = { before: { number: null, status: 'draft', dueAt: null }, after: { number, status: 'open', dueAt } };
  return [created, { ...common, occurredAt: issuedAt, action: 'invoice.sent', changes }];
}
