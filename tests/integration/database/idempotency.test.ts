import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { createIdempotencyRepository } from '../../../src/repositories/base/idempotency.repository.ts';
import { createIdempotency, type Idempotency } from '../../../src/services/base/idempotency.ts';
import type { Context, TxContext } from '../../../src/types/context.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import {
  contextOf,
  type DatabaseFixture,
  failureOf,
  given,
  INSERT_PLAN,
  openFixture,
  platformContext,
} from './database-fixture.ts';

const DAY_MS = 24 * 3_600_000;

let clone: ClonedDatabase;
let fixture: DatabaseFixture;
let tenantA: TenantId;
let tenantB: TenantId;
let idempotency: Idempotency;
let now = new Date();

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  fixture = openFixture(clone, { transactions: 10 });
  const tenants = await fixture.makeTenants(2, 0);
  [tenantA, tenantB] = [given(tenants[0]), given(tenants[1])];
  const keys = createIdempotencyRepository({ database: fixture.database });
  idempotency = createIdempotency({ keys, tx: fixture.tx, clock: { now: () => now }, fingerprintKey: randomBytes(32) });
});

beforeEach(async () => {
  now = new Date();
  await fixture.rows('delete from idempotency_keys');
  await fixture.rows('delete from emails');
});

afterAll(async () => {
  await fixture.close();
  await clone.drop();
});

const INSERT = `insert into emails (tenant_id, id, kind, deduplication_key, recipient, subject, text_body, updated_at)
  values ($1, $2::uuid, 'test', $2::uuid::text, 'to@tenant.example', 'Effect', 'Effect', now())`;

/** An effect that can be counted: a row of the tenant's. */
const effect = async (ctx: TxContext) => {
  if (ctx.scope.kind !== 'tenant') throw new Error('The effect belongs to a tenant');
  const id = uuidv7();
  await fixture.database.execute(ctx, { text: INSERT }, [ctx.scope.tenantId, id]);
  return { statusCode: 201, response: JSON.stringify({ id }) };
};

const run = (ctx: Context, { key = 'key', endpoint = 'createThing', input = { amount: 1 } } = {}, work = effect) =>
  idempotency.run(ctx, { endpoint, key, input }, work);

const effects = async (tenant: TenantId) =>
  (await fixture.rows('select from emails where tenant_id = $1', [tenant])).length;

const keys = () =>
  fixture.rows('select tenant_id, endpoint, key, status_code from idempotency_keys order by tenant_id');

describe('an Idempotency-Key', () => {
  test('gives a hundred calls at once one effect and one answer', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => run(contextOf(tenantA)).catch((error: unknown) => error)),
    );
    const first = outcomes.filter((outcome) => JSON.stringify(outcome).includes('"replayed":false'));
    const replayed = outcomes.filter((outcome) => JSON.stringify(outcome).includes('"replayed":true'));
    const refused = outcomes.filter((outcome) => Reflect.get(Object(outcome), 'code') === 'IDEMPOTENCY_IN_PROGRESS');
    expect(first).toHaveLength(1);
    expect(first.length + replayed.length + refused.length).toBe(100);
    expect(new Set(replayed.map((outcome) => Reflect.get(Object(outcome), 'response'))).size).toBeLessThanOrEqual(1);
    expect(await effects(tenantA)).toBe(1);
    expect(await run(contextOf(tenantA))).toEqual({ ...Object(first[0]), replayed: true });
    expect(await effects(tenantA)).toBe(1);
  });

  test('is in progress until the answer has been committed', async () => {
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const started = new Promise<void>((resolve, reject) => {
      run(contextOf(tenantA), {}, async (ctx) => {
        const answer = await effect(ctx);
        resolve();
        await gate;
        return answer;
      }).catch(reject);
    });
    await started;
    for (let call = 0; call < 3; call += 1)
      expect(await failureOf(run(contextOf(tenantA)))).toMatchObject({
        code: 'IDEMPOTENCY_IN_PROGRESS',
        statusCode: 409,
      });
    finish();
    let answer = null;
    while (answer === null) answer = await run(contextOf(tenantA)).catch(() => null);
    expect(answer.replayed).toBe(true);
    expect(await effects(tenantA)).toBe(1);
  });

  test('is refused for another request and for another actor', async () => {
    await run(contextOf(tenantA));
    const other = { ...contextOf(tenantA), actor: { ...contextOf(tenantA).actor, id: uuidv7() } };
    for (const attempt of [() => run(contextOf(tenantA), { input: { amount: 2 } }), () => run(other)])
      expect(await failureOf(attempt())).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', statusCode: 422 });
    expect(await effects(tenantA)).toBe(1);
  });

  test('is free again when the work failed, with the same or another request', async () => {
    const failure = new Error('no');
    const attempt = run(contextOf(tenantA), {}, async (ctx) => {
      await effect(ctx);
      throw failure;
    });
    expect(await failureOf(attempt)).toBe(failure);
    expect(await keys()).toEqual([]);
    expect(await effects(tenantA)).toBe(0);
    expect(await run(contextOf(tenantA), { input: { amount: 2 } })).toMatchObject({ replayed: false });
    expect(await effects(tenantA)).toBe(1);
  });

  test('is free again when the commit failed', async () => {
    const attempt = run(contextOf(tenantA), {}, async (ctx) => {
      const answer = await effect(ctx);
      return { ...answer, response: '\u0000' };
    });
    expect(await failureOf(attempt)).toMatchObject({ code: '22021' });
    expect([await keys(), await effects(tenantA)]).toEqual([[], 0]);
  });

  test('can be used for something else once it has expired, by one of many', async () => {
    now = new Date(Date.now() - DAY_MS - 1000);
    await run(contextOf(tenantA));
    now = new Date();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        run(contextOf(tenantA), { input: { amount: 2 } }).catch((error: unknown) => error),
      ),
    );
    expect(outcomes.filter((outcome) => JSON.stringify(outcome).includes('"replayed":false'))).toHaveLength(1);
    expect(await effects(tenantA)).toBe(2);
    expect(await failureOf(run(contextOf(tenantA)))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('of two tenants, endpoints or the platform has nothing to do with the other', async () => {
    const answers = await Promise.all([
      run(contextOf(tenantA)),
      run(contextOf(tenantB)),
      run(contextOf(tenantA), { endpoint: 'createOther' }),
      run(platformContext(), {}, async (ctx) => {
        await fixture.database.execute(ctx, INSERT_PLAN, [uuidv7()]);
        return { statusCode: 201, response: '{}' };
      }),
    ]);
    expect(answers.map(({ replayed }) => replayed)).toEqual([false, false, false, false]);
    expect([await effects(tenantA), await effects(tenantB)]).toEqual([2, 1]);
    expect(await keys()).toHaveLength(4);
  });

  test('is deleted once it has expired, and not before', async () => {
    await run(contextOf(tenantA), { key: 'kept' });
    now = new Date(Date.now() - DAY_MS - 1000);
    for (const key of ['old 1', 'old 2', 'old 3']) await run(contextOf(tenantB), { key });
    const repository = createIdempotencyRepository({ database: fixture.database });
    const deleted = [2, 2, 2].map(() => fixture.tx.run(platformContext(), (ctx) => repository.deleteExpired(ctx, 2)));
    expect((await Promise.all(deleted)).reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(await keys()).toEqual([expect.objectContaining({ tenant_id: tenantA, key: 'kept' })]);
  });
});

describe('work in phases', () => {
  const request = { endpoint: 'payThing', key: 'phased', input: { amount: 1 } };

  /** The effect is what `begin` writes; `finish` asks somebody who may be away. */
  const phased = (finish: (begun: string) => Promise<string>) =>
    idempotency.runInPhases(contextOf(tenantA), request, {
      async begin(ctx) {
        return JSON.parse((await effect(ctx)).response).id;
      },
      finish: async (begun) => ({ statusCode: 201, response: JSON.stringify({ begun, said: await finish(begun) }) }),
    });

  test('is begun once and answered once, however many go on with it at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, call) => phased(async () => `answer ${call}`).catch((error: unknown) => error)),
    );
    const kept = await phased(async () => 'never asked');
    expect(kept.replayed).toBe(true);
    for (const answer of answers) {
      const { response, code } = Object(answer);
      expect(response ?? code).toBe(response === undefined ? 'IDEMPOTENCY_IN_PROGRESS' : kept.response);
    }
    expect(await effects(tenantA)).toBe(1);
  });

  test('goes on from what was begun when its answer never came', async () => {
    await expect(phased(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await keys()).toMatchObject([{ endpoint: 'payThing', status_code: null }]);
    const asked: string[] = [];
    const second = await phased(async (begun) => {
      asked.push(begun);
      return 'done';
    });
    expect([second.replayed, JSON.parse(second.response)]).toEqual([false, { begun: asked[0], said: 'done' }]);
    expect(await effects(tenantA)).toBe(1);
  });

  test('that can not be begun leaves the key free', async () => {
    const refused = idempotency.runInPhases(contextOf(tenantA), request, {
      begin: () => Promise.reject(new Error('refused')),
      finish: () => Promise.reject(new Error('never asked')),
    });
    await expect(refused).rejects.toThrow('refused');
    expect(await keys()).toEqual([]);
  });

  test('that was begun is refused for another request', async () => {
    await phased(() => Promise.reject(new Error('away'))).catch(() => undefined);
    const other = idempotency.runInPhases(
      contextOf(tenantA),
      { ...request, input: { amount: 2 } },
      {
        begin: () => Promise.reject(new Error('never begun')),
        finish: () => Promise.reject(new Error('never asked')),
      },
    );
    expect(await failureOf(other)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });
});
