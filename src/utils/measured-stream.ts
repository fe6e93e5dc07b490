import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

/** What went through a stream. */
export interface MeasuredContent {
  /** Bytes. */
  readonly size: number;
  /** In lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** A stream that passes everything on and measures it; `facts` may be asked for once, after its end. */
export function createMeasuredStream(): { stream: Transform; facts: () => MeasuredContent } {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      size += chunk.length;
      hash.update(chunk);
      callback(null, chunk);
    },
  });
  return { stream, facts: () => ({ size, sha256: hash.digest('hex') }) };
}
