import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ThrottleRule } from '../../../src/repositories/identity/throttle.repository.ts';
import type { ThrottleService } from '../../../src/services/identity/throttle.service.ts';
import { type IdentityFixture, publicRequest, refusalOf, startIdentity } from './identity-fixture.ts';

const RULE = { free: 3, firstWait: 60, longestWait: 900, forgottenAfter: 86_400 } as const satisfies ThrottleRule;

let fixture: IdentityFixture;
let throttles: ThrottleService;

beforeAll(async () => {
  fixture = await startIdentity();
  throttles = fixture.identity.core.throttles;
});
afterAll(() => fixture.close());
beforeEach(() => fixture.rows('truncate throttles'));

const ctx = publicRequest('test.counted');
const reservation = (key: string, rule: ThrottleRule = RULE) => ({ key, kind: 'test', userId: null, rule });
const reserve = (key: string, rule?: ThrottleRule) => throttles.tryReserve(ctx, [reservation(key, rule)]);

const row = async (key: string) => {
  const [found] = await fixture.rows(
    `select count, round(extract(epoch from blocked_until - updated_at))::int as wait from throttles where key = $1`,
    [key],
  );
  return found;
};
const letPass = (key: string) =>
  fixture.rows(`update throttles set blocked_until = now() - interval '1 second' where key = $1`, [key]);

describe('a throttle', () => {
  test('admits as many at once as are free, and not one more', async () => {
    const rule = { ...RULE, free: 5 };
    const verdicts = await Promise.all(Array.from({ length: 200 }, () => reserve('parallel', rule)));
    expect(verdicts.filter(({ admitted }) => admitted)).toHaveLength(5);
    expect(await row('parallel')).toEqual({ count: 5, wait: 60 });
  });

  test('lets each further one wait twice as long, up to the longest wait', async () => {
    const waits: unknown[] = [];
    for (let count = 1; count <= 10; count += 1) {
      await letPass('doubling');
      expect(await reserve('doubling')).toMatchObject({ admitted: true });
      waits.push((await row('doubling'))?.wait);
    }
    expect(waits).toEqual([null, null, 60, 120, 240, 480, 900, 900, 900, 900]);
  });

  test('waits longer still once it is exhausted', async () => {
    const rule = { ...RULE, exhausted: { count: 5, wait: 86_400 } };
    const waits: unknown[] = [];
    for (let count = 1; count <= 6; count += 1) {
      await letPass('exhausted');
      await reserve('exhausted', rule);
      waits.push((await row('exhausted'))?.wait);
    }
    expect(waits).toEqual([null, null, 60, 120, 86_400, 86_400]);
  });

  test('begins anew when nothing has happened for long enough', async () => {
    await fixture.rows(
      `insert into throttles (id, key, kind, count, updated_at) values
         (gen_random_uuid(), 'forgotten', 'test', 50, now() - interval '86401 seconds'),
         (gen_random_uuid(), 'remembered', 'test', 50, now() - interval '86390 seconds')`,
    );
    await reserve('forgotten');
    await reserve('remembered');
    expect([await row('forgotten'), await row('remembered')]).toEqual([
      { count: 1, wait: null },
      { count: 51, wait: 900 },
    ]);
  });

  test('says how long to wait, and who asks meanwhile does not make it longer', async () => {
    for (const _time of [1, 2, 3]) await reserve('waiting');
    const verdicts = await Promise.all([reserve('waiting'), reserve('waiting')]);
    for (const verdict of verdicts) {
      if (verdict.admitted) throw new Error('It was admitted');
      expect(verdict.blocked).toEqual(['waiting']);
      expect(verdict.retryAfter).toBeGreaterThan(50);
      expect(verdict.retryAfter).toBeLessThanOrEqual(60);
    }
    expect(await row('waiting')).toEqual({ count: 3, wait: 60 });
    expect(await refusalOf(throttles.reserve(ctx, [reservation('waiting')]))).toMatchObject({
      code: 'TOO_MANY_ATTEMPTS',
    });
  });

  test('takes back what was right, with the wait it brought', async () => {
    for (const _time of [1, 2, 3]) await reserve('refunded');
    await throttles.refund(ctx, ['refunded', 'unheard of']);
    expect(await row('refunded')).toEqual({ count: 2, wait: null });
    await throttles.clear(ctx, ['refunded']);
    expect(await row('refunded')).toBeUndefined();
  });

  test('learns whose it is when the account comes to be', async () => {
    await reserve('later known');
    const { id: userId } = await fixture.addUser();
    await throttles.reserve(ctx, [{ ...reservation('later known'), userId }]);
    expect(await fixture.rows('select user_id, count from throttles')).toEqual([{ user_id: userId, count: 2 }]);
  });
});

describe('several throttles', () => {
  test('count together or not at all', async () => {
    for (const _time of [1, 2, 3]) await reserve('full');
    const verdict = await throttles.tryReserve(ctx, [reservation('empty'), reservation('full'), reservation('new')]);
    expect(verdict).toMatchObject({ admitted: false, blocked: ['full'] });
    expect([await row('empty'), await row('new')]).toEqual([undefined, undefined]);
  });

  test('never wait for each other, in whatever order they are named', async () => {
    const rule = { ...RULE, free: 1000 };
    const pair = [reservation('one', rule), reservation('other', rule)];
    const verdicts = await Promise.all(
      Array.from({ length: 100 }, (_none, index) => throttles.tryReserve(ctx, index % 2 ? pair : pair.toReversed())),
    );
    expect(verdicts.every(({ admitted }) => admitted)).toBe(true);
    expect([await row('one'), await row('other')]).toEqual([
      { count: 100, wait: null },
      { count: 100, wait: null },
    ]);
  });
});

describe('what is due once in a while', () => {
  const deed = { key: 'deed', kind: 'test', seconds: 3600 };
  const isDue = () => fixture.infrastructure.tx.run(ctx, (txCtx) => throttles.isDue(txCtx, deed));

  test('is due once, however many ask at once, and again when its time is over', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, isDue));
    expect(answers.filter(Boolean)).toHaveLength(1);
    await letPass('deed');
    expect(await isDue()).toBe(true);
    expect(await row('deed')).toMatchObject({ wait: 3600 });
  });

  test('stays due when it could not be done', async () => {
    const failed = fixture.infrastructure.tx.run(ctx, async (txCtx) => {
      await throttles.isDue(txCtx, deed);
      throw new Error('It could not be done');
    });
    await expect(failed).rejects.toThrow('It could not be done');
    expect(await isDue()).toBe(true);
  });
});

test('attempts are forgotten with the commit of what makes them right', async () => {
  await reserve('cleared');
  const undone = fixture.infrastructure.tx.run(ctx, async (txCtx) => {
    await throttles.clear(txCtx, ['cleared']);
    throw new Error('Undone');
  });
  await expect(undone).rejects.toThrow('Undone');
  expect(await row('cleared')).toEqual({ count: 1, wait: null });
  await fixture.infrastructure.tx.run(ctx, (txCtx) => throttles.clear(txCtx, ['cleared']));
  expect(await row('cleared')).toBeUndefined();
});
