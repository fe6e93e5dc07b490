import { describe, expect, test } from '@jest/globals';
import { createTotp, type TotpParameters } from '../../../src/services/identity/totp.ts';

type Algorithm = NonNullable<TotpParameters['algorithm']>;

/** RFC 6238, appendix B; each key as long as its digest (erratum 2866). */
const keys: Readonly<Record<Algorithm, Buffer>> = {
  sha1: Buffer.from('12345678901234567890'),
  sha256: Buffer.from('12345678901234567890123456789012'),
  sha512: Buffer.from('1234567890123456789012345678901234567890123456789012345678901234'),
};

const vectors: ReadonlyArray<readonly [seconds: number, algorithm: Algorithm, code: string]> = [
  [59, 'sha1', '94287082'],
  [59, 'sha256', '46119246'],
  [59, 'sha512', '90693936'],
  [1111111109, 'sha1', '07081804'],
  [1111111109, 'sha256', '68084774'],
  [1111111109, 'sha512', '25091201'],
  [1111111111, 'sha1', '14050471'],
  [1111111111, 'sha256', '67062674'],
  [1111111111, 'sha512', '99943326'],
  [1234567890, 'sha1', '89005924'],
  [1234567890, 'sha256', '91819424'],
  [1234567890, 'sha512', '93441116'],
  [2000000000, 'sha1', '69279037'],
  [2000000000, 'sha256', '90698825'],
  [2000000000, 'sha512', '38618901'],
  [20000000000, 'sha1', '65353130'],
  [20000000000, 'sha256', '77737706'],
  [20000000000, 'sha512', '47863826'],
];

describe('RFC 6238, appendix B', () => {
  test.each(vectors)('at %i with %s', (seconds, algorithm, code) => {
    const totp = createTotp({ algorithm, digits: 8 });
    const at = new Date(seconds * 1000);
    expect(totp.codeAt(keys[algorithm], at)).toBe(code);
    expect(totp.stepOf(keys[algorithm], code, at)).toBe(Math.floor(seconds / 30));
  });
});

describe('what authenticator apps use', () => {
  const totp = createTotp();
  const secret = keys.sha1;
  /** The first second of step 37037037. */
  const now = new Date(37037037 * 30 * 1000);
  const codeOfStep = (step: number) => totp.codeAt(secret, new Date(step * 30 * 1000));
  const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1000);

  test('six digits, the last ones of the eight', () => {
    expect(totp.codeAt(secret, new Date(1234567890 * 1000))).toBe('005924');
  });

  test.each([-1, 0, 1])(
    'a code of step %i is right, from the first second of the current one to its last',
    (offset) => {
      const step = 37037037 + offset;
      for (const second of [0, 15, 29]) expect(totp.stepOf(secret, codeOfStep(step), inSeconds(second))).toBe(step);
    },
  );

  test.each([-3, -2, 2, 3])('a code of step %i is wrong', (offset) => {
    for (const second of [0, 15, 29]) {
      expect(totp.stepOf(secret, codeOfStep(37037037 + offset), inSeconds(second))).toBeNull();
    }
  });

  test.each(['', '12345', '1234567', '12 345', '12345a', '١٢٣٤٥٦', '-12345', '1e5000'])('%j is no code', (text) => {
    expect(totp.stepOf(secret, text, now)).toBeNull();
  });

  test('a secret has 160 bits, and is another one each time', () => {
    const secrets = Array.from({ length: 100 }, () => totp.issueSecret());
    expect(new Set(secrets.map(({ length }) => length))).toEqual(new Set([20]));
    expect(new Set(secrets.map((issued) => issued.toString('hex'))).size).toBe(100);
  });

  test('the URI says all that an app needs', () => {
    const uri = new URL(totp.uriOf(secret, { issuer: 'Row & house', account: 'asha+1@lakeside.example' }));
    expect(uri.protocol + uri.host).toBe('otpauth:totp');
    expect(decodeURIComponent(uri.pathname)).toBe('/Row & house:asha+1@lakeside.example');
    expect(uri.searchParams.get('secret')).toBe(totp.encodeSecret(secret));
    expect(uri.searchParams.get('issuer')).toBe('Row & house');
    expect(totp.encodeSecret(secret)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  });
});
