import { describe, expect, test } from '@jest/globals';
import { addressPrefix, isIPv6Network } from '../../../src/utils/address-prefix.ts';

describe('the network of an address', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
    ['no address', 'no address', 'no address'],
  ])('of %s', (address, subscriber, site) => {
    expect(addressPrefix(address, 64)).toBe(subscriber);
    expect(addressPrefix(address, 48)).toBe(site);
    expect(isIPv6Network(addressPrefix(address, 64))).toBe(subscriber !== site);
  });
});
