import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import S3rver from 's3rver';
import { createFilesystemStorageGateway } from '../../../src/gateways/storage/filesystem-storage.gateway.ts';
import { createS3StorageGateway, type S3StorageGatewayDeps } from '../../../src/gateways/storage/s3-storage.gateway.ts';
import {
  type StorageGateway,
  StorageLengthError,
  StorageObjectNotFoundError,
  StorageRangeError,
  StorageUnavailableError,
} from '../../../src/gateways/storage/storage.gateway.ts';
import { StorageKeyError, tenantStorageKey, tenantStoragePrefix } from '../../../src/gateways/storage/storage-key.ts';

const tenantId = '019a9f00-0000-7000-8000-00000000000a';
const otherTenantId = '019a9f00-0000-7000-8000-00000000000b';
const pdfType = 'application/pdf';
const megabyte = 1024 * 1024;

const cleanups: Array<() => unknown> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rowhouse-storage-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

function s3Gateway(port: number, deps: Partial<S3StorageGatewayDeps> = {}): StorageGateway {
  const gateway = createS3StorageGateway({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    bucket: 'rowhouse',
    forcePathStyle: true,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    timeoutMs: 5_000,
    ...deps,
  });
  cleanups.push(() => gateway.close());
  return gateway;
}

async function startS3rver(): Promise<number> {
  const directory = await temporaryDirectory();
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: 'rowhouse' }],
  });
  const { port } = await server.run();
  cleanups.push(() => server.close());
  return port;
}

/** 20 MB that no compression or repetition could hide an error in. */
function* pseudoRandomChunks(): Generator<Buffer> {
  for (let index = 0; index < 320; index += 1) {
    const seed = createHash('sha256').update(String(index)).digest();
    yield Buffer.concat(
      Array.from({ length: 2_048 }, (_, turn) => Buffer.from(seed.map((byte) => byte ^ (turn & 0xff)))),
    );
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const drivers: Array<[string, () => Promise<StorageGateway>]> = [
  [
    'file system',
    async () => createFilesystemStorageGateway({ rootDirectory: join(await temporaryDirectory(), 'made on demand') }),
  ],
  ['S3', async () => s3Gateway(await startS3rver())],
];

describe.each(drivers)('%s', (_name, start) => {
  const key = tenantStorageKey(tenantId, 'invoices', '2026', 'INV-0007.pdf');

  test('gives back what was put: content, type, size and etag', async () => {
    const storage = await start();
    const body = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 256));
    const { etag, size } = await storage.put({ key, body, contentType: pdfType, contentLength: body.length });
    expect(size).toBe(body.length);

    const object = await storage.get(key);
    expect(object).toMatchObject({ etag, size, contentType: pdfType });
    expect((await buffer(object.body)).equals(body)).toBe(true);
    expect(await storage.head(key)).toEqual({ etag, size, contentType: pdfType });
  });

  test.each([
    ['with', 20 * megabyte],
    ['without', undefined],
  ])('streams 20 MB %s a declared length', async (_case, contentLength) => {
    const storage = await start();
    const chunks = [...pseudoRandomChunks()];
    const { size } = await storage.put({ key, body: Readable.from(chunks), contentType: pdfType, contentLength });
    expect(size).toBe(20 * megabyte);
    const object = await storage.get(key);
    expect(object.size).toBe(20 * megabyte);
    expect(sha256(await buffer(object.body))).toBe(sha256(Buffer.concat(chunks)));
  });

  test('keeps an empty object', async () => {
    const storage = await start();
    await storage.put({ key, body: Readable.from([]), contentType: 'text/plain' });
    expect(await storage.head(key)).toMatchObject({ size: 0, contentType: 'text/plain' });
    expect(await buffer((await storage.get(key)).body)).toHaveLength(0);
  });

  test('replaces content, type and etag together', async () => {
    const storage = await start();
    const first = await storage.put({ key, body: Buffer.from('first, and longer'), contentType: 'text/plain' });
    const second = await storage.put({ key, body: Buffer.from('second'), contentType: pdfType });
    expect(second.etag).not.toBe(first.etag);
    const object = await storage.get(key);
    expect(object).toMatchObject({ ...second, contentType: pdfType });
    expect((await buffer(object.body)).toString()).toBe('second');
  });

  test.each([
    ['the first bytes', 0, 1],
    ['the last byte', 25, 25],
    ['the middle', 10, 19],
    ['everything', 0, 25],
  ])('a range: %s', async (_what, first, last) => {
    const storage = await start();
    const alphabet = 'abcdefghijklmnopqrstuvwxyz';
    const { etag } = await storage.put({ key, body: Buffer.from(alphabet), contentType: pdfType });
    const { body, ...info } = await storage.get(key, { start: first, end: last });
    expect(info).toEqual({ etag, size: 26, contentType: pdfType });
    expect((await buffer(body)).toString()).toBe(alphabet.slice(first, last + 1));
  });

  test.each([
    ['beyond the end', 26, 26],
    ['across the end', 20, 26],
    ['backwards', 5, 4],
  ])('a range that is not there is a typed error: %s', async (_what, first, last) => {
    const storage = await start();
    await storage.put({ key, body: Buffer.alloc(26, 1), contentType: pdfType });
    await expect(storage.get(key, { start: first, end: last })).rejects.toBeInstanceOf(StorageRangeError);
  });

  test('a missing key is a typed error, for get and for head', async () => {
    const storage = await start();
    await expect(storage.get(key)).rejects.toBeInstanceOf(StorageObjectNotFoundError);
    await expect(storage.head(key)).rejects.toBeInstanceOf(StorageObjectNotFoundError);
  });

  test('delete removes one object and its neighbours stay; deleting nothing is no error', async () => {
    const storage = await start();
    const neighbours = [
      tenantStorageKey(tenantId, 'invoices', '2026', 'INV-0008.pdf'),
      tenantStorageKey(otherTenantId, 'invoices', '2026', 'INV-0007.pdf'),
      'platform/logo.png',
    ];
    for (const neighbour of [key, ...neighbours])
      await storage.put({ key: neighbour, body: Buffer.from(neighbour), contentType: pdfType });
    await storage.delete(key);
    await storage.delete(key);
    await expect(storage.get(key)).rejects.toBeInstanceOf(StorageObjectNotFoundError);
    for (const neighbour of neighbours) {
      expect((await buffer((await storage.get(neighbour)).body)).toString()).toBe(neighbour);
    }
  });

  test('lists what begins with a prefix, and may delete it meanwhile', async () => {
    const storage = await start();
    const mine = Array.from({ length: 30 }, (_, index) => tenantStorageKey(tenantId, 'exports', `${index}`, 'a.csv'));
    const others = [key, tenantStorageKey(tenantId, 'exports-old', 'b.csv'), tenantStorageKey(otherTenantId, 'c.csv')];
    for (const each of [...mine, ...others])
      await storage.put({ key: each, body: Buffer.from(each), contentType: 'text/csv' });
    const listed = new Map<string, number>();
    for await (const object of storage.list(tenantStoragePrefix(tenantId, 'exports'))) {
      listed.set(object.key, object.size);
      await storage.delete(object.key);
    }
    expect([...listed].toSorted()).toEqual(mine.map((each) => [each, each.length] as const).toSorted());
    const rest = [];
    for await (const object of storage.list(tenantStoragePrefix(tenantId))) rest.push(object.key);
    expect(rest.toSorted()).toEqual(others.slice(0, 2).toSorted());
  });

  test.each([['tenants/'], ['tenants/x/'], [`tenants/${tenantId}`], [`tenants/${tenantId}/../`], ['/']])(
    'lists nothing below %s',
    async (prefix) => {
      const storage = await start();
      const objects = storage.list(prefix)[Symbol.asyncIterator]();
      await expect(objects.next()).rejects.toBeInstanceOf(StorageKeyError);
    },
  );

  test('an upload that is cut off leaves nothing behind, and what was there before stays', async () => {
    const storage = await start();
    const cutOff = (error?: Error) => {
      const body = new PassThrough();
      body.write(Buffer.alloc(6 * megabyte, 1));
      setImmediate(() => body.destroy(error));
      return body;
    };
    const broken = new Error('client went away');
    await expect(storage.put({ key, body: cutOff(broken), contentType: pdfType })).rejects.toThrow('client went away');
    await expect(storage.put({ key, body: cutOff(), contentType: pdfType })).rejects.toMatchObject({
      code: 'ERR_STREAM_PREMATURE_CLOSE',
    });
    await expect(storage.get(key)).rejects.toBeInstanceOf(StorageObjectNotFoundError);

    await storage.put({ key, body: Buffer.from('whole'), contentType: 'text/plain' });
    await expect(storage.put({ key, body: cutOff(broken), contentType: pdfType })).rejects.toThrow('client went away');
    const object = await storage.get(key);
    expect(object.contentType).toBe('text/plain');
    expect((await buffer(object.body)).toString()).toBe('whole');
  });

  test.each([
    ['shorter', 11],
    ['longer', 9],
  ])('a body %s than declared is refused', async (_case, contentLength) => {
    const storage = await start();
    const bytes = Buffer.alloc(10, 1);
    for (const body of [bytes, Readable.from([bytes])]) {
      await expect(storage.put({ key, body, contentType: pdfType, contentLength })).rejects.toBeInstanceOf(
        StorageLengthError,
      );
    }
    await expect(storage.head(key)).rejects.toBeInstanceOf(StorageObjectNotFoundError);
  });

  test.each([
    '',
    'logo.png',
    'platform',
    'platform/',
    '/platform/logo.png',
    'platform//logo.png',
    'platform/./logo.png',
    'platform/../tenants/x',
    'platform/a/..',
    'platform/a b',
    'platform/a\\..\\b',
    'platform/%2e%2e/b',
    'platform/a\0b',
    'platform/a\n',
    'platform/ä.png',
    'platform/@object.json',
    `platform/${'a'.repeat(256)}`,
    `platform/${'a/'.repeat(600)}a`,
    `tenants/${tenantId}`,
    `tenants/${tenantId}/`,
    `tenants/${tenantId}/../${otherTenantId}/a`,
    'tenants/../platform/logo.png',
    'tenants/acme/logo.png',
    `tenants/${tenantId}0/a`,
    `${tenantId}/a`,
  ])('refuses the key %j', async (badKey) => {
    const storage = await start();
    await expect(storage.put({ key: badKey, body: Buffer.from('x'), contentType: pdfType })).rejects.toBeInstanceOf(
      StorageKeyError,
    );
    await expect(storage.get(badKey)).rejects.toBeInstanceOf(StorageKeyError);
    await expect(storage.head(badKey)).rejects.toBeInstanceOf(StorageKeyError);
    await expect(storage.delete(badKey)).rejects.toBeInstanceOf(StorageKeyError);
  });
});

describe('tenantStorageKey', () => {
  test('joins checked segments below the tenant', () => {
    expect(tenantStorageKey(tenantId, 'exports', 'a_b-c.1.csv')).toBe(`tenants/${tenantId}/exports/a_b-c.1.csv`);
  });

  test.each([
    [tenantId, []],
    [tenantId, ['..', otherTenantId, 'a']],
    [tenantId, ['']],
    [tenantId, ['a', '..']],
    ['..', ['a']],
    ['', ['a']],
    [tenantId.toUpperCase(), ['a']],
  ])('refuses %j %j', (id, segments) => {
    expect(() => tenantStorageKey(id, ...segments)).toThrow(StorageKeyError);
  });
});

describe('file system', () => {
  const key = tenantStorageKey(tenantId, 'report.csv');

  async function start() {
    const rootDirectory = await temporaryDirectory();
    return { rootDirectory, storage: createFilesystemStorageGateway({ rootDirectory }) };
  }

  test('a failed upload, a replaced version and a deleted object leave no file', async () => {
    const { rootDirectory, storage } = await start();
    await expect(
      storage.put({ key, body: Readable.from([Buffer.from('x')]), contentType: pdfType, contentLength: 2 }),
    ).rejects.toBeInstanceOf(StorageLengthError);
    expect(await filesBelow(rootDirectory)).toEqual([]);

    await storage.put({ key, body: Buffer.from('1'), contentType: pdfType });
    await storage.put({ key, body: Buffer.from('2'), contentType: pdfType });
    expect(await filesBelow(rootDirectory)).toHaveLength(2);

    await storage.delete(key);
    expect(await filesBelow(rootDirectory)).toEqual([]);
    expect(await readdir(rootDirectory)).toEqual(['@uploads']);
  });

  test('a key may begin with the key of another object', async () => {
    const { storage } = await start();
    const longer = `${key}/part-1`;
    for (const each of [key, longer]) await storage.put({ key: each, body: Buffer.from(each), contentType: pdfType });
    await storage.delete(longer);
    expect((await buffer((await storage.get(key)).body)).toString()).toBe(key);
  });

  test('a reader keeps the version it opened', async () => {
    const { storage } = await start();
    const old = Buffer.alloc(3 * megabyte, 'o');
    await storage.put({ key, body: old, contentType: pdfType });
    const { body } = await storage.get(key);
    await storage.put({ key, body: Buffer.from('new'), contentType: pdfType });
    await storage.delete(key);
    expect((await buffer(body)).equals(old)).toBe(true);
  });

  test('concurrent writers, readers and deleters never see a mixed object', async () => {
    const { rootDirectory, storage } = await start();
    const keys = [key, tenantStorageKey(tenantId, 'nested', 'a'), tenantStorageKey(tenantId, 'nested', 'b')];
    const contentOf = (type: string) => type.repeat(2_000);
    const read = async (each: string) => {
      const object = await storage.get(each).catch((error: unknown) => error);
      if (object instanceof StorageObjectNotFoundError) return;
      if (!isStored(object)) throw object;
      expect((await buffer(object.body)).toString()).toBe(contentOf(object.contentType));
    };
    await Promise.all(
      Array.from({ length: 150 }, (_, index) => {
        const each = keys[index % keys.length] ?? key;
        const contentType = `text/x-${index}`;
        if (index % 5 === 4) return storage.delete(each);
        if (index % 5 === 3) return read(each);
        return storage.put({ key: each, body: Buffer.from(contentOf(contentType)), contentType });
      }),
    );
    for (const each of keys) {
      await read(each);
      await storage.delete(each);
    }
    expect(await filesBelow(rootDirectory)).toEqual([]);
  });

  test('a file system that can not be used is a typed error', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'occupied'), '');
    const storage = createFilesystemStorageGateway({ rootDirectory: join(directory, 'occupied') });
    await expect(storage.put({ key, body: Buffer.from('x'), contentType: pdfType })).rejects.toBeInstanceOf(
      StorageUnavailableError,
    );
  });
});

function isStored(value: unknown): value is Awaited<ReturnType<StorageGateway['get']>> {
  return typeof value === 'object' && value !== null && 'body' in value;
}

describe('S3 with faults', () => {
  const key = tenantStorageKey(tenantId, 'report.csv');

  async function startHttpServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      request.resume();
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
    return { port: address.port, requests };
  }

  const fail = (response: ServerResponse, status: number, code: string) =>
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);

  test('a 503 is retried, and the second answer counts', async () => {
    let answers = 0;
    const { port, requests } = await startHttpServer((_request, response) => {
      answers += 1;
      if (answers === 1) fail(response, 503, 'SlowDown');
      else response.writeHead(200, { 'content-type': 'text/csv', etag: '"e1"' }).end('a,b');
    });
    const object = await s3Gateway(port).get(key);
    expect((await buffer(object.body)).toString()).toBe('a,b');
    expect(requests).toHaveLength(2);
  });

  test('asks for the first byte only', async () => {
    const asked: unknown[] = [];
    const { port } = await startHttpServer((request, response) => {
      asked.push(request.headers.range);
      response.writeHead(206, { 'content-range': 'bytes 0-0/26', 'content-length': '1', etag: '"e1"' }).end('a');
    });
    const { body, ...info } = await s3Gateway(port).get(key, { start: 0, end: 0 });
    expect([asked, info.size, (await buffer(body)).toString()]).toEqual([['bytes=0-0'], 26, 'a']);
  });

  test('a server that knows no ranges is found out', async () => {
    const { port } = await startHttpServer((_request, response) => response.writeHead(200).end('all of it'));
    await expect(s3Gateway(port).get(key, { start: 0, end: 2 })).rejects.toBeInstanceOf(StorageRangeError);
  });

  test('retries are bounded', async () => {
    const { port, requests } = await startHttpServer((_request, response) => fail(response, 500, 'InternalError'));
    await expect(s3Gateway(port, { maxAttempts: 2 }).head(key)).rejects.toBeInstanceOf(StorageUnavailableError);
    expect(requests).toHaveLength(2);
  });

  test.each([
    ['never answers', (_request: IncomingMessage, _response: ServerResponse) => undefined],
    ['hangs up', (request: IncomingMessage) => void request.socket.destroy()],
  ])('a server that %s is a typed error within the time-out', async (_case, answer) => {
    const { port } = await startHttpServer(answer);
    const storage = s3Gateway(port, { timeoutMs: 200, maxAttempts: 1 });
    const started = performance.now();
    await expect(storage.get(key)).rejects.toBeInstanceOf(StorageUnavailableError);
    await expect(storage.put({ key, body: Buffer.from('x'), contentType: pdfType })).rejects.toBeInstanceOf(
      StorageUnavailableError,
    );
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('a body that stops in the middle fails in the reader', async () => {
    const { port } = await startHttpServer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('only this');
    });
    const { body } = await s3Gateway(port, { timeoutMs: 200 }).get(key);
    await expect(buffer(body)).rejects.toThrow();
  });

  test('a refused request is no missing object: a missing bucket and wrong credentials are errors of the storage', async () => {
    const codes = [
      [404, 'NoSuchBucket'],
      [403, 'AccessDenied'],
    ] as const;
    for (const [status, code] of codes) {
      const { port } = await startHttpServer((_request, response) => fail(response, status, code));
      await expect(s3Gateway(port).get(key)).rejects.toBeInstanceOf(StorageUnavailableError);
    }
  });

  test('an upload that is cut off is told to the server, so that no part stays', async () => {
    const partUploaded = new EventEmitter();
    const { port, requests } = await startHttpServer((request, response) => {
      if (request.url?.includes('uploads')) {
        response.end('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>');
      } else if (request.method === 'DELETE') {
        response.writeHead(204).end();
      } else {
        response.writeHead(200, { etag: '"part"' }).end();
        partUploaded.emit('part');
      }
    });
    const firstPart = once(partUploaded, 'part');
    const body = Readable.from(
      (async function* () {
        yield Buffer.alloc(6 * megabyte, 1);
        await firstPart;
        throw new Error('client went away');
      })(),
    );
    await expect(s3Gateway(port).put({ key, body, contentType: pdfType })).rejects.toThrow('client went away');
    expect(requests.filter((request) => request.startsWith('DELETE') && request.includes('uploadId=u1'))).toHaveLength(
      1,
    );
    expect(requests.filter((request) => request.startsWith('POST') && request.includes('uploadId'))).toEqual([]);
  });

  test('the circuit opens while the storage is down and closes when it is back; missing objects do not open it', async () => {
    let status = 404;
    const { port, requests } = await startHttpServer((_request, response) => {
      if (status === 200) response.writeHead(200, { etag: '"e1"' }).end('back');
      else fail(response, status, status === 404 ? 'NoSuchKey' : 'InternalError');
    });
    const storage = s3Gateway(port, { maxAttempts: 1, circuitBreaker: { outagesToOpen: 2, probeAfterMs: 50 } });
    for (let index = 0; index < 4; index += 1)
      await expect(storage.get(key)).rejects.toBeInstanceOf(StorageObjectNotFoundError);

    status = 500;
    for (let index = 0; index < 2; index += 1)
      await expect(storage.get(key)).rejects.toBeInstanceOf(StorageUnavailableError);
    const requestsWhenOpened = requests.length;
    await expect(storage.get(key)).rejects.toBeInstanceOf(StorageUnavailableError);
    expect(requests).toHaveLength(requestsWhenOpened);

    status = 200;
    const deadline = performance.now() + 5_000;
    let text = '';
    while (text === '' && performance.now() < deadline) {
      text = await storage.get(key).then(
        async ({ body }) => (await buffer(body)).toString(),
        () => '',
      );
    }
    expect(text).toBe('back');
  });

  test('a body that fails does not open the circuit', async () => {
    const { port } = await startHttpServer((_request, response) => response.writeHead(200, { etag: '"e1"' }).end());
    const storage = s3Gateway(port, { circuitBreaker: { outagesToOpen: 1, probeAfterMs: 60_000 } });
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from(randomUUID());
        throw new Error('client went away');
      })(),
    );
    await expect(storage.put({ key, body: failing, contentType: pdfType })).rejects.toThrow('client went away');
    await expect(storage.put({ key, body: Buffer.from('x'), contentType: pdfType })).resolves.toMatchObject({
      etag: 'e1',
    });
  });
});
