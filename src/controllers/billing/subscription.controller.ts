import type { z } from 'zod';
import type { SubscriptionService } from '../../services/billing/subscription.service.ts';
import type { ChangeOutcome, SubscriptionChangeService } from '../../services/billing/subscription-change.service.ts';
import type { SubscriptionLifecycle } from '../../services/billing/subscription-lifecycle.service.ts';
import type { SubscriptionRenewalService } from '../../services/billing/subscription-renewal.service.ts';
import type { Invoice, InvoiceDraft } from '../../types/billing/invoice.ts';
import type { Subscription, SubscriptionChange } from '../../types/billing/subscription.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import type { Page, Slice } from '../../types/page.ts';
import type { InvoiceSummaryResponse } from '../../validators/billing/invoice.schema.ts';
import type {
  CancelSubscriptionRequest,
  ChangePreviewResponse,
  ChangeResponse,
  ChangeSubscriptionRequest,
  CreateSubscriptionRequest,
  ListSubscriptionChangesQuery,
  ListSubscriptionInvoicesQuery,
  ListSubscriptionsQuery,
  SubscriptionChangeResponse,
  SubscriptionResponse,
  UpdateSubscriptionRequest,
} from '../../validators/billing/subscription.schema.ts';

type SubscriptionAnswer = z.input<typeof SubscriptionResponse>;
type PreviewAnswer = z.input<typeof ChangePreviewResponse>;

export interface SubscriptionControllerDeps {
  readonly subscriptions: SubscriptionService;
  readonly lifecycle: SubscriptionLifecycle;
  readonly changes: SubscriptionChangeService;
  readonly renewals: Pick<SubscriptionRenewalService, 'renew'>;
}

export type SubscriptionController = ReturnType<typeof createSubscriptionController>;

export function createSubscriptionController(deps: SubscriptionControllerDeps) {
  const { subscriptions, lifecycle, changes, renewals } = deps;
  return {
    async list(ctx: Context, query: z.output<typeof ListSubscriptionsQuery>): Promise<Page<SubscriptionAnswer>> {
      const page = await subscriptions.list(ctx, query);
      return { ...page, items: page.items.map(toAnswer) };
    },

    async get(ctx: TenantContext, id: string): Promise<SubscriptionAnswer> {
      return toAnswer(await subscriptions.get(ctx, id));
    },

    async create(ctx: TenantContext, body: z.output<typeof CreateSubscriptionRequest>): Promise<SubscriptionAnswer> {
      return toAnswer(await subscriptions.create(ctx, body));
    },

    async update(
      ctx: TenantContext,
      id: string,
      body: z.output<typeof UpdateSubscriptionRequest>,
    ): Promise<SubscriptionAnswer> {
      return toAnswer(await changes.update(ctx, id, body));
    },

    async cancel(
      ctx: TenantContext,
      id: string,
      body: z.output<typeof CancelSubscriptionRequest>,
    ): Promise<SubscriptionAnswer> {
      return toAnswer(await lifecycle.cancel(ctx, id, body));
    },

    async pause(ctx: TenantContext, id: string, resumesAt: string | null): Promise<SubscriptionAnswer> {
      const at = resumesAt === null ? null : new Date(resumesAt).toISOString();
      return toAnswer(await lifecycle.pause(ctx, id, at));
    },

    async resume(ctx: TenantContext, id: string): Promise<SubscriptionAnswer> {
      return toAnswer(await lifecycle.resume(ctx, id));
    },

    async renew(ctx: TenantContext, id: string): Promise<SubscriptionAnswer> {
      return toAnswer(await renewals.renew(ctx, id));
    },

    async previewChange(
      ctx: TenantContext,
      id: string,
      body: z.output<typeof ChangeSubscriptionRequest>,
    ): Promise<PreviewAnswer> {
      return toPreview(await changes.preview(ctx, id, body));
    },

    async change(
      ctx: TenantContext,
      id: string,
      body: z.output<typeof ChangeSubscriptionRequest>,
    ): Promise<z.input<typeof ChangeResponse>> {
      const made = await changes.change(ctx, id, body);
      return {
        ...toPreview(made),
        invoiceId: made.invoice?.id ?? null,
        subscription: toAnswer(made.subscription),
      };
    },

    async listChanges(
      ctx: TenantContext,
      id: string,
      query: z.output<typeof ListSubscriptionChangesQuery>,
    ): Promise<Slice<z.input<typeof SubscriptionChangeResponse>>> {
      const slice = await subscriptions.listChanges(ctx, id, query);
      return { ...slice, items: slice.items.map(toChange) };
    },

    listInvoices(
      ctx: TenantContext,
      id: string,
      query: z.output<typeof ListSubscriptionInvoicesQuery>,
    ): Promise<Page<z.input<typeof InvoiceSummaryResponse>>> {
      return subscriptions.listInvoices(ctx, id, query);
    },
  };
}

function toAnswer({
  pendingPlanId: planId,
  pendingBillingCycle: billingCycle,
  pendingQuantity: quantity,
  anchorDay: _anchorDay,
  metadata,
  ...subscription
}: Subscription): SubscriptionAnswer {
  const isComplete = planId !== null && billingCycle !== null && quantity !== null;
  return {
    ...subscription,
    metadata: { ...metadata },
    pending: isComplete ? { planId, billingCycle, quantity } : null,
  };
}

const toChange = ({ subscriptionId: _id, before, after, ...change }: SubscriptionChange) => ({
  ...change,
  before: before === null ? null : { ...before },
  after: after === null ? null : { ...after },
});

function toPreview({ decision, invoice, waiting }: ChangeOutcome<Invoice | InvoiceDraft>): PreviewAnswer {
  const { policy, effectiveAt, lines, after } = decision;
  const isPending = policy === 'next_period';
  return {
    policy,
    effectiveAt,
    currency: after.currency,
    terms: {
      planId: (isPending ? after.pendingPlanId : null) ?? after.planId,
      billingCycle: (isPending ? after.pendingBillingCycle : null) ?? after.billingCycle,
      quantity: (isPending ? after.pendingQuantity : null) ?? after.quantity,
      unitPrice: after.unitPrice,
      currentPeriodEnd: after.currentPeriodEnd,
    },
    lines: [...lines],
    invoice: invoice === null ? null : toInvoice(invoice),
    waiting: [...waiting],
  };
}

const toInvoice = (invoice: Invoice | InvoiceDraft): PreviewAnswer['invoice'] => ({
  lines: invoice.items.map(
    ({ kind, description, quantity, unitPrice, periodStart, periodEnd, amount, taxRate, taxAmount, total }) => ({
      kind,
      description,
      quantity,
      unitPrice,
      periodStart,
      periodEnd,
      amount,
      taxRate,
      taxAmount,
      total,
    }),
  ),
  subtotal: invoice.subtotal,
  discountTotal: invoice.discountTotal,
  taxTotal: invoice.taxTotal,
  roundingAmount: invoice.roundingAmount,
  total: invoice.total,
});
