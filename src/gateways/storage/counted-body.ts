import { pipeline, Readable, Transform } from 'node:stream';
import { StorageLengthError, type StorageUpload } from './storage.gateway.ts';

/**
 * The body of an upload as a stream that never ends regularly unless it is whole: it fails with the body's own error if that
 * fails or is cut off, and with StorageLengthError if there are more or fewer bytes than declared. Destroying it destroys the body.
 * @param onBytes sees every chunk once
 */
export function countBody({ body, contentLength }: StorageUpload, onBytes: (bytes: Buffer) => void = () => undefined) {
  let size = 0;
  let error: unknown;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      size += chunk.length;
      if (contentLength !== undefined && size > contentLength) {
        callback(new StorageLengthError(`The body is longer than the declared ${contentLength} bytes`));
        return;
      }
      onBytes(chunk);
      callback(null, chunk);
    },
    flush(callback) {
      const isShort = contentLength !== undefined && size < contentLength;
      callback(
        isShort ? new StorageLengthError(`The body has ${size} bytes, not the declared ${contentLength}`) : null,
      );
    },
  });
  stream.once('error', (streamError) => {
    error = streamError;
  });
  const source = Buffer.isBuffer(body) ? Readable.from([body], { objectMode: false }) : body;
  pipeline(source, stream, () => undefined);
  return { stream, size: () => size, error: () => error };
}
