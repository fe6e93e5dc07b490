import type { InvoiceCustomer, InvoiceDiscount } from '../../src/types/billing/invoice.ts';
import type { InvoiceTotalsItem } from '../../src/utils/invoice-totals.ts';
import { DAY_MS, daysBefore, HOUR_MS, monthName, startOfMonth } from './calendar.ts';
import { PLAN_EXTRAS, PRODUCTS, type Product, priceIn } from './products.ts';
import type { Random } from './random.ts';
import { closingOf, type SeededTenant, type SubscriptionRow } from './tenants.ts';

export interface PlannedItem extends InvoiceTotalsItem {
  readonly description: string;
}

/** An invoice before its amounts and its fate are worked out. */
export interface PlannedInvoice {
  /** Null for a draft. */
  readonly issuedAt: Date | null;
  readonly createdAt: Date;
  readonly currency: string;
  readonly subscriptionId: string | null;
  readonly customer: InvoiceCustomer;
  readonly discount: InvoiceDiscount | null;
  readonly notes: string | null;
  readonly paymentTerms: number;
  readonly items: readonly PlannedItem[];
}

const MONTHS = 18;
const TAX_RATE = '18';
const MOST_ITEMS = 6;

/** A tenant's invoices of eighteen months, oldest first: its subscription's, and those for what its branches ordered. */
export function planInvoices(
  tenant: SeededTenant,
  subscription: SubscriptionRow,
  anchor: Date,
  random: Random,
): PlannedInvoice[] {
  const { spec, row } = tenant;
  const opened = new Date(row.createdAt);
  const closed = closingOf(spec, anchor) ?? anchor;
  const isOpen = (moment: Date): boolean => moment > opened && moment < closed;
  const [fewest, most] = spec.monthlyInvoices;

  const monthly = Array.from({ length: MONTHS }, (_, index) => startOfMonth(anchor, MONTHS - 1 - index)).flatMap(
    (month) => [
      ...subscriptionInvoices(tenant, subscription, month, random),
      ...Array.from({ length: random.integer(fewest, most) }, () =>
        branchInvoice(tenant, workingHour(month, random), random),
      ),
    ],
  );
  const issued = monthly.filter(({ issuedAt }) => issuedAt !== null && isOpen(issuedAt));
  const drafts =
    spec.status === 'active' || spec.status === 'trial'
      ? Array.from({ length: 2 }, () =>
          draftOf(branchInvoice(tenant, daysBefore(anchor, random.integer(0, 3)), random)),
        )
      : [];
  return [...issued, ...drafts].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

const draftOf = (invoice: PlannedInvoice): PlannedInvoice => ({ ...invoice, issuedAt: null });

const workingHour = (month: Date, random: Random): Date =>
  new Date(
    month.getTime() + random.integer(0, 27) * DAY_MS + random.integer(5, 17) * HOUR_MS + random.integer(0, 59) * 60_000,
  );

function subscriptionInvoices(
  { spec, row }: SeededTenant,
  { id, currency, unitPrice, billingCycle }: SubscriptionRow,
  month: Date,
  random: Random,
): PlannedInvoice[] {
  const isDue = billingCycle === 'monthly' || month.getUTCMonth() === new Date(row.createdAt).getUTCMonth();
  if (!isDue || spec.status === 'trial') return [];
  const issuedAt = new Date(month.getTime() + 2 * HOUR_MS);
  const { name, email, taxId, addressLines } = row;
  const period = billingCycle === 'monthly' ? monthName(month) : `twelve months from ${monthName(month)}`;
  const plan = { description: `${spec.plan} plan, ${period}`, quantity: '1', unitPrice, taxRate: TAX_RATE };
  const extras = random.shuffled(PLAN_EXTRAS).slice(0, random.integer(0, 2));
  return [
    {
      issuedAt,
      createdAt: issuedAt,
      currency,
      subscriptionId: id,
      customer: { name, email, taxId, addressLines },
      discount: null,
      notes: null,
      paymentTerms: 14,
      items: [plan, ...extras.map((product) => itemOf(product, currency, random))],
    },
  ];
}

function branchInvoice({ spec, row }: SeededTenant, issuedAt: Date, random: Random): PlannedInvoice {
  const { currency } = spec;
  const products = PRODUCTS[spec.kind];
  const count = Math.min(random.integer(1, MOST_ITEMS), products.length);
  const branch = random.pick(spec.branches);
  return {
    issuedAt,
    createdAt: new Date(issuedAt.getTime() - random.integer(1, 20) * 60_000),
    currency,
    subscriptionId: null,
    customer: {
      name: `${row.name}, ${branch}`,
      email: `${branch.toLowerCase().replaceAll(' ', '-')}@${spec.domain}`,
      taxId: row.taxId,
      addressLines: row.addressLines,
    },
    discount: random.chance(25) ? { type: 'percentage', value: random.pick(['5', '7.5', '10', '15']) } : null,
    notes: random.chance(15) ? 'Thank you for your business.' : null,
    paymentTerms: random.pick([7, 14, 14, 30]),
    items: random
      .shuffled(products)
      .slice(0, count)
      .map((product) => itemOf(product, currency, random)),
  };
}

const itemOf = ({ description, dollars, most }: Product, currency: string, random: Random): PlannedItem => ({
  description,
  quantity: String(random.integer(1, most)),
  unitPrice: priceIn(currency, dollars),
  taxRate: TAX_RATE,
});
