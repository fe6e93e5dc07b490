import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { createAuditRepository } from '../../../src/repositories/base/audit.repository.ts';
import { createOutboxRepository } from '../../../src/repositories/base/outbox.repository.ts';
import { statement } from '../../../src/repositories/base/statement.ts';
import { writeAtCommit } from '../../../src/repositories/base/transaction.ts';
import { createAuditTrail } from '../../../src/services/base/audit-trail.ts';
import type { Context, TxContext } from '../../../src/types/context.ts';
import { rescoped, tenantScope } from '../../../src/types/context-factory.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import {
  ALL_INVOICES,
  contextOf,
  type DatabaseFixture,
  failureOf,
  INSERT_PLAN,
  openFixture,
  planCodes,
  platformContext,
  SCOPE_SETTING,
} from './database-fixture.ts';

const CONNECTIONS = 4;

let clone: ClonedDatabase;
let fixture: DatabaseFixture;
let tenantA: TenantId;
let tenantB: TenantId;

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  fixture = openFixture(clone, { transactions: CONNECTIONS });
  const [first, second] = await fixture.makeTenants(2, 2);
  if (first === undefined || second === undefined) throw new Error('There are no tenants');
  [tenantA, tenantB] = [first, second];
});

beforeEach(async () => {
  await fixture.rows('delete from plans');
});

afterEach(() => {
  expect(fixture.connections.pool.stats('platform')).toMatchObject({ transactions: 0, waiting: 0 });
  expect(fixture.connections.pool.stats('tenant')).toMatchObject({ transactions: 0, waiting: 0 });
});

afterAll(async () => {
  await fixture.close();
  await clone.drop();
});

const insertPlan = (ctx: Context, code: string) => fixture.database.execute(ctx, INSERT_PLAN, [code]);
const backend = async (ctx: Context) => (await fixture.database.query<{ pid: number }>(ctx, SCOPE_SETTING))[0]?.pid;

describe('a transaction', () => {
  test('commits what was written in it, by SQL and by the ORM, when the work resolves', async () => {
    const answer = await fixture.tx.run(platformContext(), async (ctx) => {
      await insertPlan(ctx, 'sql');
      await fixture.database.orm(ctx, (orm) => orm.plan.updateMany({ data: { name: 'Renamed' } }));
      expect(await planCodes(fixture)).toEqual([]);
      return 'done';
    });
    expect(answer).toBe('done');
    expect(await fixture.rows('select code, name from plans')).toEqual([{ code: 'sql', name: 'Renamed' }]);
  });

  test('leaves nothing behind when the work throws, and throws the same error', async () => {
    const failure = new Error('the work failed');
    const attempt = fixture.tx.run(platformContext(), async (ctx) => {
      await insertPlan(ctx, 'sql');
      await fixture.database.orm(ctx, (orm) => orm.plan.updateMany({ data: { name: 'Renamed' } }));
      throw failure;
    });
    expect(await failureOf(attempt)).toBe(failure);
    expect(await planCodes(fixture)).toEqual([]);
  });

  test('leaves nothing behind when a failed statement is ignored', async () => {
    const attempt = fixture.tx.run(platformContext(), async (ctx) => {
      await insertPlan(ctx, 'twice');
      await insertPlan(ctx, 'twice').catch(() => undefined);
    });
    expect(await failureOf(attempt)).toBeInstanceOf(Error);
    expect(await planCodes(fixture)).toEqual([]);
  });

  test('sees its tenant only, on one connection, and leaves no tenant on it', async () => {
    const pids = await fixture.tx.run(contextOf(tenantA), async (ctx) => {
      const rows = await fixture.database.query<{ tenantId: string }>(ctx, ALL_INVOICES);
      expect(new Set(rows.map((row) => row.tenantId))).toEqual(new Set([tenantA]));
      const viaOrm = await fixture.database.orm(ctx, (orm) => orm.invoice.findMany());
      expect(new Set(viaOrm.map((row) => row.tenantId))).toEqual(new Set([tenantA]));
      return Promise.all([backend(ctx), backend(ctx)]);
    });
    expect(new Set(pids).size).toBe(1);
    const client = await fixture.connections.pool.checkOut(tenantScope(tenantA));
    const left = await client.query(
      "select current_setting('app.tenant_id', true) as setting, pg_backend_pid() as pid",
    );
    client.release();
    expect(left.rows).toEqual([{ setting: '', pid: pids[0] }]);
  });

  test('is joined by a transaction inside, which fails and commits with it', async () => {
    const attempt = fixture.tx.run(platformContext(), async (outer) => {
      await insertPlan(outer, 'outer');
      await fixture.tx.run(outer, async (inner) => {
        expect(await backend(inner)).toBe(await backend(outer));
        await insertPlan(inner, 'inner');
      });
      throw new Error('too late');
    });
    expect(String(await failureOf(attempt))).toContain('too late');
    expect(await planCodes(fixture)).toEqual([]);
    await fixture.tx.run(platformContext(), (outer) => fixture.tx.run(outer, (inner) => insertPlan(inner, 'inner')));
    expect(await planCodes(fixture)).toEqual(['inner']);
  });

  test('runs what follows the commit in order, after it, and whatever one of them throws', async () => {
    const seen: unknown[] = [];
    await fixture.tx.run(platformContext(), async (ctx) => {
      ctx.tx.afterCommit(async () => {
        await setImmediate();
        seen.push(['first', await planCodes(fixture)]);
      });
      ctx.tx.afterCommit(() => {
        throw new Error('an effect failed');
      });
      await fixture.tx.run(ctx, async (inner) => inner.tx.afterCommit(() => void seen.push('second')));
      await insertPlan(ctx, 'written');
      expect(seen).toEqual([]);
    });
    expect(seen).toEqual([['first', ['written']], 'second']);
    expect(fixture.effectFailures.map(String)).toEqual(['Error: an effect failed']);
  });

  test('runs nothing after a commit that did not happen', async () => {
    const seen: string[] = [];
    for (const failing of [() => Promise.reject(new Error('no')), (ctx: TxContext) => insertPlan(ctx, 'taken')]) {
      const attempt = fixture.tx.run(platformContext(), async (ctx) => {
        ctx.tx.afterCommit(() => void seen.push('effect'));
        await insertPlan(ctx, 'taken');
        await failing(ctx);
      });
      await failureOf(attempt);
    }
    expect(seen).toEqual([]);
  });

  test('has ended for whoever kept its context', async () => {
    const kept: TxContext[] = [];
    await fixture.tx.run(platformContext(), async (ctx) => void kept.push(ctx));
    await failureOf(
      fixture.tx.run(platformContext(), async (ctx) => Promise.reject(new Error(String(kept.push(ctx))))),
    );
    expect(kept).toHaveLength(2);
    for (const ctx of kept) {
      expect(String(await failureOf(insertPlan(ctx, 'late')))).toContain('has ended');
      expect(
        String(await failureOf(Promise.resolve().then(() => fixture.database.orm(ctx, (orm) => orm.plan.findMany())))),
      ).toContain('has ended');
      expect(() => writeAtCommit(ctx.tx, INSERT_PLAN, ['late'])).toThrow('has ended');
      expect(String(await failureOf(fixture.tx.run(ctx, (inner) => insertPlan(inner, 'late'))))).toContain('has ended');
      expect(() => ctx.tx.afterCommit(() => undefined)).toThrow('has ended');
    }
    expect(await planCodes(fixture)).toEqual([]);
  });

  test.each(['fails', 'commits'])('keeps out what goes on after it %s', async (end) => {
    let straggler: Promise<unknown> = Promise.resolve();
    const attempt = fixture.tx.run(platformContext(), async (ctx) => {
      straggler = insertPlan(ctx, 'before the end').then(() => insertPlan(ctx, 'after the end'));
      straggler.catch(() => undefined);
      if (end === 'fails') throw new Error('one of two failed');
    });
    await attempt.catch(() => undefined);
    await straggler.catch(() => undefined);
    expect(await planCodes(fixture)).toEqual(end === 'fails' ? [] : ['before the end']);
  });

  test('keeps an ORM client out that was kept beyond its end', async () => {
    await fixture.tx.run(platformContext(), async (ctx) => {
      const orm = await fixture.database.orm(ctx, async (client) => [client]);
      const kept = orm[0];
      await insertPlan(ctx, 'inside');
      ctx.tx.afterCommit(async () => {
        await kept?.plan.updateMany({ data: { name: 'Changed later' } }).catch(() => undefined);
        await fixture.tx.run(platformContext(), async () => {
          await kept?.plan.updateMany({ data: { name: 'Changed in another transaction' } }).catch(() => undefined);
        });
      });
    });
    expect(await fixture.rows('select name from plans')).toEqual([{ name: 'Plan' }]);
  });

  test('can not change its scope', async () => {
    await fixture.tx.run(contextOf(tenantA), async (ctx) => {
      const other = { ...ctx, scope: tenantScope(tenantB) };
      expect(() => rescoped(ctx, tenantScope(tenantB))).toThrow('can not change its scope');
      expect(String(await failureOf(fixture.database.query(other, ALL_INVOICES)))).toContain('scope');
      expect(String(await failureOf(fixture.tx.run(other, (inner) => backend(inner))))).toContain('scope');
      const platform = { ...ctx, scope: { kind: 'platform' } as const };
      expect(String(await failureOf(fixture.tx.run(platform, (inner) => backend(inner))))).toContain('scope');
      const same = { ...ctx, scope: tenantScope(tenantA) };
      expect(await fixture.database.query(same, ALL_INVOICES)).toHaveLength(2);
    });
  });
});

describe('what rides with a commit', () => {
  const outbox = () => createOutboxRepository({ database: fixture.database });
  const audit = createAuditTrail({ entries: createAuditRepository(), clock: { now: () => new Date() } });

  const writeBoth = (ctx: TxContext, requestId: string) => {
    const event = { id: uuidv7(), tenantId: tenantA, type: 'test', subject: tenantA, payload: {}, requestId };
    outbox().append(ctx, { ...event, occurredAt: new Date().toISOString() });
    audit.record(
      { ...ctx, requestId },
      { resourceType: 'test', resourceId: null, tenantId: tenantA, action: 'test.run' },
    );
  };

  const written = (requestId: string) =>
    fixture.rows(
      `select (select count(*)::int from outbox_events where request_id = $1) as events,
         (select count(*)::int from audit_entries where request_id = $1) as entries`,
      [requestId],
    );

  test('the event and the audit entry commit with the change', async () => {
    await fixture.tx.run(contextOf(tenantA), async (ctx) => writeBoth(ctx, 'committed'));
    expect(await written('committed')).toEqual([{ events: 1, entries: 1 }]);
  });

  test('the event and the audit entry go when the work throws', async () => {
    const attempt = fixture.tx.run(contextOf(tenantA), async (ctx) => {
      writeBoth(ctx, 'rolled back');
      throw new Error('no');
    });
    await failureOf(attempt);
    expect(await written('rolled back')).toEqual([{ events: 0, entries: 0 }]);
  });

  test.each([0, 1, 2])(
    'a closing statement that fails in place %i undoes all and surfaces its own error',
    async (place) => {
      const requestId = `place ${place}`;
      const attempt = fixture.tx.run(platformContext(), async (ctx) => {
        await insertPlan(ctx, 'taken');
        const closing = [() => writeAtCommit(ctx.tx, INSERT_PLAN, ['other']), () => writeBoth(ctx, requestId)];
        closing.splice(place, 0, () => writeAtCommit(ctx.tx, INSERT_PLAN, ['taken']));
        for (const write of closing) write();
      });
      expect(await failureOf(attempt)).toMatchObject({ code: '23505', constraint: 'plans_code_key' });
      expect(await written(requestId)).toEqual([{ events: 0, entries: 0 }]);
      expect(await planCodes(fixture)).toEqual([]);
    },
  );

  test('a constraint that is checked at COMMIT surfaces', async () => {
    await fixture.rows('create table if not exists deferred_check (n int unique deferrable initially deferred)');
    await fixture.rows('grant insert on deferred_check to rowhouse_platform');
    const attempt = fixture.tx.run(platformContext(), async (ctx) => {
      await fixture.database.execute(ctx, statement('insert into deferred_check values (1), (1)'));
    });
    expect(await failureOf(attempt)).toMatchObject({ code: '23505' });
    await fixture.rows('drop table deferred_check');
  });
});
