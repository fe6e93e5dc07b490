import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createIdentityCleanupRepository } from '../../../src/repositories/identity/identity-cleanup.repository.ts';
import { identityCleaners } from '../../../src/services/identity/identity-cleaners.ts';
import { createCleanup } from '../../../src/services/operation/cleanup.service.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { PLATFORM_ID } from '../../../src/types/ids.ts';
import { type IdentityFixture, startIdentity } from './identity-fixture.ts';

let fixture: IdentityFixture;
let userId: string;
let tenantId: string;

beforeAll(async () => {
  fixture = await startIdentity();
  userId = (await fixture.addUser()).id;
  tenantId = await fixture.addTenant('lakeside');
});
afterAll(() => fixture.close());

const TABLES = ['throttles', 'login_attempts', 'security_events', 'sign_in_challenges', 'one_time_tokens'] as const;

/** What would be inserted into a table with a time in its last column: rows that are over, and rows that are not. */
const rowsOf: Record<
  (typeof TABLES)[number],
  { readonly insert: string; readonly over: string; readonly kept: string }
> = {
  throttles: {
    insert:
      "insert into throttles (key, id, kind, count, updated_at) select $1::text || gen_random_uuid(), gen_random_uuid(), 'test', 1,",
    over: '7 days 1 minute',
    kept: '6 days 23 hours',
  },
  login_attempts: {
    insert:
      "insert into login_attempts (tenant_id, id, email, method, outcome, occurred_at) select $1::uuid, gen_random_uuid(), 'x', 'password', 'failed',",
    over: '90 days 1 minute',
    kept: '89 days 23 hours',
  },
  security_events: {
    insert:
      "insert into security_events (tenant_id, id, type, occurred_at) select $1::uuid, gen_random_uuid(), 'account.throttled',",
    over: '365 days 1 minute',
    kept: '364 days 23 hours',
  },
  sign_in_challenges: {
    insert:
      "insert into sign_in_challenges (user_id, id, kind, secret_hash, method, expires_at) select $1::uuid, gen_random_uuid(), 'two_factor', '', 'password',",
    over: '1 minute',
    kept: '-1 minute',
  },
  one_time_tokens: {
    insert:
      "insert into one_time_tokens (subject_id, id, purpose, secret_hash, expires_at) select case when $1::uuid is null then null else gen_random_uuid() end, gen_random_uuid(), 'password_reset', '',",
    over: '1 minute',
    kept: '-1 minute',
  },
};

async function fill(table: (typeof TABLES)[number], owner: string, over: number, kept: number): Promise<void> {
  const { insert, ...ages } = rowsOf[table];
  for (const [age, count] of [
    [ages.over, over],
    [ages.kept, kept],
  ] as const) {
    await fixture.rows(`${insert} now() - $2::interval from generate_series(1, $3) n`, [owner, age, count]);
  }
}

const counts = async () => {
  const [row] = await fixture.rows(
    `select ${TABLES.map((table) => `(select count(*)::int from ${table}) as ${table}`).join(', ')}`,
  );
  return row;
};

const cleanUp = () => {
  const { database, clock, log } = fixture.infrastructure;
  const cleaners = identityCleaners({ records: createIdentityCleanupRepository({ database }), clock });
  return createCleanup({ cleaners, log }).run(systemContext(platformScope, 'test'), new AbortController().signal);
};

beforeEach(() => fixture.rows(`truncate ${TABLES.join(', ')}`));

describe('what identity has kept long enough', () => {
  test('is deleted, of every tenant and of the platform, and nothing else', async () => {
    for (const table of TABLES) {
      if (table === 'login_attempts' || table === 'security_events') {
        await fill(table, tenantId, 2, 3);
        await fill(table, PLATFORM_ID, 1, 1);
      } else if (table === 'throttles') await fill(table, randomUUID(), 3, 4);
      else await fill(table, userId, 3, 4);
    }
    expect(await cleanUp()).toEqual({
      throttles: 3,
      loginAttempts: 3,
      securityEvents: 3,
      signInChallenges: 3,
      oneTimeTokens: 3,
    });
    expect(await counts()).toEqual(Object.fromEntries(TABLES.map((table) => [table, 4])));
  });

  test('is deleted in batches until none is left, also by two at once', async () => {
    await fill('login_attempts', tenantId, 2500, 1);
    const [one, other] = await Promise.all([cleanUp(), cleanUp()]);
    expect((one.loginAttempts ?? 0) + (other.loginAttempts ?? 0)).toBe(2500);
    expect(await counts()).toMatchObject({ login_attempts: 1 });
  });
});
