import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isNativeError } from 'node:util/types';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { appError } from '../errors/app-error.ts';
import type { ByteRange } from '../types/byte-range.ts';

interface FileFacts {
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  readonly filename: string;
}

/** A stream of bytes to hand to the client. */
export interface FileAnswer extends Omit<FileFacts, 'size'> {
  /** Bytes; null where nobody knows before the end: then the answer is chunked. */
  readonly size: number | null;
  readonly body: NodeJS.ReadableStream;
}

/** A file of which the client may ask for a part (RFC 9110, 14). */
export interface SeekableFileAnswer extends FileFacts {
  /** A strong one, quoted: it changes with every byte. */
  readonly etag: string;
  /** Opens the whole file, or a part of it. */
  open(range?: ByteRange): Promise<NodeJS.ReadableStream>;
}

const facts = { size: z.number().int().nonnegative(), contentType: z.string(), filename: z.string() };

const StreamedFile = z.object({
  ...facts,
  size: facts.size.nullable(),
  body: z.custom<NodeJS.ReadableStream>((value) => typeof value === 'object' && value !== null && 'pipe' in value),
});
const SeekableFile = z.object({
  ...facts,
  etag: z.string().regex(/^"[^"]+"$/),
  open: z.custom<SeekableFileAnswer['open']>((value) => typeof value === 'function'),
});

/**
 * Answers with what a handler of a `file` returned, as an attachment.
 * @throws AppError RANGE_NOT_SATISFIABLE
 */
export async function sendFile(req: Request, res: Response, result: unknown): Promise<void> {
  const seekable = SeekableFile.safeParse(result);
  if (seekable.success) return sendSeekable(req, res, seekable.data);
  const file = StreamedFile.parse(result);
  describe(res, file, file.size);
  if (req.method !== 'HEAD') return stream(res, file.body);
  if (file.body instanceof Readable) file.body.destroy();
  res.end();
}

async function sendSeekable(req: Request, res: Response, file: SeekableFileAnswer): Promise<void> {
  res.setHeader('Accept-Ranges', 'bytes');
  const range = requestedRange(req, res, file);
  const body = req.method === 'HEAD' ? null : await file.open(range);
  res.setHeader('ETag', file.etag);
  // Compressed on the way, its bytes would be others than those that ranges and the ETag are about.
  res.setHeader('Cache-Control', 'no-store, no-transform');
  if (range !== undefined) res.status(206).setHeader('Content-Range', `bytes ${range.start}-${range.end}/${file.size}`);
  describe(res, file, range === undefined ? file.size : range.end - range.start + 1);
  if (body === null) res.end();
  else await stream(res, body);
}

/** From a byte on, between two, or so many at the end (RFC 9110, 14.1.2). Express's own parser refuses an end longer than the file. */
const SINGLE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/** The one range that is asked for; several, malformed ones and those of another version are answered with the whole file. */
function requestedRange(req: Request, res: Response, { size, etag }: SeekableFileAnswer): ByteRange | undefined {
  const condition = req.headers['if-range'];
  if (req.method !== 'GET' || (condition !== undefined && condition !== etag)) return undefined;
  const [, first = '', last = ''] = SINGLE_RANGE.exec(req.headers.range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) {
    res.setHeader('Content-Range', `bytes */${size}`);
    throw appError('RANGE_NOT_SATISFIABLE');
  }
  return { start, end };
}

function describe(
  res: Response,
  { contentType, filename }: Pick<FileFacts, 'contentType' | 'filename'>,
  length: number | null,
): void {
  res.attachment(filename).setHeader('Content-Type', contentType);
  if (length !== null) res.setHeader('Content-Length', length);
}

async function stream(res: Response, body: NodeJS.ReadableStream): Promise<void> {
  await pipeline(body, res).catch((error: unknown) => {
    if (!isClientGone(error)) throw error;
  });
}

/** Who stops a download has no fault to report: the access log says 499. */
const isClientGone = (error: unknown): boolean =>
  isNativeError(error) && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
