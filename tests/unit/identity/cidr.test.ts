import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createIpRuleSet } from '../../../src/services/identity/ip-rule-set.ts';
import { createAddressSet, readCidr } from '../../../src/utils/cidr.ts';

describe('a network', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['203.0.113.7', '203.0.113.7/32'],
    [' 203.0.113.0/24 ', '203.0.113.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0:0::/32', '2001:db8::/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['::/0', '::/0'],
    ['::10.0.0.1', '::a00:1/128'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1/128'],
    ['2001:db8:0:1:1:1:1:0/127', '2001:db8:0:1:1:1:1:0/127'],
    ['::ffff:203.0.113.7', '203.0.113.7/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:a00:0/104', '10.0.0.0/8'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
  ])('%j is %s', (text, cidr) => {
    expect(readCidr(text)).toEqual({ cidr });
  });

  test.each([
    ['', 'Must be a network'],
    ['everywhere', 'Must be a network'],
    ['10.0.0.0/', 'Must be a network'],
    ['10.0/16', 'Must be a network'],
    ['0x7f.0.0.1', 'Must be a network'],
    ['010.0.0.0/8', 'Must be a network'],
    ['2130706433', 'Must be a network'],
    ['10.0.0.0/08', 'Must be a network'],
    ['10.0.0.0/-1', 'Must be a network'],
    ['10.0.0.0/8/8', 'Must be a network'],
    ['10.0.0.256/32', 'Must be a network'],
    ['fe80::1%eth0', 'Must be a network'],
    ['1::2::3/64', 'Must be a network'],
    ['10.0.0.0/33', 'at most 32 bits'],
    ['2001:db8::/129', 'at most 128 bits'],
    ['10.1.2.3/8', 'Did you mean 10.0.0.0/8?'],
    ['2001:db8::1/64', 'Did you mean 2001:db8::/64?'],
    ['::ffff:10.1.2.3/104', 'Did you mean 10.0.0.0/8?'],
  ])('%j is none: %s', (text, problem) => {
    expect(readCidr(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('reads its canonical form as itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 32 }), (address, bits) => {
        const reading = readCidr(`${address}/${bits}`);
        const suggestion = 'problem' in reading ? reading.problem.slice('Did you mean '.length, -1) : reading.cidr;
        expect(readCidr(suggestion)).toEqual({ cidr: suggestion });
        expect(createAddressSet([suggestion]).has(address)).toBe(true);
      }),
    );
  });
});

describe('a set of networks', () => {
  const addresses = createAddressSet(['10.0.0.0/8', '203.0.113.7/32', '2001:db8::/32']);

  test.each([
    ['10.255.0.1', true],
    ['203.0.113.7', true],
    ['203.0.113.8', false],
    ['11.0.0.0', false],
    ['::ffff:10.1.2.3', true],
    ['::ffff:a01:203', true],
    ['::FFFF:11.0.0.1', false],
    ['2001:db8:ffff::1', true],
    ['2001:DB8::1', true],
    ['2001:db8::1%eth0', true],
    ['2001:db9::1', false],
    ['::10.1.2.3', false],
    ['unix', false],
    ['', false],
    [null, false],
  ])('%j: %s', (address, isIn) => {
    expect(addresses.has(address)).toBe(isIn);
  });

  test('of all IPv6 addresses has none of IPv4, and the other way round', () => {
    expect(createAddressSet(['::/0']).has('203.0.113.7')).toBe(false);
    expect(createAddressSet(['::/0']).has('::ffff:203.0.113.7')).toBe(false);
    expect(createAddressSet(['0.0.0.0/0']).has('2001:db8::1')).toBe(false);
  });

  test('agrees with counting bits', () => {
    const numberOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), fc.ipV4(), (network, bits, address) => {
        const reading = readCidr(`${network}/${bits}`);
        const cidr = 'cidr' in reading ? reading.cidr : reading.problem.slice('Did you mean '.length, -1);
        const size = 2 ** (32 - bits);
        const isIn = Math.floor(numberOf(network) / size) === Math.floor(numberOf(address) / size);
        expect(createAddressSet([cidr]).has(address)).toBe(isIn);
      }),
    );
  });
});

describe('rules', () => {
  const allow = (cidr: string) => ({ action: 'allow', cidr }) as const;
  const deny = (cidr: string) => ({ action: 'deny', cidr }) as const;
  const office = '203.0.113.7';
  const elsewhere = '198.51.100.9';

  test.each([
    ['none', [], office, true],
    ['none', [], null, true],
    ['an allowance of the address', [allow('203.0.113.0/24')], office, true],
    ['an allowance of another', [allow('203.0.113.0/24')], elsewhere, false],
    ['an allowance, and no address', [allow('203.0.113.0/24')], null, false],
    ['a denial of the address', [deny('203.0.113.0/24')], office, false],
    ['a denial of another', [deny('203.0.113.0/24')], elsewhere, true],
    ['a denial within an allowance', [allow('203.0.113.0/24'), deny('203.0.113.7/32')], office, false],
    ['an allowance within a denial', [deny('203.0.113.0/24'), allow('203.0.113.7/32')], office, false],
    ['one of two allowances', [allow('203.0.113.0/24'), allow('198.51.100.0/24')], elsewhere, true],
    ['a denial of another beside an allowance', [allow('203.0.113.0/24'), deny('198.51.100.9/32')], office, true],
  ] as const)('%s: %#', (_what, rules, address, passes) => {
    expect(createIpRuleSet(rules).permits(address)).toBe(passes);
  });

  test('that allow deny nobody by themselves', () => {
    const rules = createIpRuleSet([allow('203.0.113.0/24'), deny('198.51.100.0/24')]);
    expect([rules.denies(office), rules.denies('192.0.2.1'), rules.denies(elsewhere)]).toEqual([false, false, true]);
  });
});
