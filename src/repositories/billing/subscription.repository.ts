import { z } from 'zod';
import { invariant } from '../../errors/app-error.ts';
import type { InvoiceStatus } from '../../types/billing/invoice.ts';
import type { NewSubscription, Subscription, SubscriptionFilter } from '../../types/billing/subscription.ts';
import type { Context, PlatformScope, TenantContext, TenantTxContext, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import { formatUnitPrice } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { offsetOf } from '../base/order.ts';
import * as sql from './subscription-statements.ts';

type SubscriptionRow = { -readonly [Key in keyof Subscription]: Subscription[Key] };

/** A subscription for which something is to be done since `dueAt`. */
export interface DueSubscription {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly dueAt: string;
}

/** The subscription that an invoice bills, and how the invoice stands. */
export interface BilledSubscription {
  readonly subscriptionId: string;
  readonly status: InvoiceStatus;
}

const Limits = z.record(z.string(), z.number());

export type SubscriptionRepository = ReturnType<typeof createSubscriptionRepository>;

export function createSubscriptionRepository({ database }: { database: Database }) {
  return {
    async list(ctx: Context, { status, ...page }: SubscriptionFilter): Promise<Page<Subscription>> {
      const tenantId = ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined;
      const { names, values } = sql.filters.given({ tenantId, status });
      const [rows, counted] = await Promise.all([
        database.query<SubscriptionRow>(ctx, sql.listStatement(names, page.sort), [
          ...values,
          page.limit,
          offsetOf(page),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items: rows.map(toSubscription), page: page.page, limit: page.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: TenantContext, id: string): Promise<Subscription | null> {
      const [row] = await database.query<SubscriptionRow>(ctx, sql.FIND, [ctx.scope.tenantId, id]);
      return row === undefined ? null : toSubscription(row);
    },

    /** Reads a subscription and locks it until the transaction ends. */
    async lock(ctx: TenantTxContext, id: string, strength: sql.SubscriptionLock): Promise<Subscription | null> {
      const values = [ctx.scope.tenantId, id];
      const [row] = await database.query<SubscriptionRow>(ctx, sql.lockStatement(strength), values);
      return row === undefined ? null : toSubscription(row);
    },

    /** @throws the database's unique violation of subscriptions_one_at_a_time */
    async insert(ctx: TxContext, subscription: NewSubscription, now: string): Promise<Subscription> {
      const [row] = await database.query<SubscriptionRow>(ctx, sql.INSERT, [
        subscription.tenantId,
        subscription.id,
        subscription.planId,
        subscription.status,
        subscription.billingCycle,
        subscription.quantity,
        subscription.currency,
        subscription.unitPrice,
        subscription.trialEndsAt,
        subscription.currentPeriodStart,
        subscription.currentPeriodEnd,
        subscription.anchorDay,
        subscription.paymentMethodId,
        subscription.metadata,
        now,
      ]);
      return toSubscription(invariant(row, 'An inserted subscription is answered'));
    },

    /** Writes a locked subscription; its version goes up by one. */
    async save(ctx: TenantTxContext, subscription: Subscription, now: string): Promise<Subscription> {
      const [row] = await database.query<SubscriptionRow>(ctx, sql.SAVE, [
        ctx.scope.tenantId,
        subscription.id,
        subscription.planId,
        subscription.status,
        subscription.billingCycle,
        subscription.quantity,
        subscription.unitPrice,
        subscription.trialEndsAt,
        subscription.currentPeriodStart,
        subscription.currentPeriodEnd,
        subscription.cancelAtPeriodEnd,
        subscription.canceledAt,
        subscription.cancelReason,
        subscription.endedAt,
        subscription.pausedAt,
        subscription.resumesAt,
        subscription.pastDueAt,
        subscription.pendingPlanId,
        subscription.pendingBillingCycle,
        subscription.pendingQuantity,
        subscription.anchorDay,
        subscription.paymentMethodId,
        subscription.metadata,
        now,
      ]);
      return toSubscription(invariant(row, 'A locked subscription can be saved'));
    },

    /** Subscriptions of all tenants whose period, or trial, is over: the longest first, those after `after`. */
    listDue(
      ctx: Context<PlatformScope>,
      now: string,
      after: Pick<DueSubscription, 'dueAt' | 'id'>,
      limit: number,
    ): Promise<DueSubscription[]> {
      return database.query<Pick<DueSubscription, keyof DueSubscription>>(ctx, sql.DUE, [
        now,
        after.dueAt,
        after.id,
        limit,
      ]);
    },

    /** Paused subscriptions of all tenants that are to go on by now, as `listDue`. */
    listToResume(
      ctx: Context<PlatformScope>,
      now: string,
      after: Pick<DueSubscription, 'dueAt' | 'id'>,
      limit: number,
    ): Promise<DueSubscription[]> {
      const values = [now, after.dueAt, after.id, limit];
      return database.query<Pick<DueSubscription, keyof DueSubscription>>(ctx, sql.TO_RESUME, values);
    },

    /** Which subscription an invoice bills, and how the invoice stands; null for one that bills none. */
    async findOfInvoice(ctx: TenantContext, invoiceId: string): Promise<BilledSubscription | null> {
      const values = [ctx.scope.tenantId, invoiceId];
      return (
        (await database.query<Pick<BilledSubscription, keyof BilledSubscription>>(ctx, sql.OF_INVOICE, values))[0] ??
        null
      );
    },

    /** As `findOfInvoice`, by a payment of the invoice. */
    async findOfPayment(ctx: TenantContext, paymentId: string): Promise<BilledSubscription | null> {
      const values = [ctx.scope.tenantId, paymentId];
      return (
        (await database.query<Pick<BilledSubscription, keyof BilledSubscription>>(ctx, sql.OF_PAYMENT, values))[0] ??
        null
      );
    },

    async hasOpenInvoice(ctx: TenantContext, id: string): Promise<boolean> {
      return (await database.query(ctx, sql.HAS_OPEN_INVOICE, [ctx.scope.tenantId, id])).length > 0;
    },

    /** Whether the tenant has, or had, a subscription to a plan. */
    async hasSubscribed(ctx: TenantContext, planId: string): Promise<boolean> {
      return (await database.query(ctx, sql.HAS_SUBSCRIBED, [ctx.scope.tenantId, planId])).length > 0;
    },

    /** Whether the tenant can pay by a method. */
    async hasPaymentMethod(ctx: TenantContext, paymentMethodId: string): Promise<boolean> {
      return (await database.query(ctx, sql.HAS_PAYMENT_METHOD, [ctx.scope.tenantId, paymentMethodId])).length > 0;
    },

    /** The tenant's subscription that has not ended: what it is to, and how it stands. */
    async findLive(ctx: TenantContext): Promise<Pick<Subscription, 'planId' | 'status'> | null> {
      const values = [ctx.scope.tenantId];
      const [row] = await database.query<Pick<SubscriptionRow, 'planId' | 'status'>>(ctx, sql.LIVE, values);
      return row ?? null;
    },

    /** The limits of the plan that the tenant's latest subscription is to; null without one that has not been canceled. */
    async findPlanLimits(ctx: TenantContext): Promise<Readonly<Record<string, number>> | null> {
      const [row] = await database.query<{ limits: unknown }>(ctx, sql.PLAN_LIMITS, [ctx.scope.tenantId]);
      return row === undefined ? null : Limits.parse(row.limits);
    },

    /** The id of the cheapest active plan with trial days: of those in `currency` where there are any. */
    async findCheapestTrialPlan(ctx: TxContext, currency: string): Promise<string | null> {
      const [row] = await database.query<{ id: string }>(ctx, sql.CHEAPEST_TRIAL_PLAN, [currency]);
      return row?.id ?? null;
    },
  };
}

function toSubscription(row: SubscriptionRow): Subscription {
  row.unitPrice = formatUnitPrice(row.unitPrice, row.currency);
  return row;
}
