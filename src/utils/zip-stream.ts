import { PassThrough, pipeline, type Readable, type Transform } from 'node:stream';
import { pipeline as pipelineDone } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { createMeasuredStream, type MeasuredContent } from './measured-stream.ts';

export interface ZipEntryOptions {
  /** False for what is compressed already, or for the reader to check byte by byte. */
  readonly compress: boolean;
}

export interface ZipWriter {
  /**
   * Adds a file and resolves when all of it has been taken in; one after the other.
   * @param name with slashes between its folders
   * @throws the content's own error, or that of whoever reads the archive
   */
  add(
    name: string,
    content: Readable | AsyncIterable<string | Buffer>,
    options: ZipEntryOptions,
  ): Promise<MeasuredContent>;
}

/**
 * A ZIP archive (ZIP64 where it must be) that is made while it is read: of its content no more than a few chunks are in memory,
 * of each entry its name. It fails with what `write` throws; who stops reading stops `write`.
 */
export function zipStream(write: (zip: ZipWriter) => Promise<void>): Readable {
  const zip = new ZipFile();
  const output = new PassThrough();
  let current: Transform | null = null;
  const fail = (error: unknown): void => void output.destroy(error instanceof Error ? error : new Error(String(error)));

  zip.on('error', fail);
  pipeline(zip.outputStream, output, () => undefined);
  output.once('close', () => current?.destroy());

  const writer: ZipWriter = {
    async add(name, content, { compress }) {
      if (output.destroyed) throw new Error('Nobody reads the archive any more');
      const { stream, facts } = createMeasuredStream();
      current = stream;
      zip.addReadStream(stream, name, { compress });
      await pipelineDone(content, stream);
      return facts();
    },
  };
  void write(writer).then(() => zip.end(), fail);
  return output;
}
