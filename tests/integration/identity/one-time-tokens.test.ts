import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { OneTimeTokenPurpose } from '../../../src/types/identity/one-time-token.ts';
import type { HttpAnswer } from '../../support/http-client.ts';
import type { TestApp } from '../../support/test-app.ts';
import {
  aUser,
  codeOf,
  elsewhere,
  expireToken,
  issueToken,
  OTHER_PASSWORD,
  startAccounts,
  tokensOf,
} from './account-fixture.ts';

const PURPOSES: readonly OneTimeTokenPurpose[] = [
  'email_verification',
  'password_reset',
  'magic_link',
  'invitation',
  'operator_invitation',
];
const RACERS = 100;

let app: TestApp;

beforeAll(async () => {
  app = await startAccounts();
});
afterAll(() => app.close());

const consume = (token: string, purposes: readonly OneTimeTokenPurpose[]) =>
  app.container.infrastructure.tx.run(systemContext(platformScope, 'test', 'test.token'), (txCtx) =>
    app.container.services.oneTimeTokens.consume(txCtx, token, purposes),
  );

describe.each(PURPOSES)('a token for %s', (purpose) => {
  test(`is used exactly once by ${RACERS} at a time`, async () => {
    const subjectId = randomUUID();
    const token = await issueToken(app, purpose, subjectId);
    const results = await Promise.all(Array.from({ length: RACERS }, () => consume(token, [purpose])));
    expect(results.filter((result) => result !== null)).toMatchObject([{ purpose, subjectId }]);
    expect(await tokensOf(app, subjectId)).toEqual([]);
  });

  test('is good for nothing else', async () => {
    const token = await issueToken(app, purpose, randomUUID());
    const others = PURPOSES.filter((other) => other !== purpose);
    expect(await consume(token, others)).toBeNull();
    expect(await consume(token, [purpose])).not.toBeNull();
  });

  test('is the only one: a newer one takes its place', async () => {
    const subjectId = randomUUID();
    const [older, newer] = [await issueToken(app, purpose, subjectId), await issueToken(app, purpose, subjectId)];
    expect(await tokensOf(app, subjectId)).toHaveLength(1);
    expect(await consume(older, [purpose])).toBeNull();
    expect(await consume(newer, [purpose])).not.toBeNull();
  });

  test('is over when its time is', async () => {
    const token = await issueToken(app, purpose, randomUUID());
    await expireToken(app, token);
    expect(await consume(token, [purpose])).toBeNull();
  });

  test('is not stored', async () => {
    const token = await issueToken(app, purpose, randomUUID());
    const [id = '', secret = ''] = token.split('.');
    const [row] = await app.rows<{ text: string }>('select t::text as text from one_time_tokens t where id = $1', [id]);
    expect(row?.text).not.toContain(secret);
    expect(row?.text).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    expect(await consume(`${id}.${'A'.repeat(43)}`, [purpose])).toBeNull();
  });
});

type Use = (token: string) => Promise<HttpAnswer>;

const uses: readonly (readonly [string, OneTimeTokenPurpose, Use])[] = [
  ['verify-email', 'email_verification', (token) => elsewhere(app).post('/api/auth/verify-email', { token })],
  [
    'reset-password',
    'password_reset',
    (token) => elsewhere(app).post('/api/auth/reset-password', { token, password: OTHER_PASSWORD }),
  ],
  ['magic-link/verify', 'magic_link', (token) => elsewhere(app).post('/api/auth/magic-link/verify', { token })],
];

describe.each(uses)('POST /api/auth/%s', (_path, purpose, use) => {
  test('succeeds for one of many at a time', async () => {
    const user = await aUser(app);
    const token = await issueToken(app, purpose, user.id);
    const answers = await Promise.all(Array.from({ length: 40 }, () => use(token)));
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    const refusals = answers.filter(({ status }) => status >= 300).map(codeOf);
    expect(refusals).toEqual(refusals.map(() => [410, 'ONE_TIME_TOKEN_INVALID']));
    const sessions = await app.rows('select 1 from sessions where user_id = $1', [user.id]);
    expect(sessions).toHaveLength(purpose === 'magic_link' ? 1 : 0);
  });

  test.each(PURPOSES.filter((other) => other !== purpose))('takes no token for %s', async (other) => {
    const user = await aUser(app);
    const token = await issueToken(app, other, user.id);
    expect(codeOf(await use(token))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    expect(await tokensOf(app, user.id)).toMatchObject([{ purpose: other }]);
  });
});
