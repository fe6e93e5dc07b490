import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateSync } from 'otplib';
import { type ImpersonationFixture, startImpersonations } from './impersonation-fixture.ts';
import { PASSWORD, refusal } from './operators-fixture.ts';

const STEP_MS = 30_000;

let fixture: ImpersonationFixture;

beforeAll(async () => {
  fixture = await startImpersonations();
});

afterAll(() => fixture.app.close());

const codeOf = (otpauthUri: string, aheadMs = 0): string =>
  generateSync({
    secret: new URL(otpauthUri).searchParams.get('secret') ?? '',
    epoch: Math.floor((Date.now() + aheadMs) / 1000),
  });

test('a code of the authenticator is a step-up, once', async () => {
  const { app, addOperator, ask, tenant } = fixture;
  const { id, client } = await addOperator();
  const setup = (await client.post('/api/auth/2fa/setup', { password: PASSWORD })).body.data;
  const { challengeToken, otpauthUri } = setup;
  await app.http.post('/api/auth/2fa/verify', { challengeToken, code: codeOf(otpauthUri) });
  await app.rows("update sessions set two_factor_at = now() - interval '1 hour' where user_id = $1", [id]);
  expect(refusal(await ask(client, tenant))).toEqual([403, 'TWO_FACTOR_REQUIRED']);
  const totpCode = codeOf(otpauthUri, STEP_MS);
  const answers = await Promise.all([1, 2, 3].map(() => ask(client, tenant, { totpCode })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401]);
  expect(refusal(await ask(client, tenant))).toEqual([403, 'TWO_FACTOR_REQUIRED']);
  expect(await app.rows('select 1 from impersonations where impersonator_id = $1', [id])).toHaveLength(1);
});
