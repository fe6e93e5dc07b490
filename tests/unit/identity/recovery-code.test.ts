import { describe, expect, test } from '@jest/globals';
import { hashRecoveryCode, issueRecoveryCode } from '../../../src/services/identity/recovery-code.ts';

describe('recovery codes', () => {
  test('are six groups of four characters of base32: 120 bits', () => {
    const codes = Array.from({ length: 100 }, issueRecoveryCode);
    for (const code of codes) expect(code).toMatch(/^(?:[a-z2-7]{4}-){5}[a-z2-7]{4}$/);
    expect(new Set(codes).size).toBe(100);
  });

  test('are the same however they are typed', () => {
    const hash = hashRecoveryCode('abio-dgho-k2m3-n4p5-q6r7-bbii');
    expect(hash).toHaveLength(32);
    for (const typed of [
      'ABIO-DGHO-K2M3-N4P5-Q6R7-BBII',
      'abiodghok2m3n4p5q6r7bbii',
      ' abio dgho k2m3 n4p5 q6r7 bbii ',
      'a81o-dgh0-k2m3-n4p5-q6r7-88i1',
    ]) {
      expect(hashRecoveryCode(typed)).toEqual(hash);
    }
    expect(hashRecoveryCode('abio-dgho-k2m3-n4p5-q6r7-bbij')).not.toEqual(hash);
  });

  test.each(['', 'abio', 'abio-dgho-k2m3-n4p5-q6r7-bbii-aaaa'])('%j is none', (text) => {
    expect(hashRecoveryCode(text)).toBeNull();
  });
});
