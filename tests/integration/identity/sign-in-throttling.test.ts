import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { composeSignIn } from '../../../src/composition/identity-sign-in.ts';
import { createPasswordHasher, type PasswordHasher } from '../../../src/services/identity/password-hasher.ts';
import { createSignInThrottles, SIGN_IN_RULES } from '../../../src/services/identity/sign-in-throttles.ts';
import {
  type IdentityFixture,
  noCookies,
  PASSWORD,
  publicRequest,
  refusalOf,
  startIdentity,
} from './identity-fixture.ts';

const WRONG = 'not the password of anybody';

let fixture: IdentityFixture;

beforeAll(async () => {
  fixture = await startIdentity();
});
afterAll(() => fixture.close());
afterEach(() => fixture.rows('truncate throttles, login_attempts'));

/** Signing in with another hasher, or with waits that outlast a test. */
function signInWith({ passwords = fixture.identity.core.passwords, rules = SIGN_IN_RULES } = {}) {
  const { infrastructure, identity } = fixture;
  const { throttles } = identity.core;
  const signInThrottles = createSignInThrottles({ throttles, settings: infrastructure.settings, rules });
  const core = { ...identity.core, passwords, signInThrottles };
  const { signIn } = composeSignIn(infrastructure, core, identity.services.twoFactor).services;
  return (email: string, password = PASSWORD) =>
    signIn.signIn(publicRequest('session.created'), { email, password }, noCookies);
}

/** The hasher, and how often it has been asked. */
function counted(passwords: PasswordHasher) {
  const count = { verified: 0 };
  const verify: PasswordHasher['verify'] = (...given) => {
    count.verified += 1;
    return passwords.verify(...given);
  };
  return { passwords: { ...passwords, verify }, count };
}

const countsOf = async (kind: string) =>
  (await fixture.rows<{ count: number }>('select count from throttles where kind = $1', [kind])).map(
    ({ count }) => count,
  );

describe('the password is hashed', () => {
  const outlasting = <Rule extends object>(rule: Rule): Rule => ({ ...rule, firstWait: 600 });
  const rules = {
    ...SIGN_IN_RULES,
    account: outlasting(SIGN_IN_RULES.account),
    address: { ...SIGN_IN_RULES.address, free: 1000 },
  };

  test.each([
    ['known', async () => (await fixture.addUser()).email],
    ['unknown', async () => `${randomUUID()}@lakeside.example`],
  ])('five times for 200 guesses at once at an account that is %s', async (_kind, anEmail) => {
    const email = await anEmail();
    const { passwords, count } = counted(fixture.identity.core.passwords);
    const signIn = signInWith({ passwords, rules });
    const refusals = await Promise.all(Array.from({ length: 200 }, () => refusalOf(signIn(email, WRONG))));
    expect(count.verified).toBe(5);
    expect(refusals.filter(({ code }) => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
    expect(refusals.filter(({ code }) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(195);
    expect(await countsOf('sign_in_account')).toEqual([5]);
  });

  test('only for tries that count: one that found no free slot is taken back', async () => {
    const { email } = await fixture.addUser();
    const passwords = createPasswordHasher({ settings: fixture.infrastructure.settings, concurrency: 1, queue: 0 });
    const { passwords: busy, count } = counted(passwords);
    const signIn = signInWith({ passwords: busy, rules });
    const refusals = await Promise.all(Array.from({ length: 5 }, () => refusalOf(signIn(email, WRONG))));
    const wrong = refusals.filter(({ code }) => code === 'INVALID_CREDENTIALS').length;
    expect(count.verified).toBe(5);
    expect(refusals.filter(({ code }) => code === 'SIGN_IN_BUSY')).toHaveLength(5 - wrong);
    expect(await countsOf('sign_in_account')).toEqual([wrong]);
    expect(await countsOf('sign_in_address')).toEqual([wrong]);
  });
});

describe('the time that a refusal takes', () => {
  const ROUNDS = 50;

  /** Mean without the fifth at either end, and its standard error (Yuen). */
  function trimmedMean(values: readonly number[]): { mean: number; error: number } {
    const sorted = [...values].sort((a, b) => a - b);
    const cut = Math.floor(sorted.length / 5);
    const kept = sorted.slice(cut, sorted.length - cut);
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    const winsorized = sorted.map((_value, at) => kept[Math.min(Math.max(at - cut, 0), kept.length - 1)] ?? mean);
    const center = winsorized.reduce((sum, value) => sum + value, 0) / winsorized.length;
    const squares = winsorized.reduce((sum, value) => sum + (value - center) ** 2, 0);
    return { mean, error: Math.sqrt(squares / (kept.length * (kept.length - 1))) };
  }

  test('does not tell whether an account is there, has a password, or may sign in', async () => {
    const costly = await startIdentity({ BCRYPT_COST: '8' });
    try {
      const body = (email: string) => ({ email, password: WRONG, tokenDelivery: 'body' as const });
      const login = (email: string) =>
        refusalOf(costly.auth.login(publicRequest('session.created'), body(email), noCookies));
      const suspended = await costly.addUser();
      await costly.rows("update users set status = 'suspended' where id = $1", [suspended.id]);
      const emails: Record<string, string> = {
        known: (await costly.addUser()).email,
        unknown: 'nobody@lakeside.example',
        'without a password': (await costly.addUser({ passwordHash: null })).email,
        suspended: suspended.email,
      };
      const times = new Map(Object.keys(emails).map((kind) => [kind, [] as number[]]));
      for (let round = 0; round <= ROUNDS; round += 1) {
        await costly.rows('truncate throttles');
        for (const [kind, email] of Object.entries(emails)) {
          const startedAt = performance.now();
          const { code } = await login(email);
          if (round > 0) times.get(kind)?.push(performance.now() - startedAt);
          expect(code).toBe('INVALID_CREDENTIALS');
        }
      }
      const known = trimmedMean(times.get('known') ?? []);
      for (const [kind, samples] of times) {
        const { mean, error } = trimmedMean(samples);
        const difference = Math.abs(mean - known.mean);
        const noise = 3 * Math.hypot(error, known.error);
        // Without a hash for unknown accounts it would be nearly the whole.
        expect({ kind, apart: difference - noise > known.mean / 5 }).toEqual({ kind, apart: false });
        expect({ kind, telling: noise < known.mean / 2 }).toEqual({ kind, telling: true });
      }
    } finally {
      await costly.close();
    }
  }, 120_000);
});
