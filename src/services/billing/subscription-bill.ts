import type { Decimal } from 'decimal.js';
import type { InvoiceItemKind } from '../../types/billing/invoice.ts';
import type { PendingItem } from '../../types/billing/subscription.ts';
import { ExactDecimal, parseDecimal, roundMoney, roundMoneyToText } from '../../utils/money.ts';

/** A line of a subscription's invoice; the price is negative where it takes off. */
export interface BillLine {
  readonly kind: Exclude<InvoiceItemKind, 'credits'>;
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
}

/** What an event in a subscription's life is to bill. */
export interface Bill {
  readonly charges: readonly BillLine[];
  /** What it gives back, at negative prices. */
  readonly credits: readonly BillLine[];
  /** What a coupon takes off `charges`. */
  readonly discount: string;
}

export type NewPendingItem = Omit<PendingItem, 'id' | 'subscriptionId'>;

/** What of a bill an invoice takes up, and what waits for the next one. */
export interface SettledBill {
  /** Empty where there is nothing to invoice. */
  readonly lines: readonly BillLine[];
  readonly discount: string;
  /** Pending items that the invoice takes up, at the price of which it takes them up. */
  readonly taken: readonly Pick<PendingItem, 'id' | 'unitPrice'>[];
  readonly waiting: readonly NewPendingItem[];
}

export const emptyBill = (currency: string): Bill => ({
  charges: [],
  credits: [],
  discount: roundMoneyToText('0', currency),
});

type Priced = Pick<BillLine, 'quantity' | 'unitPrice'>;

const amountOf = ({ quantity, unitPrice }: Priced, currency: string): Decimal =>
  roundMoney(parseDecimal(quantity).times(unitPrice), currency);

const sum = (amounts: readonly Decimal[]): Decimal =>
  amounts.reduce((total, amount) => total.plus(amount), parseDecimal('0'));

/**
 * Makes an invoice's lines of a bill and of what was pending. Credits go as far as the charges do, those of the bill first and
 * the oldest ones next; what is left of them waits for the next invoice, so that none is ever negative. A bill that charges
 * nothing makes no invoice: what it gives back waits.
 */
export function settleBill(bill: Bill, pending: readonly PendingItem[], currency: string): SettledBill {
  const isCredit = (item: Priced): boolean => parseDecimal(item.unitPrice).isNegative();
  const charges = [...bill.charges, ...pending.filter((item) => !isCredit(item))];
  const charged = sum(charges.map((line) => amountOf(line, currency)));
  if (charged.isZero())
    return { lines: [], discount: bill.discount, taken: [], waiting: bill.credits.flatMap(toPending) };

  let room = charged.minus(bill.discount);
  const takeUp = (credit: Priced): { readonly used: string; readonly left: string } => {
    const worth = amountOf(credit, currency).negated();
    const used = ExactDecimal.min(worth, room);
    room = room.minus(used);
    return { used: roundMoneyToText(used.negated(), currency), left: roundMoneyToText(used.minus(worth), currency) };
  };
  const own = bill.credits.map((credit) => ({ credit, ...takeUp(credit) }));
  const old = pending.filter(isCredit).map((credit) => ({ credit, ...takeUp(credit) }));
  const given = [...own, ...old].filter(({ used }) => !parseDecimal(used).isZero());
  return {
    lines: [
      ...charges.map(toLine),
      ...given.map(({ credit, used }) => ({ ...toLine(credit), quantity: '1', unitPrice: used })),
    ],
    discount: bill.discount,
    taken: [
      ...pending.filter((item) => !isCredit(item)).map(({ id, unitPrice }) => ({ id, unitPrice })),
      ...old
        .filter(({ used }) => !parseDecimal(used).isZero())
        .map(({ credit, used }) => ({ id: credit.id, unitPrice: used })),
    ],
    waiting: [
      ...own.flatMap(({ credit, left }) => toPending({ ...credit, unitPrice: left })),
      ...old
        .filter(({ used }) => !parseDecimal(used).isZero())
        .flatMap(({ credit, left }) => toPending({ ...toLine(credit), unitPrice: left })),
    ],
  };
}

const toLine = ({ kind, description, quantity, unitPrice, periodStart, periodEnd }: BillLine): BillLine => ({
  kind,
  description,
  quantity,
  unitPrice,
  periodStart,
  periodEnd,
});

/** Nothing waits that comes to nothing. */
const toPending = (line: BillLine): NewPendingItem[] => {
  const { kind } = line;
  return kind === 'subscription' || parseDecimal(line.unitPrice).isZero() ? [] : [{ ...line, kind, quantity: '1' }];
};
