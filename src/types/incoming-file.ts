import type { Readable } from 'node:stream';

/** A file on its way in. */
export interface IncomingFile {
  /** As the client called it, without directories; may be empty, and hold anything. */
  readonly filename: string;
  /** Ends only when the whole request has arrived and holds nothing else; until then it fails with what is wrong. */
  readonly body: Readable;
}
