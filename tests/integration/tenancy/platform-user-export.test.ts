import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import readSheet from 'read-excel-file/node';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { type ExportsSite, openExportsSite, unzip } from './exports-fixture.ts';
import { outcome, personBody } from './people-fixture.ts';

const EXPORT = '/api/platform-users/bulk-export';

let site: ExportsSite;

beforeAll(async () => {
  site = await openExportsSite();
});
afterAll(() => site.close());

const ask = (body: object, client: HttpClient = site.owner): Promise<HttpAnswer> =>
  client.post(EXPORT, body, { 'idempotency-key': randomUUID() });

/** Asks for an export, waits for it and reads its file. */
async function made(body: object, client: HttpClient = site.owner) {
  const asked = await ask(body, client);
  expect(asked.status).toBe(202);
  const ended = await site.ended(asked.body.data.id, client);
  const file = await client.get(`/api/exports/${ended.id}/content`);
  return { ended, file };
}

const linesOf = (csv: string): string[][] => parse(csv, { bom: true });

describe('an export to CSV', () => {
  test('has everybody, with their library and their students, and says what it is', async () => {
    const { owner } = await site.addTenant();
    const library = await owner.post('/api/libraries', { name: 'Lakeside', code: 'LAKE', seats: 10 });
    const libraryId = library.body.data.id;
    const student = personBody({ name: 'Meera "Mia" Nair, B.A.', libraryId, notes: 'Two\nlines' });
    const made1 = await owner.post('/api/platform-users', student);
    const parent = personBody({ kind: 'parent', name: 'José', studentIds: [made1.body.data.id] });
    await owner.post('/api/platform-users', parent);

    const { ended, file } = await made({ format: 'csv' }, owner);
    expect(file.status).toBe(200);
    const [header, ...lines] = linesOf(file.text);
    const records = lines.map((line) => Object.fromEntries((header ?? []).map((name, index) => [name, line[index]])));
    expect(records).toEqual([
      expect.objectContaining({ ...student, library: 'Lakeside', studentEmails: '', phone: '' }),
      expect.objectContaining({ kind: 'parent', name: 'José', studentEmails: student.email, libraryId: '' }),
    ]);
    expect(file.text.split('\r\n').length).toBe(4);
    expect(ended).toMatchObject({
      status: 'succeeded',
      rowsWritten: 2,
      size: file.bytes.length,
      sha256: createHash('sha256').update(file.bytes).digest('hex'),
      contentPath: `/api/exports/${ended.id}/content`,
    });
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="?platform-users-[\d-]{10}\.csv"?$/);
    expect(file.headers.get('etag')).toBe(`"${ended.sha256}"`);
  });

  test('gives no spreadsheet a formula to run', async () => {
    const { id, owner } = await site.addTenant();
    const names = ['=1+1', '+cmd|/c calc', '-2', '@SUM(A1)', '\tx', '\rx', 'plain', "'quoted", 'a=b'];
    for (const name of names) {
      await site.app.rows(
        `insert into platform_users (tenant_id, id, kind, name, email, updated_at)
         values ($1, gen_random_uuid(), 'student', $2, gen_random_uuid() || '@people.example', now())`,
        [id, name],
      );
    }
    const { file } = await made({ format: 'csv' }, owner);
    const [, ...lines] = linesOf(file.text);
    expect(lines.map((line) => line[2]).toSorted()).toEqual(
      ["'=1+1", "'+cmd|/c calc", "'-2", "'@SUM(A1)", "'\tx", "'\rx", 'plain', "'quoted", 'a=b'].toSorted(),
    );
  });

  test('has those whom the filters find, and nobody of another tenant', async () => {
    const { id, owner } = await site.addTenant();
    await site.addPeople(id, 3);
    await site.addPeople(id, 2, 'staff');
    await site.addPeople(site.tenant.id, 2);
    await site.app.rows(
      "update platform_users set status = 'inactive' where tenant_id = $1 and email = 'staff1@people.example'",
      [id],
    );
    const emails = async (filter: object) =>
      linesOf((await made({ format: 'csv', ...filter }, owner)).file.text)
        .slice(1)
        .map((line) => line[3])
        .toSorted();
    expect(await emails({ kind: 'staff' })).toEqual(['staff1@people.example', 'staff2@people.example']);
    expect(await emails({ kind: 'staff', status: 'active' })).toEqual(['staff2@people.example']);
    expect(await emails({ search: 'STUDENT3' })).toEqual(['student3@people.example']);
    expect(await emails({ libraryId: randomUUID() })).toEqual([]);
  });

  test('goes over batches without losing or doubling anybody', async () => {
    const { id, owner } = await site.addTenant();
    await site.addPeople(id, 2345);
    const { ended, file } = await made({ format: 'csv' }, owner);
    const [, ...lines] = linesOf(file.text);
    expect(ended.rowsWritten).toBe(2345);
    expect(new Set(lines.map((line) => line[3])).size).toBe(2345);
  });
});

describe('an export to Excel', () => {
  test('has text in its cells and nothing else', async () => {
    const { id, owner } = await site.addTenant();
    const texts = [
      '=HYPERLINK("http://evil.example")',
      '007',
      '<b>&amp;</b>',
      'tab\tnew\nline',
      'bell\u0007',
      '_x0041_',
      '😀 é',
    ];
    for (const [index, notes] of texts.entries()) {
      await site.app.rows(
        `insert into platform_users (tenant_id, id, kind, name, email, phone, notes, updated_at)
         values ($1, $2::uuid, 'student', 'Person', $2::uuid || '@people.example', '+91 80 4718 2200', $3, now())`,
        [id, `0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e1${index}`, notes],
      );
    }
    const { ended, file } = await made({ format: 'xlsx' }, owner);
    expect(ended).toMatchObject({ status: 'succeeded', rowsWritten: texts.length });
    expect(file.headers.get('content-type')).toBe('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet');

    const [{ sheet, data } = { sheet: '', data: [] }] = await readSheet(file.bytes);
    const [header, ...rows] = data;
    expect(sheet).toBe('People');
    expect(header).toContain('notes');
    const column = (name: string) => rows.map((row) => row[header?.indexOf(name) ?? -1]);
    expect(column('phone')).toEqual(texts.map(() => '+91 80 4718 2200'));
    expect(column('notes').slice(0, 4)).toEqual(texts.slice(0, 4));
    expect(column('notes').at(-1)).toBe('😀 é');

    const parts = await unzip(file.bytes);
    const sheetXml = parts.get('xl/worksheets/sheet1.xml')?.toString() ?? '';
    expect(sheetXml).not.toMatch(/<f[ >]/);
    expect(sheetXml).toContain('bell_x0007_');
    expect(sheetXml).toContain('_x005F_x0041_');
    expect(sheetXml.match(/<c t="(?!inlineStr)/)).toBeNull();
  });

  test('of nobody is a sheet with a header', async () => {
    const { owner } = await site.addTenant();
    const { file } = await made({ format: 'xlsx' }, owner);
    const [{ data } = { data: [] }] = await readSheet(file.bytes);
    expect(data).toHaveLength(1);
  });
});

describe('whoever asks', () => {
  test('needs to be somebody who may see people', async () => {
    const member = await site.addMember(site.tenant.id, 'member');
    expect(outcome(await site.app.http.post(EXPORT, { format: 'csv' }))).toEqual([401, 'UNAUTHENTICATED']);
    expect(outcome(await ask({ format: 'csv' }, member))).toEqual([403, 'FORBIDDEN']);
    expect(outcome(await site.app.http.get('/api/exports'))).toEqual([401, 'UNAUTHENTICATED']);
    expect(outcome(await member.get('/api/exports'))).toEqual([403, 'FORBIDDEN']);
  });

  test.each([[{}], [{ format: 'pdf' }], [{ format: 'csv', kind: 'cat' }], [{ format: 'csv', more: 1 }]])(
    'is refused %j',
    async (body) => {
      expect(outcome(await ask(body))).toEqual([400, 'VALIDATION_FAILED']);
    },
  );

  test('leaves a trace: the request, and what came of it', async () => {
    const { ended } = await made({ format: 'csv', kind: 'owner' });
    const entries = await site.app.rows(
      "select action, actor_type as actor, changes from audit_entries where resource_type = 'export' and resource_id = $1 order by occurred_at, id",
      [ended.id],
    );
    expect(entries).toEqual([
      {
        action: 'export.requested',
        actor: 'user',
        changes: { after: { kind: 'platform_users', format: 'csv', filter: { kind: 'owner' } } },
      },
      {
        action: 'export.completed',
        actor: 'system',
        changes: { after: { rowsWritten: 0, size: ended.size, sha256: ended.sha256 } },
      },
    ]);
  });

  test('twice with one key gets one export', async () => {
    const { owner } = await site.addTenant();
    const headers = { 'idempotency-key': randomUUID() };
    const answers = [
      await owner.post(EXPORT, { format: 'csv' }, headers),
      await owner.post(EXPORT, { format: 'csv' }, headers),
    ];
    expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1);
    expect((await owner.get('/api/exports')).body.meta.total).toBe(1);
  });
});

describe('the exports of a tenant', () => {
  test('are listed newest first, and are nobody else’s', async () => {
    const { owner } = await site.addTenant();
    const first = await made({ format: 'csv' }, owner);
    const second = await made({ format: 'xlsx' }, owner);
    const list = await owner.get('/api/exports');
    expect(list.body.data.map(({ id }: { id: string }) => id)).toEqual([second.ended.id, first.ended.id]);
    expect((await owner.get('/api/exports?status=failed')).body.data).toEqual([]);
    for (const answer of [
      await site.owner.get(`/api/exports/${first.ended.id}`),
      await site.owner.get(`/api/exports/${first.ended.id}/content`),
      await site.owner.delete(`/api/exports/${first.ended.id}`),
    ]) {
      expect(outcome(answer)).toEqual([404, 'EXPORT_NOT_FOUND']);
    }
    expect((await owner.get(`/api/exports/${first.ended.id}`)).body.data.status).toBe('succeeded');
  });

  test('can be had in parts, and are gone with their file when they are deleted', async () => {
    const { id: tenantId, owner } = await site.addTenant();
    const { ended, file } = await made({ format: 'csv' }, owner);
    const part = await owner.get(`/api/exports/${ended.id}/content`, { headers: { range: 'bytes=3-8' } });
    expect([part.status, part.text]).toEqual([206, file.bytes.subarray(3, 9).toString()]);

    const [row] = await site.app.rows<{ storage_key: string }>('select storage_key from data_exports where id = $1', [
      ended.id,
    ]);
    expect(row?.storage_key).toMatch(new RegExp(`^tenants/${tenantId}/exports/${ended.id}/`));
    expect((await owner.delete(`/api/exports/${ended.id}`)).status).toBe(204);
    expect(outcome(await owner.get(`/api/exports/${ended.id}`))).toEqual([404, 'EXPORT_NOT_FOUND']);
    expect(await site.app.rows('select 1 from data_exports where id = $1', [ended.id])).toEqual([]);
    await site.objectIsGone(row?.storage_key ?? '');
  });
});
