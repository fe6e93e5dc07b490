import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { eventually } from '../../support/eventually.ts';
import { formWith } from '../../support/forms.ts';
import { startTestApp } from '../../support/test-app.ts';
import { startWorkers } from '../../support/workers.ts';
import { type FilesSite, openFilesSite } from './files-fixture.ts';
import type { MadeTenant } from './tenancy-fixture.ts';

let site: FilesSite;
let other: MadeTenant;

beforeAll(async () => {
  site = await openFilesSite();
  other = await site.addTenant();
});
afterAll(() => site.app.close());

const namesIn = (answer: { body: { data: { name: string }[] } }): string[] => answer.body.data.map(({ name }) => name);

describe('the list', () => {
  beforeAll(async () => {
    await site.upload('Seats.csv', 'a,b');
    await site.upload('rules.txt', 'Silence, please.');
    await site.upload('100%_rules.txt', 'x');
    await other.owner.post('/api/files', formWith('theirs.txt', 'x'));
  });

  test.each([
    ['', ['100%_rules.txt', 'rules.txt', 'Seats.csv']],
    ['?sort=createdAt', ['Seats.csv', 'rules.txt', '100%_rules.txt']],
    ['?sort=-size', ['rules.txt', 'Seats.csv', '100%_rules.txt']],
    ['?sort=-createdAt&search=RULES', ['100%_rules.txt', 'rules.txt']],
    ['?search=%25_', ['100%_rules.txt']],
    ['?sort=size&page=2&limit=2', ['rules.txt']],
    ['?search=theirs', []],
  ])('%s', async (query, names) => {
    const answer = await site.owner.get(`/api/files${query}`);
    expect({ status: answer.status, names: namesIn(answer) }).toEqual({ status: 200, names });
  });

  test('counts all of them, and does not know what has not arrived', async () => {
    await site.app.rows('update files set stored_at = null where name = $1', ['rules.txt']);
    const { body } = await site.owner.get('/api/files?limit=1');
    expect(body.meta).toEqual({ page: 1, limit: 1, total: 2, totalPages: 2 });
    await site.app.rows('update files set stored_at = now() where name = $1', ['rules.txt']);
  });

  test.each(['sort=storageKey', 'limit=101', 'name=x'])('%s is 400', async (query) => {
    expect((await site.owner.get(`/api/files?${query}`)).body.error.code).toBe('VALIDATION_FAILED');
  });
});

describe('who may', () => {
  test('staff read, managers write, members nothing', async () => {
    const [member, staff, manager] = await Promise.all(
      ['member', 'staff', 'manager'].map((role) => site.addMember(site.tenant.id, role)),
    );
    const id = await site.aFile();
    const statusesOf = async (client = site.owner) => [
      (await client.get('/api/files')).status,
      (await client.get(`/api/files/${id}`)).status,
      (await client.get(`/api/files/${id}/content`)).status,
      (await client.post('/api/files', formWith('a.txt', 'x'))).status,
    ];
    expect(await statusesOf(member)).toEqual([403, 403, 403, 403]);
    expect(await statusesOf(staff)).toEqual([200, 200, 200, 403]);
    expect((await staff?.delete(`/api/files/${id}`))?.status).toBe(403);
    expect(await statusesOf(manager)).toEqual([200, 200, 200, 201]);
    expect((await manager?.delete(`/api/files/${id}`))?.status).toBe(204);
    expect(await statusesOf(site.app.http)).toEqual([401, 401, 401, 401]);
  });

  test.each(['', '/content'])('the file of another tenant%s is not there', async (suffix) => {
    const id = await site.aFile();
    for (const missing of [`/api/files/${id}${suffix}`, `/api/files/${randomUUID()}${suffix}`]) {
      const answer = await other.owner.get(missing);
      expect([answer.status, answer.body.error.code]).toEqual([404, 'FILE_NOT_FOUND']);
    }
    expect((await other.owner.delete(`/api/files/${id}`)).body.error.code).toBe('FILE_NOT_FOUND');
    expect((await site.owner.get('/api/files/not-an-id')).status).toBe(400);
    expect(await site.app.rows('select id from files where id = $1', [id])).toHaveLength(1);
  });

  test('a file that has not arrived is not there', async () => {
    const id = await site.aFile();
    await site.app.rows('update files set stored_at = null where id = $1', [id]);
    const answers = await Promise.all([
      site.owner.get(`/api/files/${id}`),
      site.owner.get(`/api/files/${id}/content`),
      site.owner.delete(`/api/files/${id}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    await site.app.rows('delete from files where id = $1', [id]);
  });
});

describe('a deleted file', () => {
  test('is gone at once, is audited, and its object follows', async () => {
    const id = await site.aFile('old.txt', 'x');
    const before = await site.objects();

    expect((await site.owner.delete(`/api/files/${id}`)).status).toBe(204);

    expect((await site.owner.get(`/api/files/${id}/content`)).status).toBe(404);
    expect((await site.owner.delete(`/api/files/${id}`)).status).toBe(404);
    expect(
      await site.app.rows("select * from audit_entries where action = 'file.deleted' and resource_id = $1", [id]),
    ).toEqual([
      expect.objectContaining({
        tenant_id: site.tenant.id,
        changes: { before: expect.objectContaining({ name: 'old.txt' }) },
      }),
    ]);
    const events = await site.app.rows(
      "select payload from outbox_events where type = 'file.deleted' and subject = $1",
      [id],
    );
    expect(events).toEqual([{ payload: { fileId: id } }]);

    const workers = await startWorkers(site.app);
    try {
      await eventually(
        async () => (await site.objects()).length <= before.length - 2,
        'the object and its record are deleted',
      );
    } finally {
      await workers.close(5000);
    }
    await expect(site.app.container.services.files.deleteObject(site.tenantContext(), id)).resolves.toBeUndefined();
  });

  test('is deleted once by many at once', async () => {
    const id = await site.aFile();
    const answers = await Promise.all(Array.from({ length: 5 }, () => site.owner.delete(`/api/files/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404]);
    expect(
      await site.app.rows("select from outbox_events where type = 'file.deleted' and subject = $1", [id]),
    ).toHaveLength(1);
  });
});

describe('while the storage is away', () => {
  test('an upload and a download are 503, and nothing is half there', async () => {
    const id = await site.aFile();
    const away = await startTestApp({
      database: site.app.database,
      settings: {
        S3_BUCKET: 'files',
        S3_ENDPOINT: 'http://127.0.0.1:1',
        S3_REGION: 'here',
        S3_ACCESS_KEY_ID: 'id',
        S3_SECRET_ACCESS_KEY: 'secret',
      },
    });
    try {
      const answer = await away.http.post('/api/auth/login', site.ownerCredentials);
      const owner = away.http.with({ authorization: `Bearer ${answer.body.data.accessToken}` });
      const upload = await owner.post('/api/files', formWith('lost.txt', 'x'));
      const download = await owner.get(`/api/files/${id}/content`);
      expect([upload.status, upload.body.error.code]).toEqual([503, 'STORAGE_UNAVAILABLE']);
      expect([download.status, download.body.error.code]).toEqual([503, 'STORAGE_UNAVAILABLE']);
      expect(download.headers.get('content-disposition')).toBeNull();
      expect(namesIn(await owner.get('/api/files?search=lost'))).toEqual([]);
    } finally {
      await away.close();
    }
  });

  test('what is left of an upload is cleaned up a day later, and nothing else', async () => {
    const { uploadCleaner } = site.app.container.services;
    const ctx = systemContext(platformScope, 'cleanup');
    const [stored, abandoned] = [await site.aFile('kept.txt'), await site.aFile('cut-off.txt')];
    await site.app.rows("update files set created_at = now() - interval '25 hours' where id = any($1)", [
      [stored, abandoned],
    ]);
    await site.app.rows('update files set stored_at = null where id = $1', [abandoned]);
    const coming = await site.aFile('coming.txt');
    await site.app.rows('update files set stored_at = null where id = $1', [coming]);
    const objects = (await site.objects()).length;

    expect(await uploadCleaner.clean(ctx, 100)).toBe(1);
    expect(await uploadCleaner.clean(ctx, 100)).toBe(0);

    const left = await site.app.rows<{ id: string }>('select id from files where id = any($1)', [
      [stored, abandoned, coming],
    ]);
    expect(left.map(({ id }) => id).sort()).toEqual([stored, coming].sort());
    expect(await site.objects()).toHaveLength(objects - 2);
    expect((await site.fetchContent(stored)).status).toBe(200);
  });
});
