import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tenantStorageKey } from '../../../src/gateways/storage/storage-key.ts';
import { tenantDataMap } from '../../../src/services/tenancy/tenant-data-map.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { type ExportsSite, openExportsSite, unzip } from './exports-fixture.ts';
import { outcome } from './people-fixture.ts';

let site: ExportsSite;

beforeAll(async () => {
  site = await openExportsSite();
});
afterAll(() => site.close());

const ask = (tenantId: string, client: HttpClient, query = ''): Promise<HttpAnswer> =>
  client.get(`/api/tenants/${tenantId}/export${query}`);

const requestsOf = (tenantId: string) =>
  site.app.rows("select actor_id from audit_entries where tenant_id = $1 and action = 'export.requested'", [tenantId]);

interface Manifest {
  readonly tenantId: string;
  readonly entries: readonly { path: string; size: number; sha256: string; rows?: number }[];
  readonly leftOut: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
}

/** The newest archive of a tenant, unpacked. */
async function archiveOf(tenantId: string, client: HttpClient) {
  const asked = await ask(tenantId, client);
  expect(asked.status).toBe(202);
  const ended = await site.ended(asked.body.data.id, client);
  expect(ended).toMatchObject({ status: 'succeeded', failureCode: null });
  const file = await client.get(`/api/exports/${ended.id}/content`);
  const parts = await unzip(file.bytes);
  const manifest: Manifest = JSON.parse(parts.get('manifest.json')?.toString() ?? '{}');
  return { ended, file, parts, manifest };
}

const linesOf = (content: Buffer | undefined): string[] => (content?.toString() ?? '').split('\n').filter(Boolean);

describe('an archive', () => {
  test('has every row of every table that the map names, its files, and a manifest that is right', async () => {
    const seeded = await site.seedTenant();
    const client = site.operator.with({ 'x-tenant-id': seeded });
    const { storage } = site.app.container.infrastructure.gateways;
    const [file] = await site.app.rows<{ id: string }>('select id from files where tenant_id = $1', [seeded]);
    const key = tenantStorageKey(seeded, 'files', file?.id ?? '');
    await site.app.rows("update files set name = 'Ünder lined.txt' where tenant_id = $1", [seeded]);
    await storage.put({ key, body: Buffer.from('Notes'), contentType: 'text/plain' });
    const document = tenantStorageKey(seeded, 'invoices', '2026', 'INV-1.pdf');
    await storage.put({ key: document, body: Buffer.from('%PDF'), contentType: 'application/pdf' });
    await storage.put({
      key: tenantStorageKey(seeded, 'imports', 'x.csv'),
      body: Buffer.from('x'),
      contentType: 'text/csv',
    });

    const { ended, file: download, parts, manifest } = await archiveOf(seeded, client);
    expect(ended.sha256).toBe(createHash('sha256').update(download.bytes).digest('hex'));
    expect(ended.size).toBe(download.bytes.length);
    expect(download.headers.get('content-disposition')).toMatch(/^attachment; filename="?tenant-[\d-]{10}\.zip"?$/);

    for (const { name, export: decision } of tenantDataMap) {
      const path = `data/${name}.ndjson`;
      if (!decision.included) {
        expect([name, parts.has(path)]).toEqual([name, false]);
        continue;
      }
      const rows = linesOf(parts.get(path)).map((line): Record<string, unknown> => JSON.parse(line));
      const [counted] = await site.app.rows<{ count: number }>(
        `select count(*)::int as count from ${name} where tenant_id = $1`,
        [seeded],
      );
      // The request and its run are written down while the archive is made.
      const isLog = name === 'audit_entries' || name === 'audit_chains';
      if (!isLog) expect({ name, count: rows.length }).toEqual({ name, count: counted?.count });
      expect({ name, empty: rows.length === 0 }).toEqual({ name, empty: false });
      for (const row of rows) {
        expect({ name, tenant: row.tenant_id }).toEqual({ name, tenant: seeded });
        expect({ name, secrets: Object.keys(decision.omitted).filter((column) => column in row) }).toEqual({
          name,
          secrets: [],
        });
      }
    }
    expect(linesOf(parts.get('data/tenant.ndjson')).map((line) => JSON.parse(line).id)).toEqual([seeded]);
    expect(linesOf(parts.get('data/members.ndjson')).map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ role: 'staff', name: 'Member', email: expect.stringMatching(/@/) }),
    ]);
    expect(parts.get(`files/${file?.id}/Ünder lined.txt`)?.toString()).toBe('Notes');
    expect(parts.get('documents/invoices/2026/INV-1.pdf')?.toString()).toBe('%PDF');
    expect([...parts.keys()].filter((path) => /imports|exports/.test(path))).toEqual([
      'data/platform_user_imports.ndjson',
    ]);

    expect(manifest).toMatchObject({ format: 'rowhouse-tenant-export', version: 1, tenantId: seeded, missing: [] });
    expect(manifest.leftOut).toHaveProperty(['api_keys.secret_hash']);
    expect(manifest.leftOut).toHaveProperty(['idempotency_keys']);
    const described = manifest.entries.map(({ path, size, sha256 }) => ({ path, size, sha256 }));
    const real = [...parts]
      .filter(([path]) => path !== 'manifest.json')
      .map(([path, content]) => ({
        path,
        size: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      }));
    expect(described).toEqual(real);
    const rowsInManifest = manifest.entries.reduce((sum, { rows = 0 }) => sum + rows, 0);
    expect(ended.rowsWritten).toBe(rowsInManifest);
  });

  test('keeps amounts to the last digit', async () => {
    const seeded = await site.seedTenant();
    await site.app.rows('update fee_schedules set gateway_fixed = 9007199254740993.1234 where tenant_id = $1', [
      seeded,
    ]);
    const { parts } = await archiveOf(seeded, site.operator.with({ 'x-tenant-id': seeded }));
    expect(parts.get('data/fee_schedules.ndjson')?.toString()).toContain('9007199254740993.1234');
  });

  test('goes over batches, and says which file was not there', async () => {
    const { id, owner } = await site.addTenant();
    await site.addPeople(id, 1203);
    await site.app.rows(
      `insert into files (tenant_id, id, name, content_type, size, sha256, storage_key, stored_at)
       select $1::uuid, made, 'lost.txt', 'text/plain', 1, '', 'tenants/' || $1::uuid || '/files/' || made, now() from gen_random_uuid() made`,
      [id],
    );
    const { parts, manifest } = await archiveOf(id, owner);
    const people = linesOf(parts.get('data/platform_users.ndjson')).map((line) => JSON.parse(line).id);
    expect(new Set(people).size).toBe(1203);
    expect(people).toEqual(people.toSorted());
    expect(manifest.missing).toEqual([expect.stringMatching(/^files\/.*\/lost\.txt$/)]);
  });

  test('has no row of another tenant', async () => {
    const [one, other] = [await site.seedTenant(), await site.seedTenant()];
    const { parts } = await archiveOf(one, site.operator.with({ 'x-tenant-id': one }));
    for (const [path, content] of parts) expect([path, content.includes(other)]).toEqual([path, false]);
  });
});

describe('asking for one', () => {
  test('gives the one there is, until a fresh one is asked for', async () => {
    const { id, owner } = await site.addTenant();
    const first = await ask(id, owner);
    expect([first.status, first.body.data.kind, first.body.data.format]).toEqual([202, 'tenant', 'zip']);
    const ended = await site.ended(first.body.data.id, owner);
    const again = await ask(id, owner);
    expect([again.status, again.body.data.id, again.body.data.contentPath]).toEqual([202, ended.id, ended.contentPath]);
    expect(await requestsOf(id)).toHaveLength(1);

    const fresh = await ask(id, owner, '?fresh=true');
    expect(fresh.body.data.id).not.toBe(ended.id);
    await site.ended(fresh.body.data.id, owner);
    expect((await ask(id, owner)).body.data.id).toBe(fresh.body.data.id);
    expect(await requestsOf(id)).toHaveLength(2);

    await site.app.rows("update data_exports set expires_at = now() - interval '1 second' where tenant_id = $1", [id]);
    const afterwards = await ask(id, owner);
    expect([first, fresh].map(({ body }) => body.data.id)).not.toContain(afterwards.body.data.id);
    await site.ended(afterwards.body.data.id, owner);
  });

  test('at the same time queues one', async () => {
    const { id, owner } = await site.addTenant();
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(id, owner, '?fresh=true')));
    const queued = await site.app.rows("select id from data_exports where tenant_id = $1 and kind = 'tenant'", [id]);
    const ids = new Set(answers.map(({ body }) => body.data.id));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(ids.size).toBe(queued.length);
    expect(await requestsOf(id)).toHaveLength(queued.length);
    for (const each of ids) await site.ended(each, owner);
  });

  test('is for owners and operators', async () => {
    const { tenant, owner } = site;
    const manager = await site.addMember(tenant.id, 'manager');
    expect(outcome(await ask(tenant.id, site.app.http))).toEqual([401, 'UNAUTHENTICATED']);
    expect(outcome(await ask(tenant.id, manager))).toEqual([403, 'FORBIDDEN']);
    expect(outcome(await ask((await site.addTenant()).id, owner))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(outcome(await ask(tenant.id, owner, '?fresh=maybe'))).toEqual([400, 'VALIDATION_FAILED']);
    expect(outcome(await ask(tenant.id, site.operator))).toEqual([400, 'TENANT_REQUIRED']);

    const { ended } = await archiveOf(tenant.id, owner);
    const people = await manager.post(
      '/api/platform-users/bulk-export',
      { format: 'csv' },
      { 'idempotency-key': randomUUID() },
    );
    const seen = await manager.get('/api/exports');
    expect(seen.body.data.map(({ id }: { id: string }) => id)).toEqual([people.body.data.id]);
    expect((await manager.get('/api/exports?kind=tenant')).body).toMatchObject({ data: [], meta: { total: 0 } });
    for (const answer of [
      await manager.get(`/api/exports/${ended.id}`),
      await manager.get(`/api/exports/${ended.id}/content`),
      await manager.delete(`/api/exports/${ended.id}`),
    ]) {
      expect(outcome(answer)).toEqual([404, 'EXPORT_NOT_FOUND']);
    }
    expect((await owner.get('/api/exports')).body.meta.total).toBe(2);
  });
});
