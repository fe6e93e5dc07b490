import { describe, expect, test } from '@jest/globals';
import { LoginRequest, RefreshRequest } from '../../../src/validators/identity/auth.schema.ts';

const valid = { email: 'asha@lakeside.example', password: 'secret' };

describe('a sign-in', () => {
  test('takes an address in any case and a password as it is', () => {
    const body = { email: 'Asha@Lakeside.Example', password: '  p\u00e4ss\0 ', subdomain: 'Lake-Side' };
    expect(LoginRequest.parse(body)).toEqual({
      ...body,
      email: 'asha@lakeside.example',
      subdomain: 'lake-side',
      tokenDelivery: 'body',
    });
  });

  test('takes passwords of up to 256 code points', () => {
    expect(LoginRequest.safeParse({ ...valid, password: '\u{1f3e0}'.repeat(256) }).success).toBe(true);
    expect(LoginRequest.safeParse({ ...valid, password: '\u{1f3e0}'.repeat(257) }).success).toBe(false);
    expect(LoginRequest.safeParse({ ...valid, password: 'x'.repeat(257) }).success).toBe(false);
  });

  test.each([
    {},
    { ...valid, password: '' },
    { ...valid, email: 'asha' },
    { ...valid, email: ['asha@lakeside.example'] },
    { ...valid, password: { $ne: null } },
    { ...valid, subdomain: '-x' },
    { ...valid, subdomain: 'a'.repeat(64) },
    { ...valid, role: 'admin' },
  ])('is not %j', (body) => {
    expect(LoginRequest.safeParse(body).success).toBe(false);
  });
});

test('a refresh takes one bounded string, and a tenant, or null for none', () => {
  for (const body of [{ refreshToken: 'x' }, { refreshToken: 'x', tenantId: null }, {}]) {
    expect(RefreshRequest.safeParse(body).success).toBe(true);
  }
  expect(RefreshRequest.safeParse({ refreshToken: 'x', tenantId: 'lakeside' }).success).toBe(false);
  for (const refreshToken of ['', 'x'.repeat(513), 1, null]) {
    expect(RefreshRequest.safeParse({ refreshToken }).success).toBe(false);
  }
});
