import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { SubscriptionRepository } from '../../repositories/billing/subscription.repository.ts';
import type { Invoice, InvoiceDraft } from '../../types/billing/invoice.ts';
import type { Plan } from '../../types/billing/plan.ts';
import type { BillingCycle, Subscription, SubscriptionMetadata } from '../../types/billing/subscription.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { CouponService } from './coupon.service.ts';
import { assertPaymentMethod } from './subscription.service.ts';
import type { BilledStep, SubscriptionBilling } from './subscription-billing.ts';
import { type ChangeDecision, type ChangeOrder, decideChange } from './subscription-change.ts';
import type { SubscriptionFacts } from './subscription-periods.ts';
import { assertAllowed, assertGoesOn, assertNotDue, type SubscriptionReader } from './subscription-reader.ts';
import type { RecordedChange, SubscriptionRecords } from './subscription-records.ts';

export interface SubscriptionChangeServiceDeps {
  readonly subscriptions: Pick<SubscriptionRepository, 'hasPaymentMethod'>;
  readonly reader: SubscriptionReader;
  readonly records: SubscriptionRecords;
  readonly billing: SubscriptionBilling;
  readonly coupons: Pick<CouponService, 'redeem' | 'apply'>;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
}

/** What a change does, and what it bills. */
export interface ChangeOutcome<Billed extends Invoice | InvoiceDraft> extends BilledStep<Billed> {
  readonly decision: ChangeDecision;
}

/** A change that was made. */
export interface MadeChange extends ChangeOutcome<Invoice> {
  readonly subscription: Subscription;
}

/** What somebody writes about a subscription; what is absent stays. */
export interface SubscriptionUpdate {
  readonly version?: number | undefined;
  readonly quantity?: number | undefined;
  readonly billingCycle?: BillingCycle | undefined;
  readonly couponCode?: string | undefined;
  readonly paymentMethodId?: string | null | undefined;
  readonly metadata?: SubscriptionMetadata | undefined;
}

const NOTHING_BILLED = { invoice: null, waiting: [] } as const;

export type SubscriptionChangeService = ReturnType<typeof createSubscriptionChangeService>;

export function createSubscriptionChangeService(deps: SubscriptionChangeServiceDeps) {
  const { subscriptions, reader, records, billing, coupons, tx, clock } = deps;
  const now = (): string => clock.now().toISOString();

  /** The one place that decides, for previews and for changes. */
  const decide = async (
    ctx: TenantContext,
    subscription: Subscription,
    order: ChangeOrder,
  ): Promise<{ facts: SubscriptionFacts; plan: Plan; decision: ChangeDecision | null }> => {
    const at = now();
    assertAllowed(subscription, 'change');
    assertGoesOn(subscription);
    assertNotDue(subscription, at);
    const facts = await reader.factsOf(ctx, subscription, at);
    const plan = await reader.planToChangeTo(ctx, facts, order.planId);
    return { facts, plan, decision: decideChange(facts, order, plan, at) };
  };

  /** @returns null where nothing would change */
  const make = async (
    ctx: TenantTxContext,
    subscription: Subscription,
    order: ChangeOrder,
  ): Promise<MadeChange | null> => {
    const { facts, plan, decision } = await decide(ctx, subscription, order);
    if (decision === null) return null;
    const billed = isBilled(decision)
      ? await billing.bill(ctx, facts, decision, plan, 'subscription_update')
      : NOTHING_BILLED;
    const saved = await records.changed(ctx, facts, decision, recordOf(facts, decision, billed.invoice, now()));
    return { subscription: saved, decision, ...billed };
  };

  const addCoupon = async (ctx: TenantTxContext, subscription: Subscription, code: string): Promise<void> => {
    assertGoesOn(subscription);
    if (subscription.status === 'canceled') throw appError('SUBSCRIPTION_STATE');
    if ((await reader.redemptionOf(ctx, subscription)) !== null) throw appError('COUPON_ALREADY_APPLIED');
    await coupons.apply(ctx, subscription.id, await coupons.redeem(ctx, code, subscription, now()));
  };

  return {
    /**
     * What a change would do and bill at this instant.
     * @throws AppError as change
     */
    async preview(ctx: TenantContext, id: string, order: ChangeOrder): Promise<ChangeOutcome<InvoiceDraft>> {
      const { facts, plan, decision } = await decide(ctx, await reader.get(ctx, id), order);
      if (decision === null) throw appError('SUBSCRIPTION_UNCHANGED');
      const billed = isBilled(decision)
        ? await billing.preview(ctx, facts, decision, plan, 'subscription_update')
        : NOTHING_BILLED;
      return { decision, ...billed };
    },

    /**
     * Changes plan, cycle or quantity: now or at the end of the period, as the present plan's policies say.
     * @throws AppError SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_STATE, SUBSCRIPTION_ENDING, SUBSCRIPTION_RENEWAL_DUE,
     *   SUBSCRIPTION_UNCHANGED, PLAN_NOT_FOUND, PLAN_UNAVAILABLE, CURRENCY_MISMATCH, and as InvoiceIssuingService.issue
     */
    change(ctx: TenantContext, id: string, order: ChangeOrder): Promise<MadeChange> {
      return tx.run(ctx, async (txCtx) => {
        const made = await make(txCtx, await reader.lock(txCtx, id), order);
        if (made === null) throw appError('SUBSCRIPTION_UNCHANGED');
        return made;
      });
    },

    /**
     * Writes what stands with a subscription: quantity and cycle change as by `change`; a coupon counts from the next period on.
     * @throws AppError SUBSCRIPTION_NOT_FOUND, VERSION_CONFLICT with the current state, PAYMENT_METHOD_NOT_FOUND,
     *   COUPON_ALREADY_APPLIED, as CouponService.redeem, and as change
     */
    update(ctx: TenantContext, id: string, update: SubscriptionUpdate): Promise<Subscription> {
      const { version, quantity, billingCycle, couponCode, paymentMethodId, metadata } = update;
      return tx.run(ctx, async (txCtx) => {
        const before = await reader.lock(txCtx, id);
        if (version !== undefined && version !== before.version) {
          const current = { id, version: before.version, updatedAt: before.updatedAt };
          throw appError('VERSION_CONFLICT', { details: { current } });
        }
        await assertPaymentMethod(txCtx, paymentMethodId, subscriptions);
        if (couponCode !== undefined) await addCoupon(txCtx, before, couponCode);
        const annotated = await records.annotated(txCtx, before, {
          ...before,
          ...(paymentMethodId !== undefined && { paymentMethodId }),
          ...(metadata !== undefined && { metadata }),
        });
        if (quantity === undefined && billingCycle === undefined) return annotated;
        const made = await make(txCtx, annotated, { quantity, billingCycle });
        return made?.subscription ?? annotated;
      });
    },
  };
}

/** What begins later, or in a trial, bills nothing now. */
const isBilled = ({ policy }: ChangeDecision): boolean => policy === 'prorate' || policy === 'full_price';

function recordOf(
  { subscription }: SubscriptionFacts,
  { policy, after, effectiveAt }: ChangeDecision,
  invoice: Invoice | null,
  at: string,
): RecordedChange {
  const told = { at, effectiveAt, invoiceId: invoice?.id ?? null };
  if (policy === 'next_period' || policy === 'withdrawn') return { kind: 'change_scheduled', ...told };
  const isOther = after.planId !== subscription.planId || after.billingCycle !== subscription.billingCycle;
  return { kind: isOther ? 'plan_changed' : 'quantity_changed', ...told };
}
