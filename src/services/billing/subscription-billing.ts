import type { SubscriptionItemsRepository } from '../../repositories/billing/subscription-items.repository.ts';
import type { BillingReason, Invoice, InvoiceDraft } from '../../types/billing/invoice.ts';
import type { Plan } from '../../types/billing/plan.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import { parseDecimal } from '../../utils/money.ts';
import type { InvoiceIssuingService, IssueInput } from './invoice-issuing.service.ts';
import { type NewPendingItem, type SettledBill, settleBill } from './subscription-bill.ts';
import type { SubscriptionFacts, SubscriptionStep } from './subscription-periods.ts';

export interface SubscriptionBillingDeps {
  readonly issuing: InvoiceIssuingService;
  readonly items: Pick<SubscriptionItemsRepository, 'markTaken' | 'insert'>;
  readonly clock: Clock;
}

/** What a step bills, or has billed. */
export interface BilledStep<Billed> {
  /** Null where nothing is invoiced. */
  readonly invoice: Billed | null;
  /** What waits for the next invoice after it: decimal strings, negative for a credit. */
  readonly waiting: readonly WaitingAmount[];
}

export interface WaitingAmount {
  readonly description: string;
  readonly amount: string;
}

/** What a bill is about, and what was pending for it. */
type BilledFacts = Pick<SubscriptionFacts, 'subscription' | 'pending'>;

export type SubscriptionBilling = ReturnType<typeof createSubscriptionBilling>;

/** Makes the invoices of subscriptions. All of an invoice bears the tax of one plan. */
export function createSubscriptionBilling({ issuing, items, clock }: SubscriptionBillingDeps) {
  return {
    /**
     * Issues what a step bills, in its transaction, with what was pending; what is left waits for the next invoice. The
     * subscription stands already.
     * @throws AppError as InvoiceIssuingService.issue
     */
    async bill(
      ctx: TenantTxContext,
      { subscription, pending }: BilledFacts,
      step: SubscriptionStep,
      plan: Plan,
      reason: BillingReason,
    ): Promise<BilledStep<Invoice>> {
      const settled = settleBill(step.bill, pending, subscription.currency);
      const { lines, taken, waiting } = settled;
      const invoice = lines.length === 0 ? null : await issuing.issue(ctx, inputOf(step, settled, plan, reason));
      if (invoice !== null && taken.length > 0) await items.markTaken(ctx, invoice.id, taken);
      if (waiting.length > 0) await items.insert(ctx, subscription.id, waiting, clock.now().toISOString());
      return { invoice, waiting: waiting.map(toWaitingAmount) };
    },

    /**
     * What `bill` would do; nothing is written.
     * @throws AppError as InvoiceIssuingService.issue
     */
    async preview(
      ctx: TenantContext,
      { subscription, pending }: BilledFacts,
      step: SubscriptionStep,
      plan: Plan,
      reason: BillingReason,
    ): Promise<BilledStep<InvoiceDraft>> {
      const settled = settleBill(step.bill, pending, subscription.currency);
      const { lines, waiting } = settled;
      return {
        invoice: lines.length === 0 ? null : await issuing.preview(ctx, inputOf(step, settled, plan, reason)),
        waiting: waiting.map(toWaitingAmount),
      };
    },
  };
}

const toWaitingAmount = ({ description, unitPrice }: NewPendingItem): WaitingAmount => ({
  description,
  amount: unitPrice,
});

function inputOf(
  { after, redemption }: SubscriptionStep,
  { lines, discount }: SettledBill,
  plan: Plan,
  billingReason: BillingReason,
): IssueInput {
  const isDiscounted = redemption !== null && !parseDecimal(discount).isZero();
  const [first] = lines;
  return {
    currency: after.currency,
    billingReason,
    subscriptionId: after.id,
    couponId: isDiscounted ? redemption.couponId : null,
    discount: isDiscounted ? { type: 'fixed', value: discount } : null,
    periodStart: first?.periodStart ?? null,
    periodEnd: first?.periodEnd ?? null,
    items: lines.map((line) => ({ ...line, taxRateId: plan.taxRateId })),
  };
}
