import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StorageObjectNotFoundError } from '../../../src/gateways/storage/storage.gateway.ts';
import { tenantStorageKey } from '../../../src/gateways/storage/storage-key.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { outcome } from './people-fixture.ts';
import { BATCH, openPurgeSite, type PurgeSite } from './purge-fixture.ts';

let site: PurgeSite;

beforeAll(async () => {
  site = await openPurgeSite();
});
afterAll(() => site.close());

describe('a purged tenant', () => {
  test('is nowhere to be seen, and its record is the operators’', async () => {
    const { id, owner, slug } = await site.addTenant();
    const other = await site.addTenant();
    await owner.post('/api/platform-users', { kind: 'student', name: 'Meera', email: 'meera@people.example' });
    expect((await site.operator.delete(`/api/tenants/${id}`)).status).toBe(204);
    expect(outcome(await site.operator.get(`/api/tenants/${id}/purge`))).toEqual([404, 'TENANT_PURGE_NOT_FOUND']);
    await site.app.rows("update tenants set deleted_at = now() - interval '31 days' where id = $1", [id]);
    await site.purge();

    const { status, body } = await site.operator.get(`/api/tenants/${id}/purge`);
    expect([status, body.data]).toEqual([
      200,
      {
        tenantId: id,
        deletedRows: expect.objectContaining({ platform_users: 1, memberships: 1 }),
        deletedObjects: 0,
        deletedBytes: 0,
        keptTables: expect.objectContaining({ audit_entries: expect.any(String) }),
        startedAt: expect.any(String),
        finishedAt: expect.any(String),
      },
    ]);
    expect(outcome(await site.operator.get(`/api/tenants/${id}`))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect((await site.operator.get(`/api/tenants?search=${slug}`)).body.data).toEqual([]);
    expect((await site.operator.get('/api/tenants?search=purged')).body.data).toEqual([]);
    expect((await owner.get('/api/platform-users')).status).toBeGreaterThanOrEqual(400);

    expect(outcome(await site.app.http.get(`/api/tenants/${id}/purge`))).toEqual([401, 'UNAUTHENTICATED']);
    expect(outcome(await other.owner.get(`/api/tenants/${id}/purge`))).toEqual([403, 'FORBIDDEN']);
    expect(outcome(await site.operator.get('/api/tenants/no-id/purge'))).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('has objects no more', async () => {
    const id = await site.aDeletedTenant();
    await site.purge();
    const gone = site.storage().head(tenantStorageKey(id, 'files', '1'));
    await expect(gone).rejects.toBeInstanceOf(StorageObjectNotFoundError);
  });

  test('is purged by the nightly clean-up', async () => {
    const id = await site.aDeletedTenant();
    const names = site.app.container.services.tenantDataCleaners.map(({ name }) => name);
    expect(names).toContain('deletedTenants');
    for (const cleaner of site.app.container.services.tenantDataCleaners) {
      await cleaner.clean(systemContext(platformScope, 'nightly'), BATCH);
    }
    expect((await site.recordOf(id))?.finished_at).toEqual(expect.any(Date));
  });
});
