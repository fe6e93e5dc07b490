import { describe, expect, test } from '@jest/globals';
import { feesOf, NO_FEES } from '../../../src/services/payments/fees.ts';
import { ExactDecimal, roundMoney } from '../../../src/utils/money.ts';

const RATES = { gatewayPercentage: '2', gatewayFixed: '3', platformPercentage: '1', platformFixed: '0.5' };

describe('fees', () => {
  test.each([
    ['percentage and fixed', '1000.00', 'INR', RATES, null, ['23.00', '10.50', '966.50']],
    ['rounded half up', '1.25', 'USD', { ...NO_FEES, gatewayPercentage: '2' }, null, ['0.03', '0.00', '1.22']],
    ['no minor unit', '150', 'JPY', { ...NO_FEES, gatewayPercentage: '3' }, null, ['5', '0', '145']],
    [
      'three minor digits',
      '10.000',
      'BHD',
      { ...NO_FEES, gatewayPercentage: '2.55' },
      null,
      ['0.255', '0.000', '9.745'],
    ],
    ['none', '10.00', 'INR', NO_FEES, null, ['0.00', '0.00', '10.00']],
    ["the gateway's own wins", '1000.00', 'INR', RATES, '20.01', ['20.01', '10.50', '969.49']],
    ['the gateway says nothing', '1000.00', 'INR', RATES, '0', ['0.00', '10.50', '989.50']],
    ['never above the amount', '2.00', 'INR', RATES, null, ['2.00', '0.00', '0.00']],
    ['the platform takes the rest at most', '3.50', 'INR', RATES, null, ['3.07', '0.43', '0.00']],
    ['more told than paid', '5.00', 'INR', RATES, '9', ['5.00', '0.00', '0.00']],
  ] as const)('%s', (_name, amount, currency, rates, told, [gatewayFee, platformFee, netAmount]) => {
    expect(feesOf({ amount, currency }, rates, told)).toEqual({ gatewayFee, platformFee, netAmount });
  });

  test('of any amount and rate add up, in whole units of the currency', () => {
    let state = 42;
    const random = (most: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % most;
    };
    for (let turn = 0; turn < 2000; turn += 1) {
      const currency = ['INR', 'JPY', 'BHD'][turn % 3] ?? 'INR';
      const amount = roundMoney(new ExactDecimal(random(100_000)).dividedBy(100).plus(1), currency).toFixed();
      const rate = () => new ExactDecimal(random(1_000_000)).dividedBy(10_000).toFixed();
      const rates = {
        ...{ gatewayPercentage: rate(), gatewayFixed: rate() },
        ...{ platformPercentage: rate(), platformFixed: rate() },
      };
      const { gatewayFee, platformFee, netAmount } = feesOf({ amount, currency }, rates, null);
      expect(new ExactDecimal(gatewayFee).plus(platformFee).plus(netAmount).equals(amount)).toBe(true);
      for (const fee of [gatewayFee, platformFee, netAmount]) {
        expect(new ExactDecimal(fee).isNegative()).toBe(false);
        expect(roundMoney(fee, currency).equals(fee)).toBe(true);
      }
    }
  });
});
