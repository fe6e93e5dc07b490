import { appError } from '../../errors/app-error.ts';
import type { TaxRateRepository } from '../../repositories/billing/tax-rate.repository.ts';
import type {
  BillingReason,
  Invoice,
  InvoiceCustomer,
  InvoiceDiscount,
  InvoiceDraft,
} from '../../types/billing/invoice.ts';
import type { TaxBehavior, TaxRounding } from '../../types/billing/tax.ts';
import type { TenantContext } from '../../types/context.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import { composeDraft, type InvoiceLineInput } from './invoice-draft.ts';
import { type ItemTaxChoice, resolveTaxes, type TaxPlace } from './invoice-taxes.ts';

/** A line as somebody asks for it. Without a percentage or a rate it bears the default tax of the customer's country. */
export type InvoiceItemInput = InvoiceLineInput & ItemTaxChoice;

/** An invoice as somebody asks for it. Currency and customer are the tenant's own where they are not given. */
export interface InvoiceInput {
  readonly currency?: string | undefined;
  readonly customer?: InvoiceCustomer | undefined;
  readonly discount?: InvoiceDiscount | null | undefined;
  readonly subscriptionId?: string | null | undefined;
  /** Whose discount it is. */
  readonly couponId?: string | null | undefined;
  readonly billingReason?: BillingReason | undefined;
  readonly periodStart?: string | null | undefined;
  /** Exclusive. */
  readonly periodEnd?: string | null | undefined;
  readonly notes?: string | null | undefined;
  /** Days; 14 where absent. */
  readonly paymentTerms?: number | undefined;
  /** ISO 3166-2; the tenant's region where absent. */
  readonly placeOfSupply?: string | null | undefined;
  readonly taxBehavior?: TaxBehavior | undefined;
  readonly taxRounding?: TaxRounding | undefined;
  /** When the invoice job finalizes it. */
  readonly finalizesAt?: string | null | undefined;
  readonly items: readonly InvoiceItemInput[];
}

export interface InvoiceDraftsDeps {
  readonly tenants: Pick<TenantService, 'get'>;
  readonly taxRates: Pick<TaxRateRepository, 'findCharged'>;
  /** Where the operator bills from. */
  readonly seller: TaxPlace;
}

const DEFAULT_PAYMENT_TERMS = 14;

export type InvoiceDrafts = ReturnType<typeof createInvoiceDrafts>;

export function createInvoiceDrafts({ tenants, taxRates, seller }: InvoiceDraftsDeps) {
  return {
    /**
     * Fills in what is the tenant's own, and computes taxes and all amounts. Nothing is written.
     * @throws AppError INVOICE_DISCOUNT_TOO_LARGE, INVOICE_AMOUNT_TOO_LARGE, INVOICE_TOTAL_NEGATIVE, TAX_RATE_UNAVAILABLE,
     *   TAX_RATES_MIXED, VALIDATION_FAILED, TENANT_NOT_FOUND
     */
    async compose(ctx: TenantContext, input: InvoiceInput): Promise<InvoiceDraft> {
      refuseBackwards(input);
      const { placeOfSupply = null } = input;
      const asked = input.items.flatMap(({ taxRateId }) => taxRateId ?? []);
      const [tenant, rates] = await Promise.all([
        tenants.get(ctx, ctx.scope.tenantId),
        taxRates.findCharged(ctx, placeOfSupply === null ? null : countryOf(placeOfSupply), asked),
      ]);
      const customer = placeOf(placeOfSupply ?? tenant.region, tenant.country);
      const taxes = resolveTaxes({
        seller,
        customer,
        items: input.items,
        rates,
        behavior: input.taxBehavior,
        rounding: input.taxRounding,
      });
      const { name, email, taxId, addressLines } = tenant;
      return composeDraft({
        currency: input.currency ?? tenant.currency,
        customer: input.customer ?? { name, email, taxId, addressLines },
        discount: input.discount ?? null,
        subscriptionId: input.subscriptionId ?? null,
        couponId: input.couponId ?? null,
        billingReason: input.billingReason ?? 'manual',
        periodStart: input.periodStart ?? null,
        periodEnd: input.periodEnd ?? null,
        notes: input.notes ?? null,
        paymentTerms: input.paymentTerms ?? DEFAULT_PAYMENT_TERMS,
        finalizesAt: input.finalizesAt ?? null,
        tax: taxes.applied,
        items: input.items.map((item, index) => ({ ...lineOf(item), tax: taxes.items[index] ?? UNTAXED })),
      });
    },
  };
}

function refuseBackwards({ periodStart, periodEnd }: InvoiceInput): void {
  if (typeof periodStart !== 'string' || typeof periodEnd !== 'string') return;
  if (Date.parse(periodStart) < Date.parse(periodEnd)) return;
  throw appError('VALIDATION_FAILED', {
    details: [{ path: 'body.periodEnd', message: 'Must be after periodStart', code: 'custom' }],
  });
}

const UNTAXED = { percentage: '0', name: 'Tax' };

const lineOf = ({ taxRate: _rate, taxRateId: _id, taxName: _name, ...line }: InvoiceItemInput): InvoiceLineInput =>
  line;

/** A region says which country it is of. */
const countryOf = (region: string): string => region.slice(0, 2);

const placeOf = (region: string | null, country: string): TaxPlace =>
  region === null ? { country, region } : { country: countryOf(region), region };

/** The invoice that a draft makes. */
export function draftedInvoice(ctx: TenantContext, id: string, draft: InvoiceDraft, now: string): Invoice {
  const { customer, discount, tax, items, ...fields } = draft;
  const zero = draft.total.replace(/\d/g, '0').replace(/^0+(?=0)/, '');
  return {
    ...fields,
    id,
    tenantId: ctx.scope.tenantId,
    number: null,
    status: 'draft',
    customerName: customer.name,
    customerEmail: customer.email,
    customerTaxId: customer.taxId,
    customerAddressLines: customer.addressLines,
    discountType: discount?.type ?? null,
    discountValue: discount?.value ?? null,
    taxBehavior: tax.behavior,
    taxRounding: tax.rounding,
    placeOfSupply: tax.placeOfSupply,
    amountPaid: zero,
    amountCredited: zero,
    amountDue: draft.total,
    issuedAt: null,
    dueAt: null,
    paidAt: null,
    voidedAt: null,
    writtenOffAt: null,
    documentKey: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    items,
  };
}
