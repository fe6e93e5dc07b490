import type { Decimal } from 'decimal.js';

/**
 * Splits a whole number of units over weights so that the parts sum to it exactly, by the largest-remainder method (Hamilton):
 * every part gets the whole units of its exact share, and the units left go to the largest fractions, the earlier one first.
 * No part exceeds its exact share by a full unit; a weight of zero gets nothing.
 * @throws RangeError if the total or a weight is negative, or there are units to split and no weight to carry them
 */
export function allocateByLargestRemainder(total: bigint, weights: readonly bigint[]): bigint[] {
  const weightTotal = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total < 0n || weights.some((weight) => weight < 0n))
    throw new RangeError('only non-negative units can be allocated');
  if (total === 0n) return weights.map(() => 0n);
  if (weightTotal === 0n) throw new RangeError('there is no weight to allocate to');

  const shares = weights.map((weight, index) => ({
    index,
    units: (total * weight) / weightTotal,
    remainder: (total * weight) % weightTotal,
  }));
  const unitsLeft = Number(total - shares.reduce((sum, share) => sum + share.units, 0n));
  const byRemainder = shares.toSorted((a, b) => compareDescending(a.remainder, b.remainder) || a.index - b.index);
  for (const share of byRemainder.slice(0, unitsLeft)) share.units += 1n;
  return shares.map((share) => share.units);
}

/**
 * Makes exact shares whole, so that they sum to `total`: each is rounded down, and the units left go to the largest fractions,
 * the earlier one first. Shares may be negative.
 * @param total the sum of the shares, rounded
 * @throws RangeError if it is further from their sum than rounding goes
 */
export function roundSharesTo(total: bigint, shares: readonly Decimal[]): bigint[] {
  const parts = shares.map((share, index) => {
    const whole = share.floor();
    return { index, units: BigInt(whole.toFixed(0)), fraction: share.minus(whole) };
  });
  const unitsLeft = Number(total - parts.reduce((sum, part) => sum + part.units, 0n));
  if (unitsLeft < 0 || unitsLeft > parts.length) throw new RangeError('the shares do not come to the total');
  const byFraction = parts.toSorted((a, b) => b.fraction.comparedTo(a.fraction) || a.index - b.index);
  for (const part of byFraction.slice(0, unitsLeft)) part.units += 1n;
  return parts.map((part) => part.units);
}

function compareDescending(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}
