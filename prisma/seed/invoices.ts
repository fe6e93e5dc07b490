import { financialYearOf, invoiceSeries } from '../../src/services/billing/invoice-number.ts';
import { computeInvoiceTotals } from '../../src/utils/invoice-totals.ts';
import { parseDecimal, roundMoneyToText } from '../../src/utils/money.ts';
import { daysAfter } from './calendar.ts';
import { createIds } from './ids.ts';
import { type InvoiceLife, lifeOf, NEVER } from './invoice-life.ts';
import { type PlannedInvoice, planInvoices } from './invoice-plan.ts';
import { createRandom } from './random.ts';
import type { SeededTenant, SubscriptionRow } from './tenants.ts';

const DRAFT: InvoiceLife = { status: 'draft', paid: 'nothing', ...NEVER, version: 1 };

/** All invoices with their items, and where each series stands after them. */
export function makeInvoices(
  tenants: readonly SeededTenant[],
  subscriptions: readonly SubscriptionRow[],
  anchor: Date,
) {
  const nextInvoiceId = createIds('invoices');
  const nextItemId = createIds('invoice_items');

  const invoicesOf = (tenant: SeededTenant, index: number) => {
    const subscription = subscriptions.find(({ tenantId }) => tenantId === tenant.row.id);
    if (subscription === undefined) throw new RangeError(`${tenant.spec.slug} has no subscription`);
    const random = createRandom(100 + index);
    const planned = planInvoices(tenant, subscription, anchor, random);
    const numbers = createNumbers(tenant);
    const made = planned.map((invoice) => {
      const id = nextInvoiceId();
      const life = lifeIn(tenant, invoice);
      const totals = computeInvoiceTotals({
        currency: invoice.currency,
        items: invoice.items,
        discount: invoice.discount ?? undefined,
      });
      const number = invoice.issuedAt === null ? null : numbers.next(invoice.issuedAt);
      const items = invoice.items.map((item, position) => ({
        tenantId: tenant.row.id,
        id: nextItemId(),
        invoiceId: id,
        position: position + 1,
        ...item,
        ...amountsOf(totals.items[position]),
      }));
      return { row: invoiceRow({ tenant, id, number, invoice, life, totals }), items };
    });
    return { made, sequences: numbers.sequences() };
  };

  const lifeIn = ({ spec }: SeededTenant, { issuedAt, paymentTerms, subscriptionId }: PlannedInvoice): InvoiceLife => {
    if (issuedAt === null) return DRAFT;
    const arrearsSince = daysAfter(anchor, -75);
    const inArrears = spec.status === 'suspended' && subscriptionId !== null && issuedAt > arrearsSince;
    return lifeOf({ issuedAt, dueAt: daysAfter(issuedAt, paymentTerms), inArrears }, anchor, lifeRandom);
  };
  const lifeRandom = createRandom(7);

  const perTenant = tenants.map(invoicesOf);
  return {
    invoices: perTenant.flatMap(({ made }) => made.map(({ row }) => row)),
    items: perTenant.flatMap(({ made }) => made.flatMap(({ items }) => items)),
    sequences: perTenant.flatMap(({ sequences }) => sequences),
  };
}

export type SeededInvoices = ReturnType<typeof makeInvoices>;
export type InvoiceRow = SeededInvoices['invoices'][number];

type Totals = ReturnType<typeof computeInvoiceTotals>;

function amountsOf(item: Totals['items'][number] | undefined) {
  if (item === undefined) throw new RangeError('Every item has its totals');
  const { amount, discountAmount, taxAmount, total } = item;
  return { amount, discountAmount, taxAmount, total };
}

/** Numbers without gaps per financial year, in the order of finalization. */
function createNumbers({ row }: SeededTenant) {
  const lastNumbers = new Map<string, number>();
  return {
    next(issuedAt: Date): string {
      const financialYear = financialYearOf(issuedAt, row.country, row.timeZone);
      const count = (lastNumbers.get(financialYear) ?? 0) + 1;
      lastNumbers.set(financialYear, count);
      return invoiceSeries.format(financialYear, count);
    },
    sequences: () =>
      [...lastNumbers].map(([financialYear, lastNumber]) => ({
        tenantId: row.id,
        series: invoiceSeries.name,
        financialYear,
        lastNumber,
      })),
  };
}

interface InvoiceParts {
  readonly tenant: SeededTenant;
  readonly id: string;
  readonly number: string | null;
  readonly invoice: PlannedInvoice;
  readonly life: InvoiceLife;
  readonly totals: Totals;
}

function invoiceRow({ tenant, id, number, invoice, life, totals }: InvoiceParts) {
  const { issuedAt, createdAt, customer, discount } = invoice;
  const { subtotal, discountTotal, taxTotal, roundingAmount, total } = totals;
  return {
    tenantId: tenant.row.id,
    id,
    number,
    status: life.status,
    currency: invoice.currency,
    subscriptionId: invoice.subscriptionId,
    customerName: customer.name,
    customerEmail: customer.email,
    customerTaxId: customer.taxId,
    customerAddressLines: customer.addressLines,
    discountType: discount?.type ?? null,
    discountValue: discount?.value ?? null,
    subtotal,
    discountTotal,
    taxTotal,
    taxLines: totals.taxLines.map((line) => ({ name: taxNameIn(tenant), ...line })),
    placeOfSupply: tenant.row.region,
    roundingAmount,
    total,
    amountPaid: paidPart(life, total, invoice.currency),
    notes: invoice.notes,
    paymentTerms: invoice.paymentTerms,
    issuedAt: issuedAt?.toISOString() ?? null,
    dueAt: issuedAt === null ? null : daysAfter(issuedAt, invoice.paymentTerms).toISOString(),
    paidAt: life.paidAt?.toISOString() ?? null,
    voidedAt: life.voidedAt?.toISOString() ?? null,
    writtenOffAt: life.writtenOffAt?.toISOString() ?? null,
    version: life.version,
    createdAt: createdAt.toISOString(),
    updatedAt: (life.paidAt ?? life.voidedAt ?? life.writtenOffAt ?? issuedAt ?? createdAt).toISOString(),
  };
}

/** The seller's state is not on record, so that every supply within India is one to another state. */
const taxNameIn = ({ row }: SeededTenant): string => (row.country === 'IN' ? 'IGST' : 'Tax');

function paidPart({ paid }: InvoiceLife, total: string, currency: string): string {
  if (paid === 'all') return total;
  return paid === 'half' ? roundMoneyToText(parseDecimal(total).dividedBy(2), currency) : '0';
}
