import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StorageUnavailableError } from '../../../src/gateways/storage/storage.gateway.ts';
import { tenantDataMap } from '../../../src/services/tenancy/tenant-data-map.ts';
import { OBJECTS, openPurgeSite, type PurgeSite } from './purge-fixture.ts';

let site: PurgeSite;

beforeAll(async () => {
  site = await openPurgeSite();
});
afterAll(() => site.close());

/** What a purge has to delete of what there is, by table. */
const doomedOf = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(
    tenantDataMap.flatMap(({ name, purge: { kind } }) => {
      if (kind === 'keep') return [];
      const doomed = name === 'invoices' || name === 'invoice_items' ? 1 : (counts[name] ?? 0);
      return [[name, doomed]];
    }),
  );

const differences = (before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(before)
      .map(([name, count]) => [name, count - (after[name] ?? 0)] as const)
      .filter(([, gone]) => gone !== 0),
  );

const withoutRecords = ({
  tenant_purges: _record,
  audit_entries: _audit,
  outbox_events: _outbox,
  ...rest
}: Record<string, number>) => rest;

describe('the purge', () => {
  test('deletes what the map says, keeps the books, and leaves a tombstone and a record', async () => {
    const [id, neighbour] = [await site.aDeletedTenant(), await site.seedTenant()];
    const before = await site.countsOf(id);
    const untouched = await site.fingerprintOf(neighbour);
    expect(Math.min(...Object.values(withoutRecords(before)))).toBeGreaterThan(0);
    const total = await site.purge();

    const record = await site.recordOf(id);
    const doomed = doomedOf(before);
    expect(record?.deleted_rows).toEqual(Object.fromEntries(Object.entries(doomed).filter(([, count]) => count > 0)));
    expect(total).toBe(Object.values(doomed).reduce((sum, count) => sum + count, 0));
    expect(withoutRecords(differences(before, await site.countsOf(id)))).toEqual(withoutRecords(doomed));
    expect(record).toMatchObject({
      deleted_objects: OBJECTS.length,
      deleted_bytes: String(OBJECTS.join('').length),
      finished_at: expect.any(Date),
    });
    expect(Object.keys(record?.kept_tables ?? {})).toEqual(
      expect.arrayContaining(['audit_entries', 'invoices', 'ledger_entries', 'storage:invoices']),
    );
    expect(await site.objectsOf(id)).toEqual(['invoices/INV-1.pdf']);

    expect(await site.app.rows('select * from tenants where id = $1', [id])).toEqual([
      expect.objectContaining({
        name: 'Purged tenant',
        slug: `purged-${id}`,
        email: 'purged@tenant.invalid',
        phone: null,
        address_lines: [],
        region: null,
        tax_id: null,
        suspend_reason: null,
        metadata: {},
        status: 'inactive',
        deleted_at: expect.any(Date),
        purged_at: expect.any(Date),
      }),
    ]);
    expect(await site.fingerprintOf(neighbour)).toEqual(untouched);

    const audited = await site.app.rows(
      "select resource_id, actor_type, changes from audit_entries where tenant_id = $1 and action = 'tenant.purged'",
      [id],
    );
    expect(audited).toEqual([
      {
        resource_id: id,
        actor_type: 'system',
        changes: {
          after: expect.objectContaining({ deletedRows: record?.deleted_rows, deletedObjects: OBJECTS.length }),
        },
      },
    ]);
    const events = await site.app.rows(
      "select payload from outbox_events where tenant_id = $1 and type = 'tenant.purged'",
      [id],
    );
    expect(events).toEqual([
      {
        payload: {
          tenantId: id,
          deletedRows: total,
          deletedObjects: OBJECTS.length,
          deletedBytes: OBJECTS.join('').length,
        },
      },
    ]);
    expect(await site.purge()).toBe(0);
    expect(await site.recordOf(id)).toEqual(record);
  });

  test('waits until the retention period is over', async () => {
    const id = await site.aDeletedTenant(29);
    const before = await site.fingerprintOf(id);
    await site.purge();
    expect(await site.fingerprintOf(id)).toEqual(before);
    expect(await site.recordOf(id)).toBeUndefined();
    await site.app.rows('update tenants set deleted_at = null where id = $1', [id]);
  });

  test.each([1, 3, 9, 20])('goes on where it was killed, after %i batches', async (batches) => {
    const id = await site.aDeletedTenant();
    const before = await site.countsOf(id);
    await expect(site.purge({ afterBatches: batches })).rejects.toThrow('could not be purged');
    const half = await site.recordOf(id);
    expect(half?.finished_at).toBeNull();
    const gone = differences(before, await site.countsOf(id));
    expect(withoutRecords(gone)).toEqual(half?.deleted_rows);

    await site.purge();
    const doomed = doomedOf(before);
    const record = await site.recordOf(id);
    expect(record?.deleted_rows).toEqual(Object.fromEntries(Object.entries(doomed).filter(([, count]) => count > 0)));
    expect(record?.finished_at).not.toBeNull();
    expect(record?.deleted_objects).toBe(OBJECTS.length);
  });

  test('counts every object once, however often the storage fails', async () => {
    const id = await site.aDeletedTenant();
    let calls = 0;
    const failing = (key: string) => {
      calls += 1;
      return calls % 2 === 0 ? Promise.reject(new StorageUnavailableError('away')) : site.storage().delete(key);
    };
    let failures = 0;
    for (let runs = 0; (await site.recordOf(id))?.finished_at == null; runs += 1) {
      expect(runs).toBeLessThan(10);
      await site.purge({ delete: failing }).catch(() => {
        failures += 1;
      });
    }
    expect(failures).toBeGreaterThan(2);
    expect(await site.recordOf(id)).toMatchObject({
      deleted_objects: OBJECTS.length,
      deleted_bytes: String(OBJECTS.join('').length),
    });
    expect(await site.objectsOf(id)).toEqual(['invoices/INV-1.pdf']);
  });

  test('of one tenant that fails does not keep the others waiting', async () => {
    const [broken, fine] = [await site.aDeletedTenant(40), await site.aDeletedTenant(35)];
    const failing = (key: string) =>
      key.includes(broken) ? Promise.reject(new StorageUnavailableError('away')) : site.storage().delete(key);
    await expect(site.purge({ delete: failing })).rejects.toThrow('1 tenants could not be purged');
    expect([(await site.recordOf(broken))?.finished_at, (await site.recordOf(fine))?.finished_at]).toEqual([
      null,
      expect.any(Date),
    ]);
    await site.purge();
    expect((await site.recordOf(broken))?.finished_at).toEqual(expect.any(Date));
  });

  test('by several at once counts nothing twice', async () => {
    const id = await site.aDeletedTenant();
    const before = await site.countsOf(id);
    await Promise.all([site.purge(), site.purge(), site.purge()]);
    while ((await site.recordOf(id))?.finished_at == null) await site.purge();
    const doomed = doomedOf(before);
    expect((await site.recordOf(id))?.deleted_rows).toEqual(
      Object.fromEntries(Object.entries(doomed).filter(([, count]) => count > 0)),
    );
    const audited = "select from audit_entries where tenant_id = $1 and action = 'tenant.purged'";
    expect(await site.app.rows(audited, [id])).toHaveLength(1);
  });

  test('stops between two batches when it is told to', async () => {
    const id = await site.aDeletedTenant();
    const before = await site.fingerprintOf(id);
    expect(await site.purge({}, AbortSignal.abort())).toBe(0);
    expect(await site.fingerprintOf(id)).toEqual(before);
    await site.purge();
    expect((await site.recordOf(id))?.finished_at).toEqual(expect.any(Date));
  });

  test('keeps a draft that the books refer to', async () => {
    const id = await site.aDeletedTenant();
    await site.app.rows(
      `insert into pending_invoice_items select (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'invoice_id', draft.id))).*
       from pending_invoice_items p, invoices draft where p.tenant_id = $1 and draft.tenant_id = $1 and draft.number is null`,
      [id],
    );
    const invoices = await site.app.rows('select id from invoices where tenant_id = $1 order by id', [id]);
    await site.purge();
    expect(await site.app.rows('select id from invoices where tenant_id = $1 order by id', [id])).toEqual(invoices);
  });
});
