import { createCouponController } from '../controllers/billing/coupon.controller.ts';
import { createSubscriptionController } from '../controllers/billing/subscription.controller.ts';
import { createUsageController } from '../controllers/billing/usage.controller.ts';
import { INVALIDATION_CHANNEL } from '../repositories/base/invalidation.repository.ts';
import { createCouponRepository } from '../repositories/billing/coupon.repository.ts';
import type { PlanRepository } from '../repositories/billing/plan.repository.ts';
import type { SubscriptionRepository } from '../repositories/billing/subscription.repository.ts';
import { createSubscriptionHistoryRepository } from '../repositories/billing/subscription-history.repository.ts';
import { createSubscriptionItemsRepository } from '../repositories/billing/subscription-items.repository.ts';
import { createHeardCache } from '../services/base/heard-cache.ts';
import { createTenantCache, TENANT_CACHE_SECONDS } from '../services/base/tenant-cache.ts';
import { createCouponService } from '../services/billing/coupon.service.ts';
import {
  createEntitlements,
  entitlementOf,
  type PlanEntitlements,
  type TenantEntitlement,
} from '../services/billing/entitlements.service.ts';
import type { InvoiceService } from '../services/billing/invoice.service.ts';
import type { InvoiceIssuingService } from '../services/billing/invoice-issuing.service.ts';
import { createMrrLog } from '../services/billing/mrr-log.ts';
import { createSubscriptionService } from '../services/billing/subscription.service.ts';
import { createSubscriptionBilling } from '../services/billing/subscription-billing.ts';
import { createSubscriptionChangeService } from '../services/billing/subscription-change.service.ts';
import { createSubscriptionLifecycle } from '../services/billing/subscription-lifecycle.service.ts';
import { createSubscriptionReader } from '../services/billing/subscription-reader.ts';
import { createSubscriptionRecords } from '../services/billing/subscription-records.ts';
import { createSubscriptionRenewalService } from '../services/billing/subscription-renewal.service.ts';
import { createUsageService } from '../services/billing/usage.service.ts';
import { platformScope, systemContext } from '../types/context-factory.ts';
import { CachedEntitlement } from '../validators/billing/subscription.schema.ts';
import type { Infrastructure } from './infrastructure.ts';

type EntitlementNeeds = Pick<Infrastructure, 'clock' | 'notifications' | 'sharedCache'>;

interface SubscriptionNeeds
  extends EntitlementNeeds,
    Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'log'> {
  readonly subscriptions: SubscriptionRepository;
  readonly plans: PlanRepository;
  readonly invoices: InvoiceService;
  readonly issuing: InvoiceIssuingService;
}

/** Tenants, and plans, in the memory of one process. */
const MOST_CACHED = 10_000;

/** What tenants subscribe to, what that costs them, and what it entitles them to. */
export function composeSubscriptions({
  subscriptions,
  plans,
  invoices,
  issuing,
  ...infrastructure
}: SubscriptionNeeds) {
  const { database, tx, audit, events, clock, log } = infrastructure;
  const items = createSubscriptionItemsRepository({ database });
  const history = createSubscriptionHistoryRepository({ database });
  const couponRepository = createCouponRepository({ database });
  const entitlements = composeEntitlements(infrastructure, subscriptions, plans);
  const coupons = createCouponService({ coupons: couponRepository, plans, tx, audit, clock });
  const reader = createSubscriptionReader({ subscriptions, plans, coupons: couponRepository, items });
  const billing = createSubscriptionBilling({ issuing, items, clock });
  const records = createSubscriptionRecords({
    subscriptions,
    history,
    coupons: couponRepository,
    mrr: createMrrLog({ history, clock }),
    entitlements,
    audit,
    events,
    clock,
  });
  const parts = { subscriptions, reader, records, billing, tx, clock };
  const service = createSubscriptionService({ ...parts, history, plans, coupons, invoices });
  const lifecycle = createSubscriptionLifecycle(parts);
  const changes = createSubscriptionChangeService({ ...parts, coupons });
  const renewals = createSubscriptionRenewalService({ ...parts, lifecycle, log });
  const usage = createUsageService({ subscriptions, items, reader, tx, audit, clock });
  return {
    services: {
      subscriptions: service,
      subscriptionLifecycle: lifecycle,
      subscriptionChanges: changes,
      subscriptionRenewals: renewals,
      usage,
      coupons,
      entitlements,
    },
    controllers: {
      subscriptions: createSubscriptionController({ subscriptions: service, lifecycle, changes, renewals }),
      usage: createUsageController({ usage }),
      coupons: createCouponController({ coupons }),
    },
  };
}

function composeEntitlements(
  { clock, notifications, sharedCache }: EntitlementNeeds,
  subscriptions: SubscriptionRepository,
  plans: PlanRepository,
) {
  const ofTenants = createTenantCache<TenantEntitlement>({
    name: 'entitlements',
    read: async (ctx) => entitlementOf(await subscriptions.findLive(ctx)),
    parse: (json) => CachedEntitlement.safeParse(json).data ?? null,
    notifications,
    shared: sharedCache,
    clock,
    lifetimeMs: TENANT_CACHE_SECONDS * 1000,
    mostEntries: MOST_CACHED,
  });
  const ofPlans = createHeardCache<PlanEntitlements>({
    read: async (planId) => {
      const plan = await plans.findById(systemContext(platformScope, 'entitlements'), planId);
      return { features: plan?.features ?? [], limits: plan?.limits ?? {} };
    },
    notifications,
    clock,
    mostEntries: MOST_CACHED,
    lifetimeMs: TENANT_CACHE_SECONDS * 1000,
  });
  notifications.subscribe(INVALIDATION_CHANNEL, (payload) => {
    if (payload.startsWith('plan:')) ofPlans.forget(payload.slice('plan:'.length));
  });
  return createEntitlements({ tenants: ofTenants, plans: ofPlans });
}
