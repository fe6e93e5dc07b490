import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestApp } from '../../support/test-app.ts';
import { anAddress, aUser, elsewhere, eventsOf, startAccounts, typesOf } from './account-fixture.ts';

const FORGOT = '/api/auth/forgot-password';

let app: TestApp;

beforeAll(async () => {
  app = await startAccounts();
});
afterAll(() => app.close());
beforeEach(() => app.rows('delete from throttles'));

const from = (address: string) => app.http.with({ 'x-forwarded-for': address });
const later = (minutes: number) =>
  app.rows(
    `update throttles set updated_at = updated_at - make_interval(mins => $1),
      blocked_until = blocked_until - make_interval(mins => $1)`,
    [minutes],
  );

describe('three mails an hour to an account', () => {
  test('for all kinds of mail together, from wherever they are asked for', async () => {
    const user = await aUser(app);
    const { email } = user;
    const paths = [FORGOT, '/api/auth/magic-link', FORGOT, '/api/auth/magic-link', '/v1/auth/forgot-password', FORGOT];
    const answers = [];
    for (const path of paths) answers.push(await elsewhere(app).post(path, { email }));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 202));
    expect(answers[5]?.text).toBe(answers[0]?.text);
    const first = ['user.password_reset_requested', 'user.magic_link_requested', 'user.password_reset_requested'];
    expect(await typesOf(app, user.id)).toEqual(first);
    await later(59);
    await elsewhere(app).post(FORGOT, { email });
    expect(await typesOf(app, user.id)).toEqual(first);
    await later(2);
    await elsewhere(app).post(FORGOT, { email });
    expect(await typesOf(app, user.id)).toEqual([...first, 'user.password_reset_requested']);
  });

  test('however parallel', async () => {
    const user = await aUser(app);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => elsewhere(app).post(FORGOT, { email: user.email })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await eventsOf(app, user.id)).toHaveLength(3);
  });

  test('an unknown address is counted alike, and written down nowhere', async () => {
    const email = anAddress();
    for (let count = 0; count < 4; count += 1) {
      expect((await elsewhere(app).post(FORGOT, { email })).status).toBe(202);
    }
    const rows = await app.rows<{ key: string; count: number; user_id: string | null }>(
      `select key, count, user_id from throttles where kind = 'mail_account'`,
    );
    expect(rows).toMatchObject([{ count: 3, user_id: null }]);
    expect(rows[0]?.key).not.toContain(email);
  });

  test('a stranger who uses it up does not keep the owner from signing in', async () => {
    const user = await aUser(app);
    for (let count = 0; count < 5; count += 1) await elsewhere(app).post(FORGOT, { email: user.email });
    const answer = await elsewhere(app).post('/api/auth/login', {
      email: user.email,
      password: 'a password for tests only',
    });
    expect(answer.status).toBe(200);
  });
});

describe('ten mails an hour by a client', () => {
  test.each([
    ['an IPv4 address', () => '198.51.100.7'],
    ['an IPv6 network', (index: number) => `2001:db8:1:2::${index + 1}`],
  ])('%s', async (_what, addressOf) => {
    const users = await Promise.all(Array.from({ length: 12 }, () => aUser(app)));
    for (const [index, { email }] of users.entries()) {
      expect((await from(addressOf(index)).post(FORGOT, { email })).status).toBe(202);
    }
    const mailed = await Promise.all(users.map(async ({ id }) => (await typesOf(app, id)).length));
    expect(mailed).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    const [another] = users.slice(-1);
    await from('203.0.113.9').post(FORGOT, { email: another?.email });
    expect(await typesOf(app, another?.id ?? '')).toHaveLength(1);
  });

  test('whether there are accounts or not', async () => {
    for (let count = 0; count < 10; count += 1) await from('198.51.100.8').post(FORGOT, { email: anAddress() });
    const user = await aUser(app);
    await from('198.51.100.8').post(FORGOT, { email: user.email });
    expect(await typesOf(app, user.id)).toEqual([]);
  });
});

describe('the time it takes', () => {
  const WARM_UP = 10;
  const ROUNDS = 50;

  const median = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

  const timeOf = async (path: string, body: Record<string, unknown>): Promise<number> => {
    const client = elsewhere(app);
    const startedAt = performance.now();
    await client.post(path, body);
    return performance.now() - startedAt;
  };

  /** Milliseconds that a known address takes longer than an unknown one, asked for right before or after it. */
  const differences = async (path: string, fields: Record<string, unknown>): Promise<number[]> => {
    const found: number[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
      const known = { email: (await aUser(app)).email, ...fields };
      const unknown = { email: anAddress(), ...fields };
      if (round % 2 === 0) {
        const first = await timeOf(path, known);
        found.push(first - (await timeOf(path, unknown)));
      } else {
        const first = await timeOf(path, unknown);
        found.push((await timeOf(path, known)) - first);
      }
    }
    return found.slice(WARM_UP);
  };

  test.each([
    [FORGOT, {}],
    ['/api/auth/magic-link', {}],
    ['/api/auth/resend-verification', {}],
    ['/api/auth/signup', { name: 'Asha', password: 'seventeen quiet herons by the lake' }],
  ])('%s does not tell known addresses from unknown ones', async (path, fields) => {
    expect(Math.abs(median(await differences(path, fields)))).toBeLessThan(5);
  });
});
