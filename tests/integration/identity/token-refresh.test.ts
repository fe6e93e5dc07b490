import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import type { TenantId } from '../../../src/types/ids.ts';
import { RefreshResponse } from '../../../src/validators/identity/auth.schema.ts';
import { type IdentityFixture, refusalOf, startIdentity, until } from './identity-fixture.ts';

let fixture: IdentityFixture;
let tenantId: TenantId;
let otherTenantId: TenantId;

beforeAll(async () => {
  fixture = await startIdentity();
  tenantId = await fixture.addTenant('first');
  otherTenantId = await fixture.addTenant('second');
});
afterAll(() => fixture.close());

let userId: string;
let firstToken: string;
let sessionId: string;

const claimsOf = (accessToken: string) => {
  const claims = jwt.decode(accessToken);
  if (claims === null || typeof claims === 'string') throw new Error('No claims');
  return claims;
};

beforeEach(async () => {
  const user = await fixture.addUser();
  userId = user.id;
  await fixture.addMember(userId, tenantId);
  await fixture.addMember(userId, otherTenantId, 'staff');
  const { refreshToken, claims } = await fixture.signIn(user.email, 'second');
  firstToken = refreshToken;
  sessionId = claims.sid;
});

const refresh = (refreshToken: string) => fixture.refresh(refreshToken);
const successorOf = async (refreshToken: string) => (await refresh(refreshToken)).refreshToken;

const family = () =>
  fixture.rows<{ id: string; generation: number; used: boolean }>(
    'select id, generation, used_at is not null as used from refresh_tokens where session_id = $1 order by generation',
    [sessionId],
  );
const session = async () => {
  const [row] = await fixture.rows<{ revoked: boolean; revoke_reason: string | null }>(
    'select revoked_at is not null as revoked, revoke_reason from sessions where id = $1',
    [sessionId],
  );
  return row;
};
const auditActions = async () => {
  const entries = await fixture.rows<{ action: string; tenant_id: string; actor_id: string }>(
    'select action, tenant_id, actor_id from audit_entries where resource_id = $1 order by id',
    [sessionId],
  );
  expect(entries.every((entry) => entry.tenant_id === otherTenantId && entry.actor_id === userId)).toBe(true);
  return entries.map(({ action }) => action);
};
const alarms = () =>
  fixture.rows(
    "select tenant_id, user_id, details from security_events where type = 'session.reuse_detected' and user_id = $1",
    [userId],
  );
const published = () =>
  fixture.rows("select tenant_id, payload from outbox_events where type = 'session.reuse_detected' and subject = $1", [
    sessionId,
  ]);
/** Turns the database's clock for one token: it was exchanged so many seconds earlier. */
const ageUse = (refreshToken: string, seconds: number) =>
  fixture.rows('update refresh_tokens set used_at = used_at - make_interval(secs => $2) where id = $1', [
    refreshToken.split('.')[0],
    seconds,
  ]);

const LIVE = { revoked: false, revoke_reason: null };
const STOLEN = { revoked: true, revoke_reason: 'refresh_token_reused' };
const REFUSED = {
  code: 'REFRESH_TOKEN_INVALID',
  message: 'The refresh token is not valid. Sign in again.',
  details: undefined,
};

describe('an unused token', () => {
  test('is exchanged for new tokens in the same session and tenant', async () => {
    const answer = await refresh(firstToken);

    expect(RefreshResponse.parse(answer)).toEqual(answer);
    expect(claimsOf(answer.accessToken)).toMatchObject({ sid: sessionId, tenantId: otherTenantId, role: 'staff' });
    expect(await family()).toMatchObject([
      { generation: 1, used: true },
      { generation: 2, used: false, id: answer.refreshToken.split('.')[0] },
    ]);
    expect(await auditActions()).toEqual(['session.created', 'session.refreshed']);
    await expect(refresh(answer.refreshToken)).resolves.toMatchObject({ tokenType: 'Bearer' });
  });

  test('brings the role that the user has by now', async () => {
    await fixture.rows("update memberships set role = 'manager' where user_id = $1 and tenant_id = $2", [
      userId,
      otherTenantId,
    ]);
    expect(claimsOf((await refresh(firstToken)).accessToken)).toMatchObject({ role: 'manager' });
  });

  test('never outlives the session', async () => {
    await fixture.rows("update sessions set expires_at = now() + interval '1 hour' where id = $1", [sessionId]);
    await refresh(firstToken);
    const [row] = await fixture.rows(
      `select t.expires_at = s.expires_at as bounded from refresh_tokens t join sessions s on s.id = t.session_id
       where t.session_id = $1 and t.generation = 2`,
      [sessionId],
    );
    expect(row).toEqual({ bounded: true });
  });

  test('survives a failure before the commit unused', async () => {
    await fixture.rows(`
      create function refuse_token() returns trigger language plpgsql as $$ begin raise exception 'crash'; end $$`);
    await fixture.rows(
      'create trigger refuse before insert on refresh_tokens for each row execute function refuse_token()',
    );
    await expect(refresh(firstToken)).rejects.toThrow('crash');
    await fixture.rows('drop trigger refuse on refresh_tokens');
    await fixture.rows('drop function refuse_token');

    expect(await family()).toMatchObject([{ generation: 1, used: false }]);
    await expect(refresh(firstToken)).resolves.toMatchObject({ tokenType: 'Bearer' });
  });
});

describe('a token that was used before', () => {
  test('gives the very same successor while the grace period lasts', async () => {
    const successor = await successorOf(firstToken);
    expect(await successorOf(firstToken)).toBe(successor);
    await ageUse(firstToken, 28);
    expect(await successorOf(firstToken)).toBe(successor);
    expect(await family()).toHaveLength(2);
    expect(await session()).toEqual(LIVE);
  });

  test('gives it to fifty at once, with exactly one new row and no revocation', async () => {
    const successors = await Promise.all(Array.from({ length: 50 }, () => successorOf(firstToken)));

    expect(new Set(successors).size).toBe(1);
    expect(await family()).toMatchObject([
      { generation: 1, used: true },
      { generation: 2, used: false },
    ]);
    expect(await session()).toEqual(LIVE);
    const actions = await auditActions();
    expect(actions.filter((action) => action === 'session.refreshed')).toHaveLength(50);
  });

  test('gives it to those who waited for the first one', async () => {
    const release = await fixture.hold('select from sessions where id = $1 for update', [sessionId]);
    const successors = Promise.all(Array.from({ length: 5 }, () => successorOf(firstToken)));
    await until(async () => {
      const waiting = await fixture.rows(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return waiting.length === 5;
    });
    await release();
    expect(new Set(await successors).size).toBe(1);
    expect(await family()).toHaveLength(2);
    expect(await session()).toEqual(LIVE);
  });

  test('ends the session after the grace period, and says nothing else than of an unknown token', async () => {
    const successor = await successorOf(firstToken);
    await ageUse(firstToken, 31);

    expect(await refusalOf(refresh(firstToken))).toEqual(REFUSED);
    expect(await session()).toEqual(STOLEN);
    expect(await auditActions()).toEqual(['session.created', 'session.refreshed', 'session.reuse_detected']);
    expect(await refusalOf(refresh(successor))).toEqual(REFUSED);
    expect(await refusalOf(refresh(firstToken))).toEqual(REFUSED);
    expect((await auditActions()).at(-1)).toBe('session.reuse_detected');
    expect(await alarms()).toEqual([{ tenant_id: otherTenantId, user_id: userId, details: { sessionId } }]);
    expect(await published()).toEqual([{ tenant_id: otherTenantId, payload: { userId, sessionId } }]);
    expect(await auditActions()).toHaveLength(3);
  });

  test('ends the session within the grace period as well once its successor has been used', async () => {
    const second = await successorOf(firstToken);
    const third = await successorOf(second);

    expect(await refusalOf(refresh(firstToken))).toEqual(REFUSED);
    expect(await session()).toEqual(STOLEN);
    expect(await refusalOf(refresh(third))).toEqual(REFUSED);
  });

  test('ends the session when two generations arrive at once', async () => {
    const second = await successorOf(firstToken);
    await ageUse(firstToken, 60);
    await Promise.allSettled([refresh(second), refresh(firstToken), refresh(second), refresh(firstToken)]);
    expect(await session()).toEqual(STOLEN);
    const live = (await family()).filter(({ used }) => !used);
    expect(live.length).toBeLessThanOrEqual(1);
  });

  test('keeps its successor where only its own secret can open it', async () => {
    const successor = await successorOf(firstToken);
    const stored = await fixture.rows<{ hex: string }>(
      `select encode(secret_hash || coalesce(sealed_successor, ''), 'hex') as hex from refresh_tokens where session_id = $1`,
      [sessionId],
    );
    expect(stored).toHaveLength(2);
    for (const token of [firstToken, successor]) {
      const secret = token.split('.')[1] ?? '';
      for (const { hex } of stored) {
        expect(hex).not.toContain(Buffer.from(secret).toString('hex'));
        expect(hex).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
      }
    }
  });
});

describe('refused, all with the same answer and without a revocation', () => {
  const flip = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

  test.each<[string, (token: string) => string]>([
    ['malformed', () => 'not a token'],
    ['unknown', (token) => `0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11.${token.split('.')[1]}`],
    ['with a wrong secret', (token) => flip(token, 40)],
    ['turned to another tenant', (token) => flip(token, token.length - 10)],
    ['without its tenant', (token) => token.slice(0, 36 + 1 + 43)],
    ['an access token', () => 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
  ])('%s', async (_name, change) => {
    expect(await refusalOf(refresh(change(firstToken)))).toEqual(REFUSED);
    expect(await session()).toEqual(LIVE);
    await expect(refresh(firstToken)).resolves.toMatchObject({ tokenType: 'Bearer' });
  });

  test.each<[string, string]>([
    ['idle for too long', "update refresh_tokens set expires_at = now() - interval '1 second' where session_id = $1"],
    ['of a session that is over', "update sessions set expires_at = now() - interval '1 second' where id = $1"],
    [
      'of a user who was suspended',
      "update users set status = 'suspended' where id = (select user_id from sessions where id = $1)",
    ],
    [
      'of a user who left the tenant',
      'delete from memberships where user_id = (select user_id from sessions where id = $1)',
    ],
  ])('%s', async (_name, change) => {
    await fixture.rows(change, [sessionId]);
    expect(await refusalOf(refresh(firstToken))).toEqual(REFUSED);
    expect(await session()).toEqual(LIVE);
    expect(await family()).toMatchObject([{ generation: 1, used: false }]);
  });
});
