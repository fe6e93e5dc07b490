import { daysAfter, daysBefore, startOfMonth } from './calendar.ts';
import { createIds } from './ids.ts';
import type { PlanRow } from './plans.ts';
import { DEMO_TENANTS, type DemoTenant } from './tenant-list.ts';

export function makeTenants(anchor: Date) {
  const nextId = createIds('tenants');
  return DEMO_TENANTS.map((spec) => ({ spec, row: tenantRow(nextId(), spec, anchor) }));
}

export type SeededTenant = ReturnType<typeof makeTenants>[number];

function tenantRow(id: string, spec: DemoTenant, anchor: Date) {
  const { slug, name, domain, kind, status, country, currency, timeZone, locale, phone, addressLines, taxId } = spec;
  const { state = null } = spec;
  const createdAt = daysBefore(anchor, spec.age).toISOString();
  const closedAt = closingOf(spec, anchor)?.toISOString() ?? null;
  const isSuspended = status === 'suspended';
  return {
    id,
    slug,
    name,
    email: `accounts@${domain}`,
    phone,
    addressLines,
    country,
    region: state,
    currency,
    timeZone,
    locale,
    taxId,
    status,
    suspendedAt: isSuspended ? closedAt : null,
    suspendReason: isSuspended ? (spec.closedBecause ?? null) : null,
    metadata: { kind },
    version: closedAt === null ? 1 : 2,
    createdAt,
    updatedAt: closedAt ?? createdAt,
  };
}

/** When a tenant was suspended or ended; null while it is open. */
export const closingOf = ({ closedAge }: DemoTenant, anchor: Date): Date | null =>
  closedAge === undefined ? null : daysBefore(anchor, closedAge);

const SUBSCRIPTION_STATUS = {
  trial: 'trialing',
  active: 'active',
  suspended: 'past_due',
  inactive: 'canceled',
} as const;

export function makeSubscriptions(tenants: readonly SeededTenant[], plans: readonly PlanRow[], anchor: Date) {
  const nextId = createIds('subscriptions');
  return tenants.map(({ spec, row }) => {
    const plan = plans.find(({ code }) => code === spec.plan);
    if (plan === undefined) throw new RangeError(`There is no plan ${spec.plan}`);
    const createdAt = new Date(row.createdAt);
    const trialEndsAt = spec.status === 'trial' ? daysAfter(createdAt, plan.trialDays) : null;
    const periodEnd = closingOf(spec, anchor) ?? anchor;
    const canceledAt = spec.status === 'inactive' ? periodEnd.toISOString() : null;
    return {
      tenantId: row.id,
      id: nextId(),
      planId: plan.id,
      status: SUBSCRIPTION_STATUS[spec.status],
      billingCycle: spec.billingCycle,
      quantity: 1,
      currency: plan.currency,
      unitPrice: spec.billingCycle === 'annual' ? plan.annualPrice : plan.monthlyPrice,
      trialEndsAt: trialEndsAt?.toISOString() ?? null,
      ...periodAround(spec, createdAt, periodEnd, trialEndsAt),
      canceledAt,
      endedAt: canceledAt,
      anchorDay: createdAt.getUTCDate(),
      createdAt: row.createdAt,
      updatedAt: canceledAt ?? row.createdAt,
    };
  });
}

export type SubscriptionRow = ReturnType<typeof makeSubscriptions>[number];

function periodAround(spec: DemoTenant, createdAt: Date, moment: Date, trialEndsAt: Date | null) {
  if (trialEndsAt !== null)
    return { currentPeriodStart: createdAt.toISOString(), currentPeriodEnd: trialEndsAt.toISOString() };
  if (spec.billingCycle === 'monthly')
    return {
      currentPeriodStart: startOfMonth(moment, 0).toISOString(),
      currentPeriodEnd: startOfMonth(moment, -1).toISOString(),
    };
  const isYearTwo = moment.getTime() >= daysAfter(createdAt, 365).getTime();
  const start = daysAfter(createdAt, isYearTwo ? 365 : 0);
  return { currentPeriodStart: start.toISOString(), currentPeriodEnd: daysAfter(start, 365).toISOString() };
}
