import { describe, expect, test } from '@jest/globals';
import { type BillLine, settleBill } from '../../../src/services/billing/subscription-bill.ts';
import type { PendingItem } from '../../../src/types/billing/subscription.ts';
import { parseDecimal } from '../../../src/utils/money.ts';

const line = (unitPrice: string): BillLine => ({
  kind: unitPrice.startsWith('-') ? 'proration_credit' : 'subscription',
  description: `Line of ${unitPrice}`,
  quantity: '1',
  unitPrice,
  periodStart: null,
  periodEnd: null,
});

const pending = (unitPrice: string): PendingItem => ({
  id: `pending ${unitPrice}`,
  subscriptionId: 'before',
  kind: unitPrice.startsWith('-') ? 'proration_credit' : 'one_off',
  description: `Pending ${unitPrice}`,
  quantity: '1',
  unitPrice,
  periodStart: null,
  periodEnd: null,
});

const prices = (items: readonly { readonly unitPrice: string }[]) => items.map(({ unitPrice }) => unitPrice);

/** charges, own credits, discount, what is pending; what is invoiced, taken up, and left waiting */
const table: readonly (readonly [
  string,
  readonly string[],
  readonly string[],
  string,
  readonly string[],
  readonly string[],
  readonly string[],
  readonly string[],
])[] = [
  ['a price', ['20.00'], [], '0.00', [], ['20.00'], [], []],
  ['a price less what is unused', ['20.00'], ['-5.00'], '0.00', [], ['20.00', '-5.00'], [], []],
  ['no more credit than there is to pay', ['20.00'], ['-25.00'], '0.00', [], ['20.00', '-20.00'], [], ['-5.00']],
  ['and than the discount leaves', ['20.00'], ['-25.00'], '8.00', [], ['20.00', '-12.00'], [], ['-13.00']],
  [
    'the own credit first, then the oldest',
    ['20.00'],
    ['-5.00'],
    '0.00',
    ['-9.00', '-8.00', '-7.00'],
    ['20.00', '-5.00', '-9.00', '-6.00'],
    ['-9.00', '-6.00'],
    ['-2.00'],
  ],
  ['what was to be charged', ['20.00'], [], '0.00', ['3.00'], ['20.00', '3.00'], ['3.00'], []],
  ['only what was to be charged', [], [], '0.00', ['3.00', '-1.00'], ['3.00', '-1.00'], ['3.00', '-1.00'], []],
  ['nothing: what is given back waits', [], ['-5.00'], '0.00', ['-9.00'], [], [], ['-5.00']],
  ['nothing for nothing', ['0.00'], [], '0.00', ['-9.00'], [], [], []],
  ['all of it discounted', ['20.00'], ['-5.00'], '20.00', ['-9.00'], ['20.00'], [], ['-5.00']],
];

describe('an invoice has', () => {
  test.each(table)('%s', (_what, charges, credits, discount, waitingBefore, lines, taken, waiting) => {
    const bill = { charges: charges.map(line), credits: credits.map(line), discount };
    const settled = settleBill(bill, waitingBefore.map(pending), 'USD');
    expect([prices(settled.lines), prices(settled.taken), prices(settled.waiting)]).toEqual([lines, taken, waiting]);
  });
});

test('what comes in goes out: to the invoice, or to what waits', () => {
  const sum = (items: readonly { readonly unitPrice: string }[]) =>
    items.reduce((total, { unitPrice }) => total.plus(unitPrice), parseDecimal('0'));
  let state = 7;
  const cents = (below: number): string => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (Math.floor((state / 2 ** 32) * below) / 100).toFixed(2);
  };
  const some = (sign: string) => Array.from({ length: Number(cents(400)[0]) }, () => `${sign}${cents(9000)}`);
  for (let round = 0; round < 2000; round += 1) {
    const bill = { charges: some('').map(line), credits: some('-').map(line), discount: '0.00' };
    const before = [...some(''), ...some('-')].map(pending);
    const { lines, taken, waiting } = settleBill(bill, before, 'USD');
    const stays = before.filter(({ id }) => !taken.some((item) => item.id === id));
    const incoming = sum([...bill.charges, ...bill.credits, ...before]);
    expect(sum([...lines, ...waiting, ...stays]).toFixed(2)).toBe(incoming.toFixed(2));
    expect(sum(lines).isNegative() && !sum(lines).isZero()).toBe(false);
  }
});
