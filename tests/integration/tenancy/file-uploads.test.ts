import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { eventually } from '../../support/eventually.ts';
import { formWith } from '../../support/forms.ts';
import { beginningOfForm, endOfForm, type FilesSite, openFilesSite, PNG } from './files-fixture.ts';

const MEGABYTE = 1024 * 1024;

let site: FilesSite;

beforeAll(async () => {
  site = await openFilesSite({ settings: { FILE_LIMIT_MB: '300' } });
});
afterAll(() => site.app.close());

const setLimits = (limits: Record<string, number>) =>
  site.app.rows('update plans set limits = $1', [JSON.stringify(limits)]);

const removeAll = async (): Promise<void> => {
  const { body } = await site.owner.get('/api/files?limit=100');
  for (const { id } of body.data) await site.owner.delete(`/api/files/${id}`);
  for (const { id } of body.data) await deleteObject(id);
};

async function deleteObject(id: string): Promise<void> {
  const { files } = site.app.container.services;
  await files.deleteObject(site.tenantContext(), id);
}

afterEach(async () => {
  await setLimits({});
  await removeAll();
});

const refusalOf = ({ status, body }: { status: number; body: { error: { code: string; details?: unknown } } }) => ({
  status,
  code: body.error.code,
  details: body.error.details,
});

const expectNothingLeft = async (): Promise<void> => {
  expect({ rows: await site.rows(), objects: await site.objects() }).toEqual({ rows: [], objects: [] });
};

const codeOf = async (answer: IncomingMessage): Promise<string> =>
  z.object({ error: z.object({ code: z.string() }) }).parse(await json(answer)).error.code;

describe('an upload', () => {
  test('is stored under the tenant, described by its content, and audited', async () => {
    const answer = await site.upload('photo.png', PNG);

    expect(answer.status).toBe(201);
    const sha256 = createHash('sha256').update(PNG).digest('hex');
    expect(answer.body.data).toEqual({
      id: expect.any(String),
      name: 'photo.png',
      contentType: 'image/png',
      size: PNG.length,
      sha256,
      createdBy: expect.any(String),
      createdAt: expect.any(String),
    });
    const { id } = answer.body.data;
    expect(await site.rows()).toEqual([
      expect.objectContaining({
        tenant_id: site.tenant.id,
        id,
        storage_key: `tenants/${site.tenant.id}/files/${id}`,
        sha256: Buffer.from(sha256, 'hex'),
        stored_at: expect.any(Date),
      }),
    ]);
    const entries = await site.app.rows('select * from audit_entries where resource_id = $1', [id]);
    expect(entries).toEqual([
      expect.objectContaining({
        action: 'file.uploaded',
        tenant_id: site.tenant.id,
        changes: { after: { name: 'photo.png', contentType: 'image/png', size: PNG.length, sha256 } },
      }),
    ]);
  });

  test('of nothing is an empty file', async () => {
    const { body } = await site.upload('empty.txt', '');
    expect(body.data).toMatchObject({ size: 0, contentType: 'application/octet-stream' });
    expect(await (await site.fetchContent(body.data.id)).text()).toBe('');
  });

  test.each([
    ['a PNG named .txt', 'photo.txt', PNG, 'image/png'],
    ['HTML named .png', 'photo.png', '\uFEFF \n<!doctype html><script>alert(1)</script>', 'application/octet-stream'],
    ['SVG', 'logo.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'application/octet-stream'],
    ['XML', 'feed.xml', '<?xml version="1.0"?><a/>', 'application/octet-stream'],
    ['text', 'notes.csv', 'name,seats\nLakeside,40\n', 'text/plain; charset=utf-8'],
    ['JSON named .html', 'page.html', '{"a": 1}', 'text/plain; charset=utf-8'],
    [
      'text whose 4100th byte is in the middle of a character',
      'long.txt',
      'ä'.repeat(4000),
      'text/plain; charset=utf-8',
    ],
    ['text in no UTF-8', 'latin.txt', Uint8Array.of(0x61, 0xe4, 0x62), 'application/octet-stream'],
    ['bytes', 'bytes.txt', Uint8Array.of(1, 2, 3, 0, 4), 'application/octet-stream'],
    ['a PDF', 'paper.exe', '%PDF-1.7\n', 'application/pdf'],
    ['an archive, whatever is packed in it', 'bomb.zip', Uint8Array.from(ZIP()), 'application/zip'],
  ])('of %s has the type of its content', async (_what, filename, content, contentType) => {
    const { body } = await site.upload(filename, content);
    expect(body.data).toMatchObject({ name: filename, contentType });
  });

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\asha\\notes.txt', 'notes.txt'],
    ['..', 'unnamed'],
    ['Öffnungszeiten – 開館時間 🏛️.pdf', 'Öffnungszeiten – 開館時間 🏛️.pdf'],
    ['it’s 5% off; really.txt', 'it’s 5% off; really.txt'],
    ['photo\u202Egpj.exe', 'photogpj.exe'],
    [`${'x'.repeat(296)}.pdf`, `${'x'.repeat(251)}.pdf`],
  ])('named %j is called %j, and lies under its id', async (filename, name) => {
    const { body } = await site.upload(filename, 'Notes');
    expect(body.data.name).toBe(name);
    expect(await site.rows()).toEqual([
      expect.objectContaining({ name, storage_key: `tenants/${site.tenant.id}/files/${body.data.id}` }),
    ]);
  });

  test('with an escaped quote and a control character in its name loses the control character', async () => {
    const { body } = await site.sendRaw(`${beginningOfForm('say \\"hush\\"\u0007.txt')}Hush${endOfForm}`);
    expect(body.data.name).toBe('say "hush".txt');
  });

  test('of 200 MB takes no more memory than a small one', async () => {
    const chunk = Buffer.alloc(MEGABYTE, 'Silence, please. ');
    const hash = createHash('sha256');
    const { upload, answer } = site.beginUpload();
    upload.write(beginningOfForm('large.txt'));
    const before = process.memoryUsage().rss;
    let most = before;
    for (let count = 0; count < 200; count += 1) {
      hash.update(chunk);
      if (!upload.write(chunk)) await new Promise((resolve) => upload.once('drain', resolve));
      most = Math.max(most, process.memoryUsage().rss);
    }
    upload.end(endOfForm);
    const response = await answer;
    expect(response.statusCode).toBe(201);
    expect(await json(response)).toMatchObject({ data: { size: 200 * MEGABYTE, sha256: hash.digest('hex') } });
    expect((most - before) / MEGABYTE).toBeLessThan(100);
  }, 60_000);
});

describe('a form that is not taken', () => {
  test.each([
    ['of no form', 'Notes', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['of JSON', '{}', 'application/json', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['without a boundary', 'Notes', 'multipart/form-data', 400, 'MALFORMED_BODY'],
    ['that is none', 'Notes', undefined, 400, 'MALFORMED_BODY'],
    ['that is empty', '', undefined, 400, 'MALFORMED_BODY'],
    ['without its end', `${beginningOfForm()}Notes`, undefined, 400, 'MALFORMED_BODY'],
    ['without a file', endOfForm.trimStart(), undefined, 400, 'VALIDATION_FAILED'],
    [
      'with another file',
      `${beginningOfForm()}Notes\r\n${beginningOfForm()}More${endOfForm}`,
      undefined,
      400,
      'VALIDATION_FAILED',
    ],
    [
      'with the file in another field',
      `${beginningOfForm('a.txt', 'photo')}Notes${endOfForm}`,
      undefined,
      400,
      'VALIDATION_FAILED',
    ],
    [
      'with a field in front',
      `${aField()}\r\n${beginningOfForm()}Notes${endOfForm}`,
      undefined,
      400,
      'VALIDATION_FAILED',
    ],
    [
      'with a field behind',
      `${beginningOfForm()}Notes\r\n${aField()}${endOfForm}`,
      undefined,
      400,
      'VALIDATION_FAILED',
    ],
    ['with a field in place of the file', `${aField('file')}${endOfForm}`, undefined, 400, 'VALIDATION_FAILED'],
  ])('%s is refused and leaves nothing', async (_what, body, contentType, status, code) => {
    expect(refusalOf(await site.sendRaw(body, contentType))).toMatchObject({ status, code });
    await expectNothingLeft();
  });

  test('with endless headers is refused', async () => {
    const headers = `X-Long: ${'x'.repeat(100_000)}\r\n`;
    const body = beginningOfForm().replace('Content-Type', `${headers}Content-Type`);
    const answer = await site.sendRaw(
      `${body.replace(/(--.*\r\n)(Content-Disposition.*\r\n)(X-Long.*\r\n)/, '$1$3$2')}Notes${endOfForm}`,
    );
    expect(refusalOf(answer)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    await expectNothingLeft();
  });

  test('that is cut off leaves nothing', async () => {
    const { upload, answer } = site.beginUpload();
    upload.write(beginningOfForm());
    upload.write(Buffer.alloc(MEGABYTE, 1));
    await eventually(async () => (await site.rows()).length === 1, 'the upload is known');

    upload.destroy();

    await expect(answer).rejects.toThrow();
    await eventually(async () => (await site.rows()).length === 0, 'the upload is forgotten');
    await expectNothingLeft();
  });

  test('is heard of before all of it has arrived', async () => {
    await setLimits({ fileMegabytes: 1 });
    const { upload, answer } = site.beginUpload();
    upload.write(beginningOfForm());
    upload.write(Buffer.alloc(2 * MEGABYTE, 1));
    const response = await answer;
    expect([response.statusCode, await codeOf(response)]).toEqual([413, 'FILE_TOO_LARGE']);
    upload.end(endOfForm);
    await expectNothingLeft();
  });
});

describe('a limit of the plan', () => {
  test('on one file is met to the byte', async () => {
    await setLimits({ fileMegabytes: 1 });
    expect((await site.upload('full.txt', 'x'.repeat(MEGABYTE))).status).toBe(201);
    expect(refusalOf(await site.upload('over.txt', 'x'.repeat(MEGABYTE + 1)))).toEqual({
      status: 413,
      code: 'FILE_TOO_LARGE',
      details: { mostBytes: MEGABYTE },
    });
    expect(await site.rows()).toHaveLength(1);
  });

  test('on all files together is met to the byte', async () => {
    await setLimits({ storageMegabytes: 2 });
    expect((await site.upload('a.txt', 'x'.repeat(MEGABYTE))).status).toBe(201);
    expect(refusalOf(await site.upload('b.txt', 'x'.repeat(MEGABYTE + 1))).code).toBe('STORAGE_QUOTA_EXCEEDED');
    expect((await site.upload('c.txt', 'x'.repeat(MEGABYTE))).status).toBe(201);
    expect(refusalOf(await site.upload('d.txt', 'x')).code).toBe('STORAGE_QUOTA_EXCEEDED');
    expect(await site.rows()).toHaveLength(2);
  });

  test('on their number is met', async () => {
    await setLimits({ files: 1 });
    expect((await site.upload('a.txt', 'x')).status).toBe(201);
    expect(refusalOf(await site.upload('b.txt', 'x'))).toMatchObject({ status: 409, code: 'STORAGE_QUOTA_EXCEEDED' });
  });

  test.each([
    ['number', { files: 2 }],
    ['size', { storageMegabytes: 2 }],
  ])('on their %s is not exceeded by uploads at once', async (_what, limits) => {
    await setLimits(limits);
    const started = Array.from({ length: 5 }, () => site.beginUpload());
    for (const { upload } of started) upload.write(`${beginningOfForm()}${'x'.repeat(MEGABYTE - 10)}`);
    await eventually(async () => (await site.rows()).length === 5, 'all of them have begun');

    for (const { upload } of started) upload.end(`${'x'.repeat(10)}${endOfForm}`);

    const answers = await Promise.all(started.map(({ answer }) => answer));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 201, 409, 409, 409]);
    for (const answer of answers) answer.resume();
    const stored = await site.rows();
    expect(stored).toHaveLength(2);
    expect(await site.objects()).toHaveLength(2 * stored.length);
  });
});

test('whoever only reads files uploads none', async () => {
  const staff = await site.addMember(site.tenant.id, 'staff');
  const form = formWith('a.txt', 'x');
  expect((await staff.post('/api/files', form)).status).toBe(403);
  expect((await site.app.http.post('/api/files', formWith('a.txt', 'x'))).status).toBe(401);
  expect((await site.operator.post('/api/files', formWith('a.txt', 'x'))).body.error.code).toBe('TENANT_REQUIRED');
  await expectNothingLeft();
});

function aField(name = 'note'): string {
  return beginningOfForm('', name).replace('; filename=""', '').concat('Hush');
}

/** An archive with one stored file, by its local header. */
function ZIP(): Buffer {
  const name = Buffer.from('zeros.bin');
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt32LE(0xffff_fff0, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name, Buffer.alloc(64)]);
}
