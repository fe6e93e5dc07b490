import { Readable } from 'node:stream';
import { appError } from '../../errors/app-error.ts';
import type { ContentFacts } from '../../types/tenancy/file.ts';
import type { ImportFormat } from '../../types/tenancy/platform-user-import.ts';
import { openContent } from './file-content.ts';

/** A file of people that is coming in. */
export interface ImportContent {
  readonly format: ImportFormat;
  /** All of it; fails where it is not UTF-8, or too large. */
  readonly body: Readable;
  /** Known once the body has been read to its end. */
  facts(): ContentFacts;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF_16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
const JSON_BEGINS_WITH = /^\uFEFF?\s*[[{]/;

const startsWith = (head: Buffer, mark: Buffer): boolean => head.subarray(0, mark.length).equals(mark);

/**
 * Tells by its first bytes what a file is; whatever is packed is never unpacked. Its name plays no part.
 * @throws AppError FILE_TOO_LARGE, IMPORT_FILE_EMPTY, IMPORT_FORMAT_UNSUPPORTED, IMPORT_ENCODING_UNSUPPORTED (as the body does);
 *   the source's own error
 */
export async function openImportContent(source: Readable, mostBytes: number): Promise<ImportContent> {
  const { contentType, head, body, facts } = await openContent(source, (bytes) => {
    if (bytes > mostBytes) throw appError('FILE_TOO_LARGE', { details: { mostBytes } });
  });
  if (head.length === 0) throw appError('IMPORT_FILE_EMPTY');
  if (UTF_16_MARKS.some((mark) => startsWith(head, mark))) throw appError('IMPORT_ENCODING_UNSUPPORTED');
  const isText = contentType.startsWith('text/plain');
  if (!isText && contentType !== 'application/octet-stream') {
    throw appError('IMPORT_FORMAT_UNSUPPORTED', { details: { contentType } });
  }
  assertUtf8(head);
  if (!isText) throw appError('IMPORT_FORMAT_UNSUPPORTED');
  return {
    format: JSON_BEGINS_WITH.test(head.toString('utf8', 0, 1000)) ? 'json' : 'csv',
    body: Readable.from(utf8Only(body), { objectMode: false }),
    facts,
  };
}

/** NUL is a character, but never meant: it tells UTF-16 without its mark, and binary files. */
function createUtf8Check() {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Buffer): void => {
    try {
      decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw appError('IMPORT_ENCODING_UNSUPPORTED', { cause });
    }
  };
  return {
    read(bytes: Buffer): void {
      if (bytes.includes(0)) throw appError('IMPORT_ENCODING_UNSUPPORTED');
      decode(bytes);
    },
    end: () => decode(),
  };
}

/** Its last character may be cut off. */
const assertUtf8 = (head: Buffer): void => createUtf8Check().read(head);

async function* utf8Only(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const check = createUtf8Check();
  for await (const chunk of source) {
    check.read(chunk);
    yield chunk;
  }
  check.end();
}

/** The bytes of a stored file without its byte order mark, counted as they are read. */
export async function* withoutMark(
  source: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of source) {
    onBytes(chunk.length);
    yield isFirst && startsWith(chunk, BYTE_ORDER_MARK) ? chunk.subarray(BYTE_ORDER_MARK.length) : chunk;
    isFirst = false;
  }
}
