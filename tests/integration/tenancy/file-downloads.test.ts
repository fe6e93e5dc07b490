import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FilesSite, openFilesSite, PNG } from './files-fixture.ts';

const CONTENT = 'Silence, please. '.repeat(200);
const SIZE = CONTENT.length;

let site: FilesSite;
let id: string;
let etag: string;

beforeAll(async () => {
  site = await openFilesSite();
  id = await site.aFile('house-rules.txt', CONTENT);
  const { body } = await site.owner.get(`/api/files/${id}`);
  etag = `"${body.data.sha256}"`;
});
afterAll(() => site.app.close());

describe('a download', () => {
  test('gives the bytes, as an attachment of the stored type that nobody guesses about or packs', async () => {
    const answer = await site.fetchContent(id, { 'accept-encoding': 'gzip' });
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(SIZE),
      'content-disposition': 'attachment; filename=house-rules.txt',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'accept-ranges': 'bytes',
      'cache-control': 'no-store, no-transform',
      etag,
    });
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(await answer.text()).toBe(CONTENT);
  });

  test('of an image gives every byte', async () => {
    const answer = await site.fetchContent(await site.aFile('photo.png', PNG));
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(PNG);
  });

  test('of HTML is never a page', async () => {
    const answer = await site.fetchContent(await site.aFile('page.html', '<script>alert(1)</script>'));
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=page.html');
  });

  test('names the file for old and new browsers', async () => {
    const answer = await site.fetchContent(await site.aFile('Öffnungszeiten 開館.txt', 'x'));
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="?ffnungszeiten ??.txt"; filename*=UTF-8''${encodeURIComponent('Öffnungszeiten 開館.txt')}`,
    );
  });

  test('can not be made to break out of its header', async () => {
    const answer = await site.fetchContent(await site.aFile('a"; filename="evil.exe', 'x'));
    expect(answer.headers.get('content-disposition')?.split(';')[0]).toBe('attachment');
    expect(answer.headers.get('content-disposition')).not.toContain('; filename="evil.exe"');
  });

  test('by HEAD tells what GET would, without the bytes', async () => {
    const answer = await site.fetchContent(id, { range: 'bytes=0-1' }, 'HEAD');
    expect([answer.status, answer.headers.get('content-length'), answer.headers.get('etag')]).toEqual([
      200,
      String(SIZE),
      etag,
    ]);
    expect(answer.headers.get('accept-ranges')).toBe('bytes');
    expect(await answer.text()).toBe('');
  });
});

describe('a range', () => {
  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=0-6', 0, 6],
    ['bytes=9-14', 9, 14],
    [`bytes=${SIZE - 1}-`, SIZE - 1, SIZE - 1],
    ['bytes=9-', 9, SIZE - 1],
    ['bytes=-7', SIZE - 7, SIZE - 1],
    [`bytes=-${SIZE + 5}`, 0, SIZE - 1],
    [`bytes=5-${SIZE + 5}`, 5, SIZE - 1],
  ])('%s is answered with 206', async (range, start, end) => {
    const answer = await site.fetchContent(id, { range });
    expect([answer.status, answer.headers.get('content-range'), answer.headers.get('content-length')]).toEqual([
      206,
      `bytes ${start}-${end}/${SIZE}`,
      String(end - start + 1),
    ]);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=house-rules.txt');
    expect(await answer.text()).toBe(CONTENT.slice(start, end + 1));
  });

  test.each([`bytes=${SIZE}-`, `bytes=${SIZE + 1}-${SIZE + 2}`, 'bytes=-0'])(
    '%s is answered with 416',
    async (range) => {
      const answer = await site.fetchContent(id, { range });
      expect([answer.status, answer.headers.get('content-range')]).toEqual([416, `bytes */${SIZE}`]);
      expect(await answer.json()).toMatchObject({ error: { code: 'RANGE_NOT_SATISFIABLE', statusCode: 416 } });
    },
  );

  test('of an empty file is answered with 416', async () => {
    const answer = await site.fetchContent(await site.aFile('empty.txt', ''), { range: 'bytes=0-' });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */0']);
  });

  test.each(['bytes', 'lines=0-1', 'bytes=0-1,4-5', 'bytes=-', 'bytes=5-4', 'bytes=a-b', 'bytes=1-2x'])(
    '%s is answered with all of it',
    async (range) => {
      const answer = await site.fetchContent(id, { range });
      expect([answer.status, await answer.text()]).toEqual([200, CONTENT]);
    },
  );

  test.each([
    ['this version', () => etag, 206],
    ['another version', () => '"another"', 200],
    ['a weak version', () => `W/${etag}`, 200],
    ['a date', () => new Date().toUTCString(), 200],
  ])('of %s', async (_what, condition, status) => {
    const answer = await site.fetchContent(id, { range: 'bytes=0-6', 'if-range': condition() });
    expect([answer.status, await answer.text()]).toEqual([status, status === 206 ? 'Silence' : CONTENT]);
  });
});
