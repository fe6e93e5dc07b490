import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';

/** A longer one is no document: its body has a quarter of this. */
const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * The lines of a compressed file, read as they are asked for.
 * @throws Error for what is not compressed, was cut off, or has a line that is too long
 */
export async function* gzipLines(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of source.pipe(gunzip)) {
      const lines = (rest + decoder.write(Buffer.from(chunk))).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) throw new Error('The file has a line that is too long.');
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}
