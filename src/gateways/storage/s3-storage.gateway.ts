import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ByteRange } from '../../types/byte-range.ts';
import { type CircuitBreakerOptions, createCircuitBreaker } from '../../utils/circuit-breaker.ts';
import { countBody } from './counted-body.ts';
import {
  type StorageGateway,
  StorageLengthError,
  StorageObjectNotFoundError,
  StorageRangeError,
  StorageUnavailableError,
  type StorageUpload,
  type StoredObjectInfo,
} from './storage.gateway.ts';
import { assertStorageKey, assertStoragePrefix } from './storage-key.ts';

export interface S3StorageGatewayDeps {
  readonly bucket: string;
  /** `auto` for R2. */
  readonly region: string;
  /** For anything but AWS: R2, MinIO. */
  readonly endpoint?: string | undefined;
  /** The bucket in the path in place of the host name. */
  readonly forcePathStyle?: boolean | undefined;
  /** By default the SDK's own chain: environment, container, instance. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Milliseconds for a connection, for an answer, and between two signs of life. */
  readonly timeoutMs?: number | undefined;
  /** Tries of one request in all, with the SDK's exponential back-off and jitter. */
  readonly maxAttempts?: number | undefined;
  readonly circuitBreaker?: CircuitBreakerOptions | undefined;
}

/** Bytes held in memory per upload: the smallest part S3 takes, times the parts in flight. */
const partSize = 5 * 1024 * 1024;
const partsInFlight = 2;

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** An answer below 500 is one: about the request, not about the storage. 429 asks for a pause. */
function isOutage(error: Error): boolean {
  const status = statusOf(error);
  return status === undefined || status >= 500 || status === 429;
}

/** GET names the missing key, HEAD has no body to name anything in; a missing bucket is another error. */
const isMissingObject = (error: unknown): boolean =>
  error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound');

const etagOf = (header: string | undefined): string => (header ?? '').replaceAll('"', '');

interface ObjectToPut {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentType: string;
}

const infoOf = (answer: { ETag?: string; ContentLength?: number; ContentType?: string }): StoredObjectInfo => ({
  etag: etagOf(answer.ETag),
  size: answer.ContentLength ?? 0,
  contentType: answer.ContentType ?? 'application/octet-stream',
});

/** The body of an upload failed, not the storage: says nothing about the storage's health. */
class UploadBodyError extends Error {}

/**
 * Keeps objects in a bucket of anything that speaks S3. Requests have time-outs and a few retries; while the storage is down a
 * circuit breaker fails calls at once. Streams are uploaded in parts, of which few are in memory, and completed only at a regular end.
 */
export function createS3StorageGateway(deps: S3StorageGatewayDeps): StorageGateway {
  const { bucket: Bucket, timeoutMs = 30_000, maxAttempts = 3 } = deps;
  const client = new S3Client({
    region: deps.region,
    endpoint: deps.endpoint,
    forcePathStyle: deps.forcePathStyle ?? false,
    credentials: deps.credentials,
    maxAttempts,
    retryMode: 'standard',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
  });
  const breaker = createCircuitBreaker({
    ...deps.circuitBreaker,
    isOutage: (error) => !(error instanceof UploadBodyError) && isOutage(error),
  });

  async function call<Result>(request: () => Promise<Result>): Promise<Result> {
    try {
      return await breaker.run(request);
    } catch (error) {
      if (error instanceof UploadBodyError) throw error.cause;
      throw new StorageUnavailableError('The object storage failed', { cause: error });
    }
  }

  async function find<Result>(key: string, request: () => Promise<Result>): Promise<Result> {
    try {
      return await call(request);
    } catch (error) {
      if (error instanceof StorageUnavailableError && isMissingObject(error.cause))
        throw new StorageObjectNotFoundError(key);
      throw error;
    }
  }

  async function inRange<Result>(range: ByteRange | undefined, request: () => Promise<Result>): Promise<Result> {
    if (range !== undefined && range.start > range.end) throw new StorageRangeError(range);
    try {
      return await request();
    } catch (error) {
      if (range !== undefined && error instanceof StorageUnavailableError && statusOf(error.cause) === 416)
        throw new StorageRangeError(range);
      throw error;
    }
  }

  async function putBuffer(object: ObjectToPut, body: Buffer) {
    const { ETag } = await client.send(new PutObjectCommand({ ...object, Body: body, ContentLength: body.length }));
    return { etag: etagOf(ETag), size: body.length };
  }

  async function putStream(object: ObjectToPut, upload: StorageUpload) {
    const body = countBody(upload);
    try {
      const params = { ...object, Body: body.stream };
      const { ETag } = await new Upload({ client, params, partSize, queueSize: partsInFlight }).done();
      return { etag: etagOf(ETag), size: body.size() };
    } catch (error) {
      throw body.error() === undefined ? error : new UploadBodyError('the body failed', { cause: body.error() });
    } finally {
      body.stream.destroy();
    }
  }

  return {
    async put(upload) {
      assertStorageKey(upload.key);
      const { body, contentLength } = upload;
      const object = { Bucket, Key: upload.key, ContentType: upload.contentType };
      if (!Buffer.isBuffer(body)) return call(() => putStream(object, upload));
      if (contentLength !== undefined && contentLength !== body.length) {
        throw new StorageLengthError(`The body has ${body.length} bytes, not the declared ${contentLength}`);
      }
      return call(() => putBuffer(object, body));
    },

    async get(key, range) {
      assertStorageKey(key);
      const Range = range && `bytes=${range.start}-${range.end}`;
      const answer = await inRange(range, () =>
        find(key, () => client.send(new GetObjectCommand({ Bucket, Key: key, Range }))),
      );
      if (!(answer.Body instanceof Readable)) throw new StorageUnavailableError('The object storage sent no body');
      if (range === undefined) return { ...infoOf(answer), body: answer.Body };
      const answered = `bytes ${range.start}-${range.end}/`;
      if (!answer.ContentRange?.startsWith(answered)) {
        answer.Body.destroy();
        throw new StorageRangeError(range);
      }
      return { ...infoOf(answer), size: Number(answer.ContentRange.slice(answered.length)), body: answer.Body };
    },

    async head(key) {
      assertStorageKey(key);
      return infoOf(await find(key, () => client.send(new HeadObjectCommand({ Bucket, Key: key }))));
    },

    async delete(key) {
      assertStorageKey(key);
      await call(() => client.send(new DeleteObjectCommand({ Bucket, Key: key })));
    },

    async *list(prefix) {
      assertStoragePrefix(prefix);
      let token: string | undefined;
      do {
        const request = new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken: token });
        const { Contents = [], NextContinuationToken } = await call(() => client.send(request));
        for (const { Key, Size = 0 } of Contents) if (Key !== undefined) yield { key: Key, size: Size };
        token = NextContinuationToken;
      } while (token !== undefined);
    },

    async close() {
      client.destroy();
    },
  };
}
