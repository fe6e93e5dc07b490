import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import readSheet from 'read-excel-file/node';
import yauzl from 'yauzl';
import { spreadsheetStream } from '../../../src/utils/spreadsheet.ts';
import { zipStream } from '../../../src/utils/zip-stream.ts';

const stored = { compress: false };

describe('a ZIP archive', () => {
  test('has what was added, in its order, and says what it measured', async () => {
    const measured: unknown[] = [];
    const archive = await buffer(
      zipStream(async (zip) => {
        measured.push(await zip.add('a/ä.txt', Readable.from(['one', 'two']), { compress: true }));
        measured.push(await zip.add('b.bin', Readable.from([Buffer.alloc(300_000, 7)]), stored));
        measured.push(await zip.add('empty', Readable.from([]), stored));
      }),
    );
    const files: [string, string][] = [];
    const zip = await yauzl.fromBufferPromise(archive);
    for await (const entry of zip.eachEntry()) {
      const content = await buffer(await zip.openReadStreamPromise(entry));
      files.push([entry.fileName, createHash('sha256').update(content).digest('hex')]);
    }
    expect(files.map(([name]) => name)).toEqual(['a/ä.txt', 'b.bin', 'empty']);
    expect(measured).toEqual([6, 300_000, 0].map((size, index) => ({ size, sha256: files[index]?.[1] })));
  });

  test('waits for whoever reads it', async () => {
    let produced = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        produced += 65_536;
        yield Buffer.alloc(65_536);
      }
    }
    const archive = zipStream(async (zip) => void (await zip.add('endless', endless(), stored)));
    for (let read = 0; read < 10_000_000; ) {
      const chunk: Buffer | null = archive.read();
      if (chunk === null) await once(archive, 'readable');
      else read += chunk.length;
    }
    expect(produced).toBeLessThan(12_000_000);
    archive.destroy();
  });

  test('fails with what its content or its writer throws', async () => {
    const broken = new Error('broken');
    async function* failing(): AsyncGenerator<string> {
      yield 'a beginning';
      throw broken;
    }
    await expect(buffer(zipStream(async (zip) => void (await zip.add('a', failing(), stored))))).rejects.toBe(broken);
    await expect(buffer(zipStream(() => Promise.reject(broken)))).rejects.toBe(broken);
  });

  test('stops its writer when nobody reads on', async () => {
    let settle: (error: unknown) => void = () => undefined;
    const stopped = new Promise<unknown>((resolve) => {
      settle = resolve;
    });
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.alloc(65_536);
    }
    const archive = zipStream(async (zip) => {
      await zip.add('endless', endless(), stored).catch(settle);
      await zip.add('more', Readable.from(['x']), stored);
    });
    archive.once('error', () => undefined);
    await once(archive, 'readable');
    archive.destroy();
    expect(await stopped).toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
  });
});

test('a workbook goes on to another sheet where one is full', async () => {
  async function* batches(): AsyncGenerator<string[][]> {
    yield [['1'], ['2'], ['3']];
    yield [];
    yield [['4'], ['5']];
  }
  const workbook = spreadsheetStream({ sheetName: 'R&D', header: ['n'], batches: batches(), rowsPerSheet: 3 });
  const sheets = await readSheet(await buffer(workbook));
  expect(sheets).toEqual([
    { sheet: 'R&D', data: [['n'], ['1'], ['2']] },
    { sheet: 'R&D 2', data: [['n'], ['3'], ['4']] },
    { sheet: 'R&D 3', data: [['n'], ['5']] },
  ]);
});
