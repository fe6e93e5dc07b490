import { finished, PassThrough, pipeline, type Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { Request } from 'express';
import { type AppError, appError } from '../errors/app-error.ts';
import { liftBodyDeadline } from '../middleware/body-deadline.middleware.ts';
import type { IncomingFile } from '../types/incoming-file.ts';

/** The body of an endpoint that takes one file as multipart/form-data (RFC 7578). */
export interface UploadSpec {
  /** The name of the form's only field. */
  readonly fieldName: string;
}

/** A request whose file is being read. */
export interface Reception {
  readonly file: IncomingFile;
  /** Lets go of the request; what is left of its body is read and dropped, so that its client can hear the answer. */
  close(): void;
}

const LIMITS = { fields: 0, files: 1, parts: 1, headerPairs: 20, headerSize: 8 * 1024 } as const;

const malformed = (cause?: unknown): AppError =>
  appError('MALFORMED_BODY', { message: 'The body could not be read as multipart/form-data.', cause });

const refused = (path: string, message: string): AppError =>
  appError('VALIDATION_FAILED', { details: [{ path, message }] });

function createParser(req: Request): BusboyInstance {
  const contentType = req.headers['content-type'];
  if (contentType === undefined || !req.is('multipart/form-data'))
    throw appError('UNSUPPORTED_MEDIA_TYPE', { message: 'The body must be multipart/form-data.' });
  try {
    return new Busboy({
      headers: { ...req.headers, 'content-type': contentType },
      limits: LIMITS,
      isPartAFile: (_name, _type, filename) => filename !== undefined,
    });
  } catch (error) {
    throw malformed(error);
  }
}

/**
 * Reads a form up to its file, whose body the caller then takes at its own pace; no more than a few chunks are in memory.
 * @throws AppError UNSUPPORTED_MEDIA_TYPE, MALFORMED_BODY (also for a request that is cut off), VALIDATION_FAILED for a form
 *   without the file or with anything else in it; what is found behind the file fails its body
 */
export function receiveFile(req: Request, { fieldName }: UploadSpec): Promise<Reception> {
  const parser = createParser(req);
  liftBodyDeadline(req);
  const path = `body.${fieldName}`;
  return new Promise((resolve, reject) => {
    let body: PassThrough | undefined;
    let failure: AppError | undefined;
    let end: (error?: Error) => void = () => undefined;
    let isComplete = false;

    const close = (): void => {
      body?.destroy();
      req.unpipe(parser);
      req.resume();
    };
    const fail = (error: AppError): void => {
      failure ??= error;
      body?.destroy(failure);
      close();
      reject(failure);
    };

    parser.on('file', (name: string, content: Readable, filename: string) => {
      content.on('error', () => undefined);
      if (name !== fieldName) {
        content.resume();
        fail(refused(`body.${name}`, 'Unknown field'));
        return;
      }
      body = new PassThrough({
        flush(callback) {
          if (isComplete) callback();
          else end = callback;
        },
      });
      body.on('error', () => undefined);
      pipeline(content, body, () => undefined);
      resolve({ file: { filename, body }, close });
    });
    parser.on('fieldsLimit', () => fail(refused('body', `Nothing but the file in the field ${fieldName} is taken`)));
    parser.on('partsLimit', () => fail(refused('body', `Nothing but the file in the field ${fieldName} is taken`)));
    parser.on('error', (error: unknown) => fail(malformed(error)));
    parser.on('finish', () => {
      isComplete = true;
      if (body === undefined) fail(refused(path, 'A file is required'));
      else end();
    });
    finished(req, { writable: false }, (error) => {
      if (error !== null && error !== undefined) fail(malformed(error));
    });
    req.pipe(parser);
  });
}
