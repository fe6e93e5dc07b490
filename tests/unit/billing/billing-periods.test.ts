import { describe, expect, test } from '@jest/globals';
import { anchorDayOf, periodFrom, periodUntil } from '../../../src/services/billing/billing-periods.ts';
import type { BillingCycle } from '../../../src/types/billing/subscription.ts';

const day = (date: string): string => `${date}T09:30:00.000Z`;

/** The dates on which periods begin, from the first one on. */
function startsOf(first: string, cycle: BillingCycle, count: number): string[] {
  const anchorDay = anchorDayOf(day(first));
  const starts = [day(first)];
  while (starts.length < count) starts.push(periodFrom(starts.at(-1) ?? '', cycle, anchorDay).end);
  return starts.map((start) => start.slice(0, 10));
}

describe('the anchor day survives short months', () => {
  test.each([
    ['2027-01-31', 'monthly', ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31']],
    ['2028-01-31', 'monthly', ['2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30']],
    ['2028-01-30', 'monthly', ['2028-01-30', '2028-02-29', '2028-03-30']],
    ['2027-01-29', 'monthly', ['2027-01-29', '2027-02-28', '2027-03-29']],
    ['2027-11-30', 'monthly', ['2027-11-30', '2027-12-30', '2028-01-30', '2028-02-29', '2028-03-30']],
    ['2100-01-31', 'monthly', ['2100-01-31', '2100-02-28', '2100-03-31']],
    ['2000-01-31', 'monthly', ['2000-01-31', '2000-02-29', '2000-03-31']],
    ['2027-12-15', 'monthly', ['2027-12-15', '2028-01-15', '2028-02-15']],
    ['2028-02-29', 'annual', ['2028-02-29', '2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29', '2033-02-28']],
    ['2027-02-28', 'annual', ['2027-02-28', '2028-02-28']],
    ['2027-06-30', 'annual', ['2027-06-30', '2028-06-30']],
  ] as const)('%s, %s', (first, cycle, expected) => {
    expect(startsOf(first, cycle, expected.length)).toEqual(expected);
  });

  test('a time of day stays, to the millisecond, over the end of a year', () => {
    expect(periodFrom('2027-12-31T23:59:59.999Z', 'monthly', 31)).toEqual({
      start: '2027-12-31T23:59:59.999Z',
      end: '2028-01-31T23:59:59.999Z',
    });
  });

  test('the day is that of UTC', () => {
    expect(anchorDayOf('2027-01-31T23:59:59.999Z')).toBe(31);
    expect(anchorDayOf('2027-02-01T00:00:00.000Z')).toBe(1);
  });
});

test('the period before an end begins where the one that ends there began: 400 months and 40 years from every day', () => {
  for (let offset = 0; offset < 366; offset += 1) {
    const first = new Date(Date.UTC(2028, 0, 1 + offset, 9, 30)).toISOString();
    const anchorDay = anchorDayOf(first);
    for (const [cycle, count] of [['monthly', 400] as const, ['annual', 40] as const]) {
      let period = periodFrom(first, cycle, anchorDay);
      for (let index = 0; index < count; index += 1) {
        if (periodUntil(period.end, cycle, anchorDay).start !== period.start) {
          throw new Error(`${cycle} from ${first}: ${JSON.stringify(period)}`);
        }
        period = periodFrom(period.end, cycle, anchorDay);
      }
    }
  }
});
