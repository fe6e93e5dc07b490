import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../../src/errors/app-error.ts';
import { type IdentityFixture, noCookies, publicRequest, startIdentity, startProcess } from './identity-fixture.ts';

const JWT_KEYS = `test:${randomBytes(32).toString('base64')}`;
const MOST_GENERATIONS = 3;

let fixture: IdentityFixture;
/** Another process on the same database. */
let other: ReturnType<typeof startProcess>;
let email: string;

beforeAll(async () => {
  fixture = await startIdentity({ JWT_KEYS });
  other = startProcess(fixture.database, { JWT_KEYS });
  await other.infrastructure.notifications.start();
  ({ email } = await fixture.addUser());
});
afterAll(async () => {
  await other.close();
  await fixture.close();
});

/** What becomes of a request: it never arrives, its answer never arrives, or all is well. */
type Fate = 'request lost' | 'answer lost' | 'answered';

const fates: fc.Arbitrary<Fate[]> = fc.array(fc.constantFrom<Fate[]>('request lost', 'answer lost', 'answered'), {
  maxLength: 3,
});

/** How a client gets from one token to the next: attempts in turn until one is answered, perhaps sent to both processes at once. */
const exchange = fc.record({ fates, twice: fc.boolean() });
const client = fc.array(exchange, { minLength: 1, maxLength: MOST_GENERATIONS });
type Exchange = { readonly fates: readonly Fate[]; readonly twice: boolean };

/** @returns the successor, or null when it was refused */
const refreshAt = async (process: number, refreshToken: string): Promise<string | null> => {
  const { auth } = process === 0 ? fixture : other.identity.controllers;
  try {
    const answer = await auth.refresh(publicRequest('session.refreshed'), { refreshToken }, noCookies);
    return answer.refreshToken ?? null;
  } catch (error) {
    if (error instanceof AppError && error.code === 'REFRESH_TOKEN_INVALID') return null;
    throw error;
  }
};

interface Family {
  readonly revoked: boolean;
  /** Tokens that could still be exchanged for a new one. */
  readonly leaves: number;
  readonly generations: number;
}

async function familyOf(sessionId: string): Promise<Family> {
  const [family] = await fixture.rows<Family & Record<string, unknown>>(
    `select s.revoked_at is not null as revoked, count(*)::int as generations,
       count(*) filter (where t.used_at is null and s.revoked_at is null)::int as leaves
     from sessions s join refresh_tokens t on t.session_id = s.id where s.id = $1 group by s.id`,
    [sessionId],
  );
  if (family === undefined) throw new Error('There is no such session');
  return family;
}

/** A client that goes from token to token, as the scheduler lets it, until it is done or refused. */
async function runClient(
  scheduler: fc.Scheduler,
  name: string,
  firstToken: string,
  exchanges: readonly Exchange[],
): Promise<{ token: string; refused: boolean }> {
  let token = firstToken;
  for (const { fates: planned, twice } of exchanges) {
    let successor: string | null = null;
    for (const fate of [...planned.filter((one) => one !== 'answered'), 'answered' as const]) {
      await scheduler.schedule(Promise.resolve(), `${name}: ${fate}`);
      if (fate === 'request lost') continue;
      const current = token;
      const answers = await Promise.all((twice ? [0, 1] : [0]).map((process) => refreshAt(process, current)));
      await scheduler.schedule(Promise.resolve(), `${name}: committed`);
      if (answers.includes(null)) return { token, refused: true };
      expect(new Set(answers).size).toBe(1);
      if (fate === 'answered') successor = answers[0] ?? null;
    }
    if (successor === null) throw new Error('An exchange ends with an answer');
    token = successor;
  }
  return { token, refused: false };
}

const start = async () => {
  const { refreshToken, claims } = await fixture.signIn(email);
  return { refreshToken, sessionId: claims.sid };
};

test('one client is never signed out, whatever is lost and however often it repeats in time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), client, async (scheduler, exchanges) => {
      const { refreshToken, sessionId } = await start();

      const outcome = await scheduler.waitFor(runClient(scheduler, 'owner', refreshToken, exchanges));

      expect(outcome.refused).toBe(false);
      expect(await familyOf(sessionId)).toEqual({ revoked: false, leaves: 1, generations: exchanges.length + 1 });
    }),
    { numRuns: 60 },
  );
});

test('two clients with the same token never hold two that work', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), client, client, async (scheduler, owners, thiefs) => {
      const { refreshToken, sessionId } = await start();
      const leaves: number[] = [];
      let running = true;
      const watching = (async () => {
        while (running) leaves.push((await familyOf(sessionId)).leaves);
      })();

      const [owner, thief] = await scheduler.waitFor(
        Promise.all([
          runClient(scheduler, 'owner', refreshToken, owners),
          runClient(scheduler, 'thief', refreshToken, thiefs),
        ]),
      );
      running = false;
      await watching;

      const { revoked, leaves: left } = await familyOf(sessionId);
      expect(Math.max(...leaves)).toBeLessThanOrEqual(1);
      expect(left).toBe(revoked ? 0 : 1);
      // Nobody is refused for nothing: who is, ended the session, or found it ended.
      expect(owner.refused || thief.refused).toBe(revoked);
      if (revoked) {
        const after = await Promise.all([owner, thief].map(({ token }) => refreshAt(1, token)));
        expect(after).toEqual([null, null]);
      }
    }),
    { numRuns: 60 },
  );
});

test('two that have gone different ways are found out by the next token of the one who is behind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: MOST_GENERATIONS }), fc.boolean(), async (ahead, thiefIsAhead) => {
      const { refreshToken, sessionId } = await start();
      let token = refreshToken;
      for (let generation = 0; generation < ahead; generation += 1) {
        token = (await refreshAt(thiefIsAhead ? 1 : 0, token)) ?? '';
      }
      expect(await refreshAt(thiefIsAhead ? 0 : 1, refreshToken)).toBeNull();
      expect(await familyOf(sessionId)).toMatchObject({ revoked: true, leaves: 0 });
      expect(await refreshAt(0, token)).toBeNull();
    }),
    { numRuns: 8 },
  );
});

test('a family has at most one unused token, and a client that repeats in time goes on, as time goes by', async () => {
  const step = fc.record({
    kind: fc.constantFrom('advance', 'repeat', 'wait'),
    back: fc.integer({ min: 1, max: MOST_GENERATIONS }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const { refreshToken, sessionId } = await start();
      const held = [refreshToken];
      let secondsSinceUse = 0;
      let stolen = false;
      for (const { kind, back } of steps) {
        const current = held.at(-1) ?? '';
        const earlier = held.at(-1 - back);
        if (kind === 'wait') {
          await fixture.rows(
            "update refresh_tokens set used_at = used_at - interval '20 seconds' where session_id = $1",
            [sessionId],
          );
          secondsSinceUse += 20;
        } else if (kind === 'repeat' && earlier !== undefined) {
          const isRepeatInTime = back === 1 && secondsSinceUse <= 25;
          expect(await refreshAt(1, earlier)).toBe(isRepeatInTime && !stolen ? current : null);
          stolen ||= !isRepeatInTime;
        } else if (!stolen) {
          held.push((await refreshAt(0, current)) ?? '');
          secondsSinceUse = 0;
        }
        expect(await familyOf(sessionId)).toMatchObject({ revoked: stolen, leaves: stolen ? 0 : 1 });
      }
    }),
    { numRuns: 40 },
  );
});
