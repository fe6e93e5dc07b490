import { randomUUID } from 'node:crypto';
import { tenantStorageKey } from '../../../src/gateways/storage/storage-key.ts';
import type { TestTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';

/** Exports of a tenant, and a tenant of which nothing is left. */
export async function exportsScene(app: TestApp, tenant: TestTenant, size: number) {
  const { storage } = app.container.infrastructure.gateways;

  /** One whose file can be had. */
  const anExport = async (): Promise<string> => {
    const id = randomUUID();
    const key = tenantStorageKey(tenant.id, 'exports', id, 'people.csv');
    await storage.put({ key, body: Buffer.from('id'), contentType: 'text/csv' });
    await app.rows(
      `insert into data_exports (tenant_id, id, kind, format, status, storage_key, size, sha256, expires_at, updated_at)
       values ($1, $2, 'platform_users', 'csv', 'succeeded', $3, 2, '\\x00', now() + interval '1 day', now())`,
      [tenant.id, id, key],
    );
    return id;
  };
  for (let count = 0; count < size; count += 1) await anExport();

  return {
    anExport,
    /** Nobody waits for one any more. */
    endExports: () => app.rows("update data_exports set status = 'failed' where status in ('queued', 'running')"),
    async aPurgedTenant(): Promise<string> {
      await app.rows('insert into tenant_purges (tenant_id) values ($1) on conflict do nothing', [tenant.id]);
      return tenant.id;
    },
  };
}
