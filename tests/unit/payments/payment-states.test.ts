import { describe, expect, test } from '@jest/globals';
import { canDisputeBecome, canPaymentBecome, canRefundBecome } from '../../../src/services/payments/payment-states.ts';

const PAYMENTS = ['pending', 'processing', 'requires_action', 'failed', 'canceled', 'succeeded'] as const;
const REFUNDS = ['pending', 'failed', 'succeeded'] as const;
const DISPUTES = ['open', 'won', 'lost'] as const;

/** Rows: from; columns: to, in the same order. */
const PAYMENT_TABLE = [
  [0, 1, 1, 1, 1, 1],
  [0, 0, 1, 1, 1, 1],
  [0, 1, 0, 1, 1, 1],
  [0, 0, 0, 0, 0, 1],
  [0, 0, 0, 0, 0, 1],
  [0, 0, 0, 0, 0, 0],
];
const REFUND_TABLE = [
  [0, 1, 1],
  [0, 0, 1],
  [0, 0, 0],
];
const DISPUTE_TABLE = [
  [0, 1, 1],
  [0, 0, 0],
  [0, 0, 0],
];

const pairs = <Status extends string>(names: readonly Status[], table: readonly (readonly number[])[]) =>
  names.flatMap((from, row) => names.map((to, column) => [from, to, table[row]?.[column] === 1] as const));

describe('every pair of states', () => {
  test.each(pairs(PAYMENTS, PAYMENT_TABLE))('a payment from %s to %s: %s', (from, to, allowed) => {
    expect(canPaymentBecome(from, to)).toBe(allowed);
  });

  test.each(pairs(REFUNDS, REFUND_TABLE))('a refund from %s to %s: %s', (from, to, allowed) => {
    expect(canRefundBecome(from, to)).toBe(allowed);
  });

  test.each(pairs(DISPUTES, DISPUTE_TABLE))('a dispute from %s to %s: %s', (from, to, allowed) => {
    expect(canDisputeBecome(from, to)).toBe(allowed);
  });
});

test('a success is final, and no way leads back to a beginning', () => {
  for (const to of PAYMENTS) expect(canPaymentBecome('succeeded', to)).toBe(false);
  for (const from of PAYMENTS) expect(canPaymentBecome(from, 'pending')).toBe(false);
});
