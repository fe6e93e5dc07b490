import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { fileTypeFromBuffer } from 'file-type';
import type { ContentFacts } from '../../types/tenancy/file.ts';

/** What file-type asks for to tell every type it knows. */
const HEAD_BYTES = 4100;

const OPAQUE = 'application/octet-stream';
const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** What a browser might run: nobody is served it as what it is. */
const MARKUP_OR_SCRIPT = /xml|html|script/;

const NOT_IN_TEXT = /[^\P{Cc}\t\n\r\f]/u;

/** Content that is coming in. */
export interface IncomingContent {
  readonly contentType: string;
  /** Its first bytes, at least 4100 if there are so many. */
  readonly head: Buffer;
  /** All of it; counted and hashed on its way. */
  readonly body: Readable;
  /** Known once the body has been read to its end. */
  facts(): ContentFacts;
}

/**
 * Reads the beginning of a stream and tells by it what it holds; of the rest no more than a few chunks are in memory.
 * @param assertFits is told how many bytes there were so far; what it throws fails the body
 * @throws the stream's own error
 */
export async function openContent(source: Readable, assertFits: (bytes: number) => void): Promise<IncomingContent> {
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  let size = 0;

  const nextChunk = async (): Promise<Buffer | null> => {
    const { done, value } = await chunks.next();
    if (done === true) return null;
    size += value.length;
    assertFits(size);
    hash.update(value);
    return value;
  };

  const first: Buffer[] = [];
  while (size < HEAD_BYTES) {
    const chunk = await nextChunk();
    if (chunk === null) break;
    first.push(chunk);
  }
  const head = Buffer.concat(first);
  const contentType = await contentTypeOf(head.subarray(0, HEAD_BYTES));

  async function* all(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    for (let chunk = await nextChunk(); chunk !== null; chunk = await nextChunk()) yield chunk;
  }

  return {
    contentType,
    head,
    body: Readable.from(all(), { objectMode: false }),
    facts: () => ({ contentType, size, sha256: hash.digest('hex') }),
  };
}

/**
 * The media type of content by its first bytes. Text has none that tell JSON from CSV: all of it is plain text. HTML, SVG and
 * other markup is opaque, as is everything unknown, so that no browser ever shows it as a page of ours.
 */
export async function contentTypeOf(head: Buffer): Promise<string> {
  const detected = (await fileTypeFromBuffer(head))?.mime;
  if (detected !== undefined) return MARKUP_OR_SCRIPT.test(detected) ? OPAQUE : detected;
  const text = textOf(head);
  return text === null || text.trimStart().startsWith('<') ? OPAQUE : PLAIN_TEXT;
}

/** @returns null for what is no text in UTF-8; its last character may be cut off */
function textOf(head: Buffer): string | null {
  if (head.length === 0) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return NOT_IN_TEXT.test(text) ? null : text;
  } catch {
    return null;
  }
}
