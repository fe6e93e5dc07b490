import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StorageUnavailableError } from '../../../src/gateways/storage/storage.gateway.ts';
import { tenantStorageKey, tenantStoragePrefix } from '../../../src/gateways/storage/storage-key.ts';
import { JobTimeoutError } from '../../../src/queues/job-failure.ts';
import { platformScope, systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { type ExportsSite, openExportsSite } from './exports-fixture.ts';
import { outcome } from './people-fixture.ts';

let site: ExportsSite;

beforeAll(async () => {
  site = await openExportsSite({ workers: false });
});
afterAll(() => site.close());

const queued = async (owner: HttpClient): Promise<string> => {
  const headers = { 'idempotency-key': randomUUID() };
  const answer = await owner.post('/api/platform-users/bulk-export', { format: 'csv' }, headers);
  if (answer.status !== 202) throw new Error(`The export was refused: ${answer.text}`);
  return answer.body.data.id;
};

const never = new AbortController().signal;

/** Runs the job of an export, as a worker does. */
const run = (
  tenantId: string,
  id: string,
  { attempt = 1, signal = never } = {},
  writer = site.writer(),
): Promise<void> =>
  writer.write(systemContext(tenantScope(asTenantId(tenantId)), 'run', 'export.completed'), id, {
    attempt,
    attempts: 3,
    signal,
  });

async function objectsOf(tenantId: string): Promise<string[]> {
  const keys = [];
  const { storage } = site.app.container.infrastructure.gateways;
  for await (const { key } of storage.list(tenantStoragePrefix(tenantId, 'exports'))) keys.push(key);
  return keys;
}

const clean = async (): Promise<Record<string, number>> => {
  const done: Record<string, number> = {};
  for (const cleaner of site.app.container.services.tenantDataCleaners) {
    done[cleaner.name] = await cleaner.clean(systemContext(platformScope, 'clean'), 100);
  }
  return done;
};

describe('a run', () => {
  test('that is stopped starts over, and leaves nothing of what was before', async () => {
    const { id: tenantId, owner } = await site.addTenant();
    await site.addPeople(tenantId, 1500);
    const id = await queued(owner);
    await expect(run(tenantId, id, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    expect((await owner.get(`/api/exports/${id}`)).body.data).toMatchObject({ status: 'running', contentPath: null });
    expect(outcome(await owner.get(`/api/exports/${id}/content`))).toEqual([409, 'EXPORT_NOT_READY']);
    expect(await objectsOf(tenantId)).toEqual([]);

    // A worker that was killed between the last byte and the row.
    const orphan = tenantStorageKey(tenantId, 'exports', id, randomUUID());
    const { storage } = site.app.container.infrastructure.gateways;
    await storage.put({ key: orphan, body: Buffer.from('half'), contentType: 'text/csv' });
    await run(tenantId, id, { attempt: 2 });
    const { data } = (await owner.get(`/api/exports/${id}`)).body;
    expect(data).toMatchObject({ status: 'succeeded', rowsWritten: 1500 });
    const objects = await objectsOf(tenantId);
    expect([objects.length, objects.includes(orphan)]).toEqual([1, false]);

    await run(tenantId, id, { attempt: 3 });
    expect((await owner.get(`/api/exports/${id}`)).body.data).toEqual(data);
  });

  test('that another one has taken over stores nothing', async () => {
    const { id: tenantId, owner } = await site.addTenant();
    const id = await queued(owner);
    const { storage } = site.app.container.infrastructure.gateways;
    const slow = site.writer({
      put: async (upload) => {
        const stored = await storage.put(upload);
        await run(tenantId, id);
        return stored;
      },
    });
    await run(tenantId, id, {}, slow);
    const [row] = await site.app.rows<{ storage_key: string }>('select storage_key from data_exports where id = $1', [
      id,
    ]);
    expect(await objectsOf(tenantId)).toEqual([row?.storage_key]);
    expect((await owner.get(`/api/exports/${id}/content`)).status).toBe(200);
  });

  test('of an export that is deleted meanwhile leaves no file', async () => {
    const { id: tenantId, owner } = await site.addTenant();
    const id = await queued(owner);
    const { storage } = site.app.container.infrastructure.gateways;
    const writer = site.writer({
      put: async (upload) => {
        const stored = await storage.put(upload);
        expect((await owner.delete(`/api/exports/${id}`)).status).toBe(204);
        return stored;
      },
    });
    await run(tenantId, id, {}, writer);
    expect(await objectsOf(tenantId)).toEqual([]);
    await run(tenantId, id);
    expect(await site.app.rows('select from data_exports where id = $1', [id])).toEqual([]);
  });

  test.each([
    ['the storage is away', () => Promise.reject(new StorageUnavailableError('away')), 'STORAGE_UNAVAILABLE'],
    ['time is up', () => Promise.reject(new JobTimeoutError(1)), 'EXPORT_TOO_LARGE'],
    ['something else breaks', () => Promise.reject(new Error('broken')), 'INTERNAL_ERROR'],
  ])('fails after its last attempt when %s', async (_what, put, code) => {
    const { id: tenantId, owner } = await site.addTenant();
    const id = await queued(owner);
    const writer = site.writer({ put });
    await expect(run(tenantId, id, { attempt: 2 }, writer)).rejects.toThrow();
    expect((await owner.get(`/api/exports/${id}`)).body.data.status).toBe('running');
    await expect(run(tenantId, id, { attempt: 3 }, writer)).rejects.toThrow();
    expect((await owner.get(`/api/exports/${id}`)).body.data).toMatchObject({ status: 'failed', failureCode: code });
    const audited = "select changes from audit_entries where resource_id = $1 and action = 'export.failed'";
    expect(await site.app.rows(audited, [id])).toEqual([{ changes: { after: { failureCode: code } } }]);
    expect(outcome(await owner.get(`/api/exports/${id}/content`))).toEqual([409, 'EXPORT_NOT_READY']);
  });

  test('that goes back to its queue has not failed, whichever attempt it was', async () => {
    const { id: tenantId, owner } = await site.addTenant();
    await site.addPeople(tenantId, 1);
    const id = await queued(owner);
    const signal = AbortSignal.abort(new Error('the process stops'));
    await expect(run(tenantId, id, { attempt: 3, signal })).rejects.toThrow('the process stops');
    expect((await owner.get(`/api/exports/${id}`)).body.data.status).toBe('running');
  });

  test('of a tenant that is gone does nothing', async () => {
    const { id: tenantId, owner } = await site.addTenant();
    const id = await queued(owner);
    await site.operator.delete(`/api/tenants/${tenantId}`);
    await run(tenantId, id);
    expect(await site.app.rows('select status from data_exports where id = $1', [id])).toEqual([{ status: 'queued' }]);
    expect(await objectsOf(tenantId)).toEqual([]);
  });
});

describe('no more than five wait at a time', () => {
  test('however they are asked for', async () => {
    const { id: tenantId, owner } = await site.addTenant();
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => queued(owner)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const refused = await owner.get(`/api/tenants/${tenantId}/export`);
    expect(outcome(refused)).toEqual([409, 'EXPORT_LIMIT_REACHED']);
    expect(await site.app.rows('select from data_exports where tenant_id = $1', [tenantId])).toHaveLength(5);

    await site.app.rows("update data_exports set updated_at = now() - interval '7 hours' where tenant_id = $1", [
      tenantId,
    ]);
    expect((await owner.get(`/api/tenants/${tenantId}/export`)).status).toBe(202);
    const ended = await owner.get('/api/exports?status=failed');
    expect(ended.body.data.map(({ failureCode }: { failureCode: string }) => failureCode)).toEqual(
      Array.from({ length: 5 }, () => 'EXPORT_ABANDONED'),
    );
  });
});

describe('the clean-up', () => {
  test('takes the files of exports that have had their seven days, and forgets them after ninety', async () => {
    const { id: tenantId, owner } = await site.addTenant();
    const id = await queued(owner);
    await run(tenantId, id);
    const { expiresAt, finishedAt } = (await owner.get(`/api/exports/${id}`)).body.data;
    expect(Date.parse(expiresAt) - Date.parse(finishedAt)).toBe(7 * 86_400_000);
    await clean();
    expect((await owner.get(`/api/exports/${id}`)).body.data.status).toBe('succeeded');

    await site.app.rows("update data_exports set expires_at = now() - interval '1 second' where id = $1", [id]);
    expect(outcome(await owner.get(`/api/exports/${id}/content`))).toEqual([409, 'EXPORT_NOT_READY']);
    expect(await clean()).toMatchObject({ expiredExports: 1, forgottenExports: 0 });
    expect((await owner.get(`/api/exports/${id}`)).body.data).toMatchObject({ status: 'expired', contentPath: null });
    expect(await objectsOf(tenantId)).toEqual([]);
    expect(await clean()).toMatchObject({ expiredExports: 0 });

    await site.app.rows("update data_exports set expires_at = now() - interval '91 days' where id = $1", [id]);
    expect(await clean()).toMatchObject({ forgottenExports: 1 });
    expect(outcome(await owner.get(`/api/exports/${id}`))).toEqual([404, 'EXPORT_NOT_FOUND']);
  });

  test('ends those that nobody works at any more', async () => {
    const { owner } = await site.addTenant();
    const [abandoned, alive] = [await queued(owner), await queued(owner)];
    await site.app.rows("update data_exports set updated_at = now() - interval '7 hours' where id = $1", [abandoned]);
    expect(await clean()).toMatchObject({ abandonedExports: 1 });
    expect((await owner.get(`/api/exports/${abandoned}`)).body.data).toMatchObject({
      status: 'failed',
      failureCode: 'EXPORT_ABANDONED',
    });
    expect((await owner.get(`/api/exports/${alive}`)).body.data.status).toBe('queued');
  });
});
