import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.ts';
import { loadCommonPasswords } from '../../../src/services/identity/common-passwords.ts';
import {
  createPasswordPolicyService,
  type WantedPassword,
} from '../../../src/services/identity/password-policy.service.ts';
import { anonymousContext } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';

const TENANT = asTenantId('0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11');
const ctx = anonymousContext('test', { ipAddress: null, userAgent: null }, null);
const commonPasswords = loadCommonPasswords();

const policyOf = (passwordMinLength: number) =>
  createPasswordPolicyService({
    policies: {
      effective: async () => ({
        passwordMinLength,
        twoFactor: 'optional',
        magicLinks: true,
        sessionDays: 90,
        sessionIdleDays: 14,
      }),
    },
    tenantNames: {
      listOf: async (_ctx, ids) =>
        ids.includes(TENANT) ? [{ name: 'Quayside Music Hall', slug: 'quayside-hall' }] : [],
    },
    commonPasswords,
  });

const asha = { email: 'asha.ramanujan@lakeside.example', name: 'Asha Ramanujan', tenantIds: [], isOperator: false };

/** The refusal's details, or null for a password that may be used. */
async function refusalOf(password: string, wanted: Partial<WantedPassword> = {}, minLength = 12) {
  try {
    await policyOf(minLength).check(ctx, { ...asha, ...wanted, password });
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect([error.code, error.statusCode]).toEqual(['PASSWORD_REFUSED', 422]);
    expect(error.message.length).toBeGreaterThan(20);
    return error.details;
  }
}

describe('length', () => {
  test.each(['eleven char', 'x', '\u{1f3e0}'.repeat(11)])('%j is too short', async (password) => {
    expect(await refusalOf(password)).toEqual({ reason: 'too_short', minLength: 12 });
  });

  test('twelve code points are enough, whatever they are', async () => {
    expect(await refusalOf('qzvmwtkbxjyp')).toBeNull();
    expect(await refusalOf('\u{1f3e0}\u{1f3e1}'.repeat(6))).toBeNull();
  });

  test('is counted after NFKC', async () => {
    expect(await refusalOf('e\u0301'.repeat(8))).toEqual({ reason: 'too_short', minLength: 12 });
    expect(await refusalOf('\ufb03'.repeat(4))).toBeNull();
  });

  test('follows the policy', async () => {
    expect(await refusalOf('qzvmwtkbxjyp', {}, 13)).toEqual({ reason: 'too_short', minLength: 13 });
  });

  test('asks for no kinds of characters', async () => {
    expect(await refusalOf('quiet herons wade')).toBeNull();
  });
});

describe('common passwords', () => {
  test('are 3,000 or more that the policy would allow otherwise (ASVS 6.2.4)', () => {
    expect(commonPasswords.size).toBeGreaterThanOrEqual(3000);
    for (const password of commonPasswords) {
      expect([...password].length).toBeGreaterThanOrEqual(12);
      expect(password).toBe(password.normalize('NFKC').toLowerCase());
    }
  });

  test.each([
    'qwerty123456',
    '1qaz2wsx3edc',
    'passwordpassword',
    'Password1234',
    '111111111111',
    'QWERTY123456',
    'ｑｗｅｒｔｙ123456',
  ])('%s is refused', async (password) => {
    expect(await refusalOf(password)).toEqual({ reason: 'too_common' });
  });
});

describe('words of the account', () => {
  const refused = { reason: 'contains_context' };

  test.each([
    ['the local part', 'x asha.ramanujan 7'],
    ['a word of the local part', 'RAMANUJAN-was-here'],
    ['the domain', 'my Lakeside summer'],
    ['the name', 'Asha is my first name'],
    ['the product', 'RowHouse number nine'],
    ['a full-width spelling', 'my ｌａｋｅｓｉｄｅ summer'],
  ])('%s', async (_what, password) => {
    expect(await refusalOf(password)).toEqual(refused);
  });

  test("the tenant's name and slug, of members only", async () => {
    expect(await refusalOf('a quayside evening')).toBeNull();
    expect(await refusalOf('a quayside evening', { tenantIds: [TENANT] })).toEqual(refused);
    expect(await refusalOf('quayside-hall 1234', { tenantIds: [TENANT] })).toEqual(refused);
  });

  test('a tenant that is being made', async () => {
    const newTenant = { name: 'Harbour', slug: 'harbour-1' };
    expect(await refusalOf('harbour by night', { newTenant })).toEqual(refused);
  });

  test('not the top level of the domain, and no short words', async () => {
    expect(await refusalOf('an example of herons', { name: 'An Of' })).toBeNull();
  });

  test('a name without letters is no word', async () => {
    expect(await refusalOf('quiet herons wade', { name: '!!! --- ...' })).toBeNull();
  });
});
