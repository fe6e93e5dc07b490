import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { PlanRepository } from '../../repositories/billing/plan.repository.ts';
import type { SubscriptionRepository } from '../../repositories/billing/subscription.repository.ts';
import type { SubscriptionHistoryRepository } from '../../repositories/billing/subscription-history.repository.ts';
import type { Invoice, InvoiceFilter, InvoiceSummary } from '../../types/billing/invoice.ts';
import type { Plan } from '../../types/billing/plan.ts';
import type {
  BillingCycle,
  NewSubscription,
  Subscription,
  SubscriptionChange,
  SubscriptionFilter,
  SubscriptionMetadata,
} from '../../types/billing/subscription.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TenantContext, TenantTxContext, TxContext } from '../../types/context.ts';
import type { Page, Slice, SliceRequest } from '../../types/page.ts';
import type { Tenant } from '../../types/tenancy/tenant.ts';
import { readSlice } from '../base/time-cursor.ts';
import type { ProvisioningOptions, TenantProvisioner } from '../tenancy/tenant-provisioner.ts';
import { anchorDayOf } from './billing-periods.ts';
import type { CouponService } from './coupon.service.ts';
import type { InvoiceService } from './invoice.service.ts';
import { emptyBill } from './subscription-bill.ts';
import type { SubscriptionBilling } from './subscription-billing.ts';
import { beginPeriod, listPrice, type SubscriptionStep, withoutPending } from './subscription-periods.ts';
import { available, type SubscriptionReader } from './subscription-reader.ts';
import type { SubscriptionRecords } from './subscription-records.ts';

export interface SubscriptionServiceDeps {
  readonly subscriptions: SubscriptionRepository;
  readonly history: Pick<SubscriptionHistoryRepository, 'listChanges'>;
  readonly plans: Pick<PlanRepository, 'findById' | 'lock'>;
  readonly reader: SubscriptionReader;
  readonly records: SubscriptionRecords;
  readonly billing: SubscriptionBilling;
  readonly coupons: Pick<CouponService, 'redeem' | 'apply'>;
  readonly invoices: Pick<InvoiceService, 'list'>;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
}

/** What somebody subscribes to. */
export interface SubscriptionOrder {
  readonly planId: string;
  readonly billingCycle: BillingCycle;
  readonly quantity: number;
  /** What the caller believes the plan is paid in. */
  readonly currency?: string | undefined;
  readonly couponCode?: string | undefined;
  readonly paymentMethodId?: string | null | undefined;
  readonly metadata: SubscriptionMetadata;
}

const DAY_MS = 86_400_000;

export type SubscriptionService = ReturnType<typeof createSubscriptionService>;

export function createSubscriptionService(deps: SubscriptionServiceDeps) {
  const { subscriptions, history, plans, reader, records, billing, coupons, invoices, tx, clock } = deps;

  const trialPlan = async (ctx: TxContext, tenant: Tenant, planId: string | undefined): Promise<Plan> => {
    const chosen = planId ?? (await subscriptions.findCheapestTrialPlan(ctx, tenant.currency));
    if (chosen === null) throw appError('PLAN_UNAVAILABLE', { message: 'There is no active plan with a trial.' });
    const plan = available(await plans.lock(ctx, chosen, 'key share'));
    if (plan.trialDays === 0) throw appError('PLAN_UNAVAILABLE', { message: 'This plan has no trial.' });
    return plan;
  };

  const insertOnly = async (ctx: TxContext, subscription: NewSubscription): Promise<Subscription> => {
    try {
      return await subscriptions.insert(ctx, subscription, clock.now().toISOString());
    } catch (error) {
      if (violatedConstraint(error) !== 'subscriptions_one_at_a_time') throw error;
      throw appError('SUBSCRIPTION_EXISTS', { cause: error });
    }
  };

  const firstStep = async (ctx: TenantTxContext, order: SubscriptionOrder, plan: Plan): Promise<SubscriptionStep> => {
    const startsAt = clock.now().toISOString();
    const subscription = newSubscription(ctx, order, plan, startsAt);
    const redemption =
      order.couponCode === undefined ? null : await coupons.redeem(ctx, order.couponCode, subscription, startsAt);
    if (plan.trialDays > 0 && !(await subscriptions.hasSubscribed(ctx, plan.id))) {
      return { after: inTrial(subscription, plan, startsAt), redemption, bill: emptyBill(plan.currency) };
    }
    return beginPeriod({ subscription, plan, redemption, pending: [], used: {} }, subscription, plan, startsAt, {
      anchored: true,
    });
  };

  const firstInvoice = async (ctx: TenantTxContext, step: SubscriptionStep, plan: Plan): Promise<Invoice | null> => {
    const pending = await reader.pendingOf(ctx, plan.currency);
    const facts = { subscription: step.after, pending };
    return (await billing.bill(ctx, facts, step, plan, 'subscription_create')).invoice;
  };

  return {
    list(ctx: Context, filter: SubscriptionFilter): Promise<Page<Subscription>> {
      return subscriptions.list(ctx, filter);
    },

    /** @throws AppError SUBSCRIPTION_NOT_FOUND */
    get(ctx: TenantContext, id: string): Promise<Subscription> {
      return reader.get(ctx, id);
    },

    /**
     * What happened to a subscription, the newest first.
     * @throws AppError SUBSCRIPTION_NOT_FOUND, VALIDATION_FAILED for a cursor that no answer gave
     */
    async listChanges(ctx: TenantContext, id: string, request: SliceRequest): Promise<Slice<SubscriptionChange>> {
      await reader.get(ctx, id);
      return readSlice(request, async (part) =>
        (await history.listChanges(ctx, id, part)).map((change) => ({ ...change, occurredAt: change.createdAt })),
      );
    },

    /** @throws AppError SUBSCRIPTION_NOT_FOUND */
    async listInvoices(
      ctx: TenantContext,
      id: string,
      filter: Omit<InvoiceFilter, 'subscriptionId'>,
    ): Promise<Page<InvoiceSummary>> {
      await reader.get(ctx, id);
      return invoices.list(ctx, { ...filter, subscriptionId: id });
    },

    /**
     * Subscribes the tenant: with the plan's trial the first time it takes the plan, and paid from now on otherwise. What its
     * last subscription left it is taken off the first invoice.
     * @throws AppError PLAN_NOT_FOUND, PLAN_UNAVAILABLE, SUBSCRIPTION_EXISTS, CURRENCY_MISMATCH, PAYMENT_METHOD_NOT_FOUND,
     *   COUPON_UNKNOWN, COUPON_EXPIRED, COUPON_USED_UP, COUPON_NOT_FOR_PLAN, and as InvoiceIssuingService.issue
     */
    async create(ctx: TenantContext, order: SubscriptionOrder): Promise<Subscription> {
      return tx.run(ctx, async (txCtx) => {
        const plan = available(await plans.findById(txCtx, order.planId));
        if (order.currency !== undefined && order.currency !== plan.currency) {
          throw appError('CURRENCY_MISMATCH', { message: `The plan is paid in ${plan.currency}.` });
        }
        await assertPaymentMethod(txCtx, order.paymentMethodId, subscriptions);
        const step = await firstStep(txCtx, order, plan);
        const subscription = await insertOnly(txCtx, step.after);
        if (step.redemption !== null) await coupons.apply(txCtx, subscription.id, step.redemption);
        const invoice = subscription.status === 'trialing' ? null : await firstInvoice(txCtx, step, plan);
        await records.created(txCtx, subscription, step.redemption, invoice?.id ?? null);
        return subscription;
      });
    },

    /**
     * Starts the trial of a new tenant; the first period is the trial, at the plan's present price.
     * @throws AppError PLAN_NOT_FOUND, PLAN_UNAVAILABLE for a plan that is archived or has no trial, or when no plan has one
     */
    async provision(ctx: TxContext, tenant: Tenant, { planId }: ProvisioningOptions): Promise<void> {
      const plan = await trialPlan(ctx, tenant, planId);
      const startsAt = clock.now().toISOString();
      const order = { planId: plan.id, billingCycle: 'monthly', quantity: 1, metadata: {} } as const;
      const subscription = newSubscription({ scope: { tenantId: tenant.id } }, order, plan, startsAt);
      records.provisioned(ctx, await insertOnly(ctx, inTrial(subscription, plan, startsAt)));
    },
  } satisfies TenantProvisioner & Record<string, unknown>;
}

/** @throws AppError PAYMENT_METHOD_NOT_FOUND */
export async function assertPaymentMethod(
  ctx: TenantContext,
  id: string | null | undefined,
  subscriptions: Pick<SubscriptionRepository, 'hasPaymentMethod'>,
): Promise<void> {
  if (id === null || id === undefined || (await subscriptions.hasPaymentMethod(ctx, id))) return;
  throw appError('PAYMENT_METHOD_NOT_FOUND');
}

function newSubscription(
  { scope }: { readonly scope: Pick<TenantContext['scope'], 'tenantId'> },
  { planId, billingCycle, quantity, paymentMethodId, metadata }: SubscriptionOrder,
  plan: Plan,
  startsAt: string,
): Subscription {
  return {
    ...withoutPending,
    tenantId: scope.tenantId,
    id: uuidv7(),
    planId,
    status: 'active',
    billingCycle,
    quantity,
    currency: plan.currency,
    unitPrice: listPrice(plan, billingCycle),
    trialEndsAt: null,
    currentPeriodStart: startsAt,
    currentPeriodEnd: startsAt,
    cancelAtPeriodEnd: false,
    canceledAt: null,
    cancelReason: null,
    endedAt: null,
    pausedAt: null,
    resumesAt: null,
    pastDueAt: null,
    anchorDay: anchorDayOf(startsAt),
    paymentMethodId: paymentMethodId ?? null,
    metadata,
    version: 1,
    createdAt: startsAt,
    updatedAt: startsAt,
  };
}

function inTrial(subscription: Subscription, { trialDays }: Plan, startsAt: string): Subscription {
  const trialEndsAt = new Date(Date.parse(startsAt) + trialDays * DAY_MS).toISOString();
  return {
    ...subscription,
    status: 'trialing',
    trialEndsAt,
    currentPeriodEnd: trialEndsAt,
    anchorDay: anchorDayOf(trialEndsAt),
  };
}
