import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabaseConnections } from '../../../src/config/database.ts';
import { createLogger } from '../../../src/config/logger.ts';
import { createAuditRepository } from '../../../src/repositories/base/audit.repository.ts';
import { createDatabase } from '../../../src/repositories/base/database.ts';
import { createTransactionRunner, type TransactionRunner } from '../../../src/repositories/base/transaction-runner.ts';
import { createAuditChainRepository } from '../../../src/repositories/insight/audit-chain.repository.ts';
import { createAuditTrail } from '../../../src/services/base/audit-trail.ts';
import { createAuditSeals } from '../../../src/services/insight/audit-seal.ts';
import { type AuditSealer, createAuditSealer } from '../../../src/services/insight/audit-sealer.service.ts';
import { systemClock } from '../../../src/types/clock.ts';
import { platformScope, systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId, type TenantId } from '../../../src/types/ids.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import { testSettings } from '../../support/test-settings.ts';

const oldKey = { kid: '2025', secret: randomBytes(32) };
const newKey = { kid: '2026', secret: randomBytes(32) };

let clone: ClonedDatabase;
let admin: pg.Pool;
let connections: ReturnType<typeof createDatabaseConnections>;
let tx: TransactionRunner;
let sealer: AuditSealer;
let tenantId: TenantId;
const trail = createAuditTrail({ entries: createAuditRepository(), clock: systemClock });

const sealerWith = (...keys: Array<typeof oldKey>): AuditSealer =>
  createAuditSealer({
    chains: createAuditChainRepository({ database: createDatabase(connections) }),
    seals: createAuditSeals(keys),
    tx,
    log: createLogger({ LOG_LEVEL: 'error' }),
  });

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  connections = createDatabaseConnections(testSettings(clone));
  connections.pool.on('error', () => undefined);
  tx = createTransactionRunner(connections, () => undefined);
  admin = new pg.Pool({ connectionString: clone.adminUrl, max: 1, options: '-c session_replication_role=replica' });
  admin.on('error', () => undefined);
  sealer = sealerWith(oldKey);
});

afterAll(async () => {
  await connections.close();
  await admin.end();
  await clone.drop();
});

beforeEach(() => {
  tenantId = asTenantId(randomUUID());
});

const tenantContext = (tenant = tenantId) => systemContext(tenantScope(tenant), 'a-request', 'invoice.updated');

const recordEntries = async (count: number, tenant = tenantId): Promise<void> => {
  for (let index = 1; index <= count; index += 1) {
    await tx.run(tenantContext(tenant), async (ctx) =>
      trail.record(ctx, {
        resourceType: 'invoice',
        resourceId: randomUUID(),
        before: { status: 'draft', total: '10.00', tags: ['a', 'b'] },
        after: { status: 'open', total: `${index}.00`, tags: ['b'], note: 'Grüße, "x" \u2028 €', ratio: 1e21 },
      }),
    );
  }
};

const sealAll = async (by = sealer): Promise<void> => {
  while (await by.task.step());
};

/** Records and seals entries; answers their ids in the order of the chain. */
const sealedChain = async (count: number, tenant = tenantId): Promise<string[]> => {
  await recordEntries(count, tenant);
  await sealAll();
  const { rows } = await admin.query<{ id: string }>(
    'select id from audit_entries where tenant_id = $1 order by sequence',
    [tenant],
  );
  return rows.map((row) => row.id);
};

/** Runs SQL as a superuser for whom no trigger and no policy counts. */
const tamper = async (text: string, ...values: unknown[]): Promise<void> => {
  const { rowCount } = await admin.query(text, values);
  expect(rowCount).toBeGreaterThan(0);
};

const verify = (tenant = tenantId) => sealer.verify(tenantContext(tenant));

describe('sealing', () => {
  test('gives the entries of each tenant their places in the order of their times', async () => {
    const other = asTenantId(randomUUID());
    await recordEntries(2);
    await recordEntries(3, other);
    expect(await verify()).toEqual({ verified: 0, firstBroken: null, unsealed: 2 });
    await sealAll();
    await recordEntries(1);
    await sealAll();
    expect(await verify()).toEqual({ verified: 3, firstBroken: null, unsealed: 0 });
    expect(await verify(other)).toEqual({ verified: 3, firstBroken: null, unsealed: 0 });
    const { rows } = await admin.query(
      `select array_agg(sequence order by occurred_at, id) as sequences, count(distinct hash)::int as hashes
       from audit_entries where tenant_id = $1`,
      [tenantId],
    );
    expect(rows).toEqual([{ sequences: ['1', '2', '3'], hashes: 3 }]);
  });

  test('takes more entries than a transaction holds, one batch after the other', async () => {
    await admin.query(
      `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, actor_type, actor_name, request_id)
       select $1, gen_random_uuid(), now() - make_interval(secs => n), 'x.y', 'x', 'system', 'Rowhouse', 'r' from generate_series(1, 1203) n`,
      [tenantId],
    );
    expect(await sealer.task.step()).toBe(true);
    await sealAll();
    expect(await verify()).toEqual({ verified: 1203, firstBroken: null, unsealed: 0 });
  });

  test('by several processes at once neither forks nor leaves a gap', async () => {
    const sealers = [sealerWith(oldKey), sealerWith(oldKey), sealerWith(oldKey)];
    const writing = Promise.all([recordEntries(40), recordEntries(40), recordEntries(40)]);
    let written = false;
    void writing.then(() => {
      written = true;
    });
    const seal = async (by: AuditSealer): Promise<void> => {
      while (!written) await by.task.step();
    };
    await Promise.all([writing, ...sealers.map(seal)]);
    await sealAll();
    expect(await verify()).toEqual({ verified: 120, firstBroken: null, unsealed: 0 });
  });

  test('leaves an entry alone whose transaction failed', async () => {
    const failing = tx.run(tenantContext(), async (ctx) => {
      trail.record(ctx, { resourceType: 'invoice', resourceId: null });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await sealAll();
    expect(await verify()).toEqual({ verified: 0, firstBroken: null, unsealed: 0 });
  });

  test("keeps a chain of the platform's own", async () => {
    const platform = systemContext(platformScope, 'a-request', 'plan.created');
    await tx.run(platform, async (ctx) =>
      trail.record(ctx, { resourceType: 'plan', resourceId: null, after: { a: 1 } }),
    );
    await sealAll();
    expect(await sealer.verify(platform)).toEqual({ verified: 1, firstBroken: null, unsealed: 0 });
  });

  test('goes on with a new key while the old one still verifies', async () => {
    await sealedChain(2);
    const rotated = sealerWith(newKey, oldKey);
    await recordEntries(2);
    await sealAll(rotated);
    expect(await rotated.verify(tenantContext())).toEqual({ verified: 4, firstBroken: null, unsealed: 0 });
    expect(await sealer.verify(tenantContext())).toMatchObject({
      verified: 2,
      firstBroken: { sequence: 3, problem: 'unknown-key' },
    });
  });
});

describe('a superuser is found out who', () => {
  test.each([
    ['action', "'invoice.viewed'"],
    ['occurred_at', "occurred_at + interval '1 millisecond'"],
    ['actor_name', "'Somebody else'"],
    ['actor_id', 'gen_random_uuid()'],
    ['actor_type', "'user'"],
    ['impersonator_id', 'gen_random_uuid()'],
    ['session_id', 'gen_random_uuid()'],
    ['request_id', "''"],
    ['resource_type', "'plan'"],
    ['resource_id', 'null'],
    ['ip_address', "'10.0.0.1'"],
    ['user_agent', "''"],
    ['changes', "jsonb_set(changes, '{after,total}', '\"999.00\"')"],
    ['hash', "decode('00', 'hex')"],
    ['hash', 'null'],
    ['id', 'gen_random_uuid()'],
  ])('alters %s to %s', async (column, value) => {
    const [, second] = await sealedChain(3);
    await tamper(`update audit_entries set ${column} = ${value} where tenant_id = $1 and id = $2`, tenantId, second);
    expect(await verify()).toMatchObject({
      verified: 1,
      firstBroken: { sequence: 2, problem: 'altered' },
      unsealed: 0,
    });
  });

  test('deletes an entry in the middle', async () => {
    const [, second] = await sealedChain(3);
    await tamper('delete from audit_entries where id = $1', second);
    expect(await verify()).toMatchObject({ verified: 1, firstBroken: { sequence: 2, id: null, problem: 'missing' } });
  });

  test('deletes an entry and closes the gap', async () => {
    const [, second, third] = await sealedChain(3);
    await tamper('delete from audit_entries where id = $1', second);
    await tamper('update audit_entries set sequence = 2 where id = $1', third);
    await tamper('update audit_chains set last_sequence = 2 where tenant_id = $1', tenantId);
    expect(await verify()).toMatchObject({ verified: 1, firstBroken: { sequence: 2, id: third, problem: 'altered' } });
  });

  test('deletes the first entry', async () => {
    const [first] = await sealedChain(3);
    await tamper('delete from audit_entries where id = $1', first);
    expect(await verify()).toMatchObject({ verified: 0, firstBroken: { sequence: 1, problem: 'missing' } });
  });

  test('deletes the end', async () => {
    const [, , third] = await sealedChain(3);
    await tamper('delete from audit_entries where id = $1', third);
    expect(await verify()).toMatchObject({ verified: 2, firstBroken: { sequence: 3, id: null, problem: 'truncated' } });
  });

  test('deletes everything but the head', async () => {
    await sealedChain(3);
    await tamper('delete from audit_entries where tenant_id = $1', tenantId);
    expect(await verify()).toMatchObject({ verified: 0, firstBroken: { sequence: 1, problem: 'truncated' } });
  });

  test('deletes the head', async () => {
    const [first] = await sealedChain(3);
    await tamper('delete from audit_chains where tenant_id = $1', tenantId);
    expect(await verify()).toMatchObject({
      verified: 0,
      firstBroken: { sequence: 1, id: first, problem: 'unexpected' },
    });
  });

  test('deletes the end and pushes the head back', async () => {
    const [, , third] = await sealedChain(3);
    await tamper('delete from audit_entries where id = $1', third);
    await tamper('update audit_chains set last_sequence = 2 where tenant_id = $1', tenantId);
    expect(await verify()).toMatchObject({ verified: 2, firstBroken: { sequence: 2, problem: 'head-altered' } });
  });

  test('swaps two entries', async () => {
    const [, second, third] = await sealedChain(4);
    const swap = 'update audit_entries set sequence = $2 where id = $1';
    await tamper(swap, second, 99);
    await tamper(swap, third, 2);
    await tamper(swap, second, 3);
    expect(await verify()).toMatchObject({ verified: 1, firstBroken: { sequence: 2, id: third, problem: 'altered' } });
  });

  test('puts back an entry that stood in the same place in a history that was rolled back', async () => {
    const [, second] = await sealedChain(3);
    await tamper(
      `with forgotten as (delete from audit_entries where tenant_id = $1 and sequence >= 2 returning *)
       insert into audit_entries select ($2::uuid), id, occurred_at, action, resource_type, resource_id, actor_type, actor_id, actor_name,
         impersonator_id, session_id, request_id, ip_address, user_agent, changes, sequence, hash from forgotten`,
      tenantId,
      randomUUID(),
    );
    await tamper(
      `update audit_chains set last_sequence = 1, last_hash = (select hash from audit_entries where tenant_id = $1 and sequence = 1)
       where tenant_id = $1`,
      tenantId,
    );
    await recordEntries(2);
    await sealAll();
    expect(await verify()).toMatchObject({ verified: 3, firstBroken: null });
    await tamper('delete from audit_entries where tenant_id = $1 and sequence = 2', tenantId);
    await tamper('update audit_entries set tenant_id = $1 where id = $2', tenantId, second);
    expect(await verify()).toMatchObject({ verified: 2, firstBroken: { sequence: 3, problem: 'altered' } });
  });

  test('takes the seal off an entry', async () => {
    const [, second] = await sealedChain(3);
    await tamper('update audit_entries set sequence = null, hash = null where id = $1', second);
    expect(await verify()).toEqual({
      verified: 1,
      firstBroken: { sequence: 2, id: null, problem: 'missing' },
      unsealed: 1,
    });
  });

  test('puts an entry in front of the first', async () => {
    const [first] = await sealedChain(2);
    await tamper(
      `insert into audit_entries select tenant_id, gen_random_uuid(), occurred_at, action, resource_type, resource_id, actor_type, actor_id,
         actor_name, impersonator_id, session_id, request_id, ip_address, user_agent, changes, 0, hash from audit_entries where id = $1`,
      first,
    );
    expect(await verify()).toMatchObject({ verified: 0, firstBroken: { sequence: 0, problem: 'unexpected' } });
  });

  test('moves an entry to another tenant', async () => {
    const other = asTenantId(randomUUID());
    await sealedChain(2, other);
    const [, , third] = await sealedChain(3);
    await tamper('update audit_entries set tenant_id = $2 where id = $1', third, other);
    expect(await verify()).toMatchObject({ verified: 2, firstBroken: { sequence: 3, problem: 'truncated' } });
    expect(await verify(other)).toMatchObject({
      verified: 2,
      firstBroken: { sequence: 3, id: third, problem: 'unexpected' },
    });
  });

  test("moves an entry into another tenant's chain, head and all", async () => {
    const other = asTenantId(randomUUID());
    await sealedChain(2, other);
    const [, , third] = await sealedChain(3);
    await tamper('update audit_entries set tenant_id = $2 where id = $1', third, other);
    await tamper(
      `update audit_chains set last_sequence = 3, last_hash = (select hash from audit_entries where id = $2) where tenant_id = $1`,
      other,
      third,
    );
    expect(await verify(other)).toMatchObject({
      verified: 2,
      firstBroken: { sequence: 3, id: third, problem: 'altered' },
    });
  });
});

test('a seal is of one entry, place, predecessor and key', () => {
  const record = {
    tenantId: asTenantId(randomUUID()),
    id: randomUUID(),
    occurredAt: '2026-11-20T09:30:00.000Z',
    action: 'invoice.updated',
    resourceType: 'invoice',
    resourceId: null,
    actorType: 'system',
    actorId: null,
    actorName: 'Rowhouse',
    impersonatorId: null,
    sessionId: null,
    requestId: 'a-request',
    ipAddress: null,
    userAgent: null,
    changes: { after: { b: 1, a: [true, null] } },
  };
  const seals = createAuditSeals([oldKey]);
  const previous = Buffer.from('the seal before');
  const seal = seals.seal(record, 7, previous);
  expect(seal.subarray(0, 5).toString()).toBe('\u00042025');
  expect(seals.check(seal, { ...record, changes: { after: { a: [true, null], b: 1 } } }, 7, previous)).toBe('intact');
  expect(seals.check(seal, record, 8, previous)).toBe('altered');
  expect(seals.check(seal, record, 7, Buffer.from('another'))).toBe('altered');
  expect(seals.check(seal, { ...record, changes: {} }, 7, previous)).toBe('altered');
  expect(seals.check(seal.subarray(0, -1), record, 7, previous)).toBe('altered');
  expect(seals.check(Buffer.alloc(0), record, 7, previous)).toBe('altered');
  expect(seals.check(seal, record, 7, previous)).toBe('intact');
  expect(createAuditSeals([newKey]).check(seal, record, 7, previous)).toBe('unknown-key');
  expect(createAuditSeals([{ ...newKey, kid: oldKey.kid }]).check(seal, record, 7, previous)).toBe('altered');
  expect(() => createAuditSeals([])).toThrow(RangeError);
});
