import type { Readable } from 'node:stream';
import type { ByteRange } from '../../types/byte-range.ts';

export interface StorageUpload {
  /** See `tenantStorageKey`. */
  readonly key: string;
  readonly body: Buffer | Readable;
  /** Media type, such as `application/pdf`. */
  readonly contentType: string;
  /** Bytes; an upload of any other length is refused. */
  readonly contentLength?: number | undefined;
}

export interface StoredObjectInfo {
  /** Changes with the content; opaque. */
  readonly etag: string;
  /** Bytes of the whole object. */
  readonly size: number;
  readonly contentType: string;
}

export interface StoredObject extends StoredObjectInfo {
  /** Must be read to its end or destroyed. */
  readonly body: Readable;
}

export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

export interface StorageGateway {
  /**
   * Stores an object under its key, in place of what was there. Readers see the old object or the new one, whole; an upload
   * that fails or is cut off leaves nothing behind.
   * @throws StorageKeyError
   * @throws StorageLengthError
   * @throws StorageUnavailableError
   * @throws the body's own error if that fails
   */
  put(upload: StorageUpload): Promise<{ readonly etag: string; readonly size: number }>;
  /**
   * Opens an object for reading, from its first byte to its last or in a range.
   * @throws StorageKeyError
   * @throws StorageObjectNotFoundError
   * @throws StorageRangeError
   * @throws StorageUnavailableError
   */
  get(key: string, range?: ByteRange): Promise<StoredObject>;
  /** What `get` would answer, without the body; the same errors. */
  head(key: string): Promise<StoredObjectInfo>;
  /**
   * Removes an object; one that is not there is no error.
   * @throws StorageKeyError
   * @throws StorageUnavailableError
   */
  delete(key: string): Promise<void>;
  /**
   * Every object whose key begins with a prefix, in no particular order and a few at a time: what is listed may be deleted
   * meanwhile.
   * @param prefix see `tenantStoragePrefix`
   * @throws StorageKeyError
   * @throws StorageUnavailableError
   */
  list(prefix: string): AsyncIterable<ListedObject>;
  close(): Promise<void>;
}

export class StorageObjectNotFoundError extends Error {
  readonly key: string;

  constructor(key: string) {
    super(`There is no object ${key}`);
    this.name = 'StorageObjectNotFoundError';
    this.key = key;
  }
}

/** The body was longer or shorter than its upload declared. */
export class StorageLengthError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StorageLengthError';
  }
}

/** The range is not one of the object's bytes. */
export class StorageRangeError extends Error {
  constructor({ start, end }: ByteRange) {
    super(`The object has no bytes ${start} to ${end}`);
    this.name = 'StorageRangeError';
  }
}

/** The storage did not answer, refused to, or failed; a later attempt may succeed. */
export class StorageUnavailableError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'StorageUnavailableError';
  }
}
