import { expect, test } from '@jest/globals';
import { holdsCardNumber } from '../../../src/utils/card-number.ts';

test.each(['4242424242424242', 'card 4242 4242 4242 4242, thanks', '5555-5555-5555-4444', '378282246310005'])(
  '%s may be the number of a card',
  (text) => {
    expect(holdsCardNumber(text)).toBe(true);
  },
);

test.each(['UTR 417200310042', '4242424242424241', '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11', 'INV-2627-000042', ''])(
  '%s is none',
  (text) => {
    expect(holdsCardNumber(text)).toBe(false);
  },
);
