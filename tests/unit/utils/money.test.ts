import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { currencyCodes, currencyExponent, isCurrencyCode } from '../../../src/utils/currencies.ts';
import {
  formatAmount,
  formatForPeople,
  formatNumberForPeople,
  parseDecimal,
  roundMoney,
  roundMoneyToText,
} from '../../../src/utils/money.ts';

const anyCurrency = fc.constantFrom(...currencyCodes);

describe('currencyExponent', () => {
  test.each([
    ['USD', 2],
    ['INR', 2],
    ['EUR', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['ISK', 0],
    ['UYI', 0],
    ['BHD', 3],
    ['KWD', 3],
    ['CLF', 4],
    ['UYW', 4],
  ])('%s has %i decimal places', (currency, exponent) => {
    expect(currencyExponent(currency)).toBe(exponent);
  });

  test.each([
    ['HUF', 2],
    ['IQD', 3],
    ['IDR', 2],
    ['LBP', 2],
  ])('%s follows ISO 4217 (%i) where CLDR differs', (currency, exponent) => {
    expect(currencyExponent(currency)).toBe(exponent);
    const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
    expect(maximumFractionDigits).not.toBe(exponent);
  });

  test.each(['', 'usd', 'US', 'DEM', 'HRK', 'XXX', 'XAU', 'toString', '__proto__'])('refuses %j', (code) => {
    expect(isCurrencyCode(code)).toBe(false);
    expect(() => currencyExponent(code)).toThrow(RangeError);
  });

  test('lists each code once, and the runtime can write all of them', () => {
    expect(new Set(currencyCodes).size).toBe(currencyCodes.length);
    expect(currencyCodes.length).toBeGreaterThan(150);
    for (const code of currencyCodes) {
      expect(code).toMatch(/^[A-Z]{3}$/);
      expect(formatForPeople('1', code, 'en', { display: 'code' })).toContain(code);
    }
  });
});

describe('roundMoney', () => {
  test.each([
    ['1.005', 'USD', '1.01'],
    ['2.675', 'USD', '2.68'],
    ['1.115', 'USD', '1.12'],
    ['-1.005', 'USD', '-1.01'],
    ['-2.675', 'EUR', '-2.68'],
    ['1.00499999999999999999999999999', 'USD', '1.00'],
    ['0.5', 'JPY', '1'],
    ['-0.5', 'JPY', '-1'],
    ['1499.4999', 'JPY', '1499'],
    ['0.0005', 'BHD', '0.001'],
    ['1.0004', 'BHD', '1.000'],
    ['0.00005', 'CLF', '0.0001'],
    ['-0.001', 'USD', '0.00'],
    ['90071992547409930.125', 'USD', '90071992547409930.13'],
  ])('%s %s is %s', (amount, currency, rounded) => {
    expect(roundMoneyToText(amount, currency)).toBe(rounded);
  });

  test.each(['', ' 1', '1e3', '0x10', 'NaN', 'Infinity', '+1', '1.', '.5', '1,5'])('refuses %j', (text) => {
    expect(() => roundMoney(text, 'USD')).toThrow(RangeError);
  });

  test('is off by at most half a minor unit, and mirrors at zero', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 24n), 10n ** 24n), anyCurrency, (millionths, currency) => {
        const exact = parseDecimal(millionths.toString()).dividedBy(1_000_000);
        const rounded = roundMoney(exact, currency);
        const half = parseDecimal('0.5').dividedBy(10 ** currencyExponent(currency));
        expect(rounded.minus(exact).abs().lessThanOrEqualTo(half)).toBe(true);
        expect(roundMoney(exact.negated(), currency).plus(rounded).isZero()).toBe(true);
      }),
    );
  });
});

describe('formatAmount', () => {
  test.each([
    ['1499.0000', 'INR', '1499.00'],
    ['1499', 'INR', '1499.00'],
    ['1499.5', 'INR', '1499.50'],
    ['0', 'USD', '0.00'],
    ['-12.3400', 'USD', '-12.34'],
    ['1499.0000', 'JPY', '1499'],
    ['1499', 'JPY', '1499'],
    ['1.2340', 'BHD', '1.234'],
    ['1.2', 'CLF', '1.2000'],
  ])('writes %s %s as %s', (text, currency, written) => {
    expect(formatAmount(text, currency)).toBe(written);
  });

  test.each([
    ['1499.0010', 'INR'],
    ['1499.5', 'JPY'],
    ['0.0001', 'BHD'],
    ['NaN', 'INR'],
    ['', 'INR'],
    ['1.5', 'ZZZ'],
  ])('refuses %j %s', (text, currency) => {
    expect(() => formatAmount(text, currency)).toThrow(RangeError);
  });

  test('agrees with the decimal arithmetic for every currency', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 18n), 10n ** 18n),
        anyCurrency,
        fc.nat({ max: 6 }),
        (units, currency, extraZeros) => {
          const exponent = currencyExponent(currency);
          const amount = parseDecimal(units.toString()).dividedBy(10 ** exponent);
          expect(formatAmount(amount.toFixed(exponent + extraZeros), currency)).toBe(amount.toFixed(exponent));
        },
      ),
    );
  });
});

describe('formatForPeople', () => {
  test.each([
    ['1499.00', 'INR', 'en-IN', '₹1,499.00'],
    ['12345678.9', 'INR', 'en-IN', '₹1,23,45,678.90'],
    ['1499', 'USD', 'en-US', '$1,499.00'],
    ['1499', 'JPY', 'en-US', '¥1,499'],
    ['1499.5', 'EUR', 'de-DE', '1.499,50\u00a0€'],
    ['1.5', 'BHD', 'en-US', 'BHD\u00a01.500'],
    ['1250', 'HUF', 'en-US', 'HUF\u00a01,250.00'],
    ['-5', 'GBP', 'en-GB', '-£5.00'],
    ['9007199254740993.01', 'USD', 'en-US', '$9,007,199,254,740,993.01'],
  ])('writes %s %s in %s as %s', (amount, currency, locale, written) => {
    expect(formatForPeople(amount, currency, locale)).toBe(written);
  });

  test('writes Latin digits in every locale, and the code on demand', () => {
    expect(formatForPeople('1234.5', 'AED', 'ar-EG')).toMatch(/1.234.50/);
    expect(formatForPeople('1234.5', 'AED', 'ar-EG', { display: 'code' })).toContain('AED');
  });

  test('refuses a malformed locale and a text that is no number', () => {
    expect(() => formatForPeople('1', 'USD', 'not a locale')).toThrow(RangeError);
    expect(() => formatForPeople('one', 'USD', 'en')).toThrow(RangeError);
  });
});

test('formatNumberForPeople keeps every digit and fills up to the minimum', () => {
  expect(formatNumberForPeople('149900.5', 'en-IN', 2)).toBe('1,49,900.50');
  expect(formatNumberForPeople('0.0125', 'en-US', 2)).toBe('0.0125');
  expect(formatNumberForPeople('2.0000', 'en-US')).toBe('2');
});
