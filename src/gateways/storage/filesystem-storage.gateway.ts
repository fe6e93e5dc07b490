import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, opendir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { countBody } from './counted-body.ts';
import {
  hasErrorCode,
  type ObjectRecord,
  readRecord,
  recordFile,
  syncDirectory,
  writeSynced,
} from './filesystem-record.ts';
import {
  type ListedObject,
  type StorageGateway,
  StorageObjectNotFoundError,
  StorageRangeError,
  StorageUnavailableError,
  type StorageUpload,
  type StoredObjectInfo,
} from './storage.gateway.ts';
import { assertStorageKey, assertStoragePrefix } from './storage-key.ts';

export interface FilesystemStorageGatewayDeps {
  /** Made where it is missing. */
  readonly rootDirectory: string;
}

/** Names with an at sign are this driver's own: no key can have one. */
const uploadsDirectory = '@uploads';
const attemptsAgainstConcurrentChange = 5;

const infoOf = ({ etag, size, contentType }: ObjectRecord): StoredObjectInfo => ({ etag, size, contentType });

async function orUnavailable<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageObjectNotFoundError) throw error;
    throw new StorageUnavailableError('The file system failed', { cause: error });
  }
}

/** Runs work on the same key one after the other. */
function createKeyQueue() {
  const lastOf = new Map<string, Promise<unknown>>();
  return async function inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (lastOf.get(key) ?? Promise.resolve()).then(work, work);
    lastOf.set(key, turn);
    try {
      return await turn;
    } finally {
      if (lastOf.get(key) === turn) lastOf.delete(key);
    }
  };
}

/**
 * Keeps objects below a directory of the local file system: for development, demos, tests, and a single machine.
 *
 * An object is a directory named by its key, with one file per version and a record (version file, content type, size, etag)
 * that is replaced atomically. So content and content type change together, a reader keeps the version it opened, and a
 * key may begin with another key. Files are synced before the record names them; uploads wait outside until they are complete.
 */
export function createFilesystemStorageGateway({ rootDirectory }: FilesystemStorageGatewayDeps): StorageGateway {
  const root = resolve(rootDirectory);
  const inTurn = createKeyQueue();

  function directoryOf(key: string): string {
    assertStorageKey(key);
    return join(root, key);
  }

  async function receive(upload: StorageUpload, path: string): Promise<{ etag: string; size: number }> {
    const hash = createHash('sha256');
    const body = countBody(upload, (bytes) => hash.update(bytes));
    try {
      const file = await orUnavailable(async () => {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        return (await open(path, 'wx', 0o600)).createWriteStream({ flush: true });
      });
      let fileError: unknown;
      file.once('error', (error) => {
        if (body.error() === undefined) fileError = error;
      });
      await pipeline(body.stream, file).catch((error: unknown) => {
        throw fileError === undefined ? error : new StorageUnavailableError('The file system failed', { cause: error });
      });
      return { etag: hash.digest('hex'), size: body.size() };
    } finally {
      body.stream.destroy();
    }
  }

  /** Again if a concurrent delete of a neighbour removes the directory before there is a file in it. */
  async function moveInto(directory: string, from: string, name: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      try {
        return await rename(from, join(directory, name));
      } catch (error) {
        if (!hasErrorCode(error, 'ENOENT') || attempt === attemptsAgainstConcurrentChange) throw error;
      }
    }
  }

  async function publish(directory: string, uploaded: string, record: ObjectRecord): Promise<void> {
    const previous = await readRecord(directory);
    await moveInto(directory, uploaded, record.file);
    const temporary = join(root, uploadsDirectory, randomUUID());
    try {
      await writeSynced(temporary, JSON.stringify(record));
      await rename(temporary, join(directory, recordFile));
    } catch (error) {
      await rm(temporary, { force: true });
      await rm(join(directory, record.file), { force: true });
      throw error;
    }
    await syncDirectory(directory);
    if (previous !== undefined) await rm(join(directory, previous.file), { force: true });
  }

  /** Again if the version was replaced between the record and its file. */
  async function openVersion(key: string): Promise<{ record: ObjectRecord; file: FileHandle }> {
    const directory = directoryOf(key);
    for (let attempt = 1; ; attempt += 1) {
      const record = await readRecord(directory);
      if (record === undefined) throw new StorageObjectNotFoundError(key);
      try {
        return { record, file: await open(join(directory, record.file), 'r') };
      } catch (error) {
        if (!hasErrorCode(error, 'ENOENT') || attempt === attemptsAgainstConcurrentChange) throw error;
      }
    }
  }

  async function removeEmptyDirectories(directory: string): Promise<void> {
    for (let current = directory; current !== root; current = dirname(current)) {
      try {
        await rmdir(current);
      } catch (error) {
        if (hasErrorCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) return;
        throw error;
      }
    }
  }

  /** The directories in one that may be gone at any moment. */
  async function* directoriesIn(directory: string): AsyncGenerator<string> {
    try {
      for await (const entry of await opendir(directory)) if (entry.isDirectory()) yield entry.name;
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR'))
        throw new StorageUnavailableError('The file system failed', { cause: error });
    }
  }

  async function* objectsBelow(prefix: string): AsyncGenerator<ListedObject> {
    for await (const name of directoriesIn(join(root, prefix))) {
      const key = `${prefix}${name}`;
      const record = await orUnavailable(() => readRecord(join(root, key)));
      if (record !== undefined) yield { key, size: record.size };
      yield* objectsBelow(`${key}/`);
    }
  }

  return {
    async put(upload) {
      const directory = directoryOf(upload.key);
      const uploaded = join(root, uploadsDirectory, randomUUID());
      try {
        const { etag, size } = await receive(upload, uploaded);
        const record = { file: `@${randomUUID()}${extname(upload.key)}`, etag, size, contentType: upload.contentType };
        await inTurn(upload.key, () => orUnavailable(() => publish(directory, uploaded, record)));
        return { etag, size };
      } finally {
        await orUnavailable(() => rm(uploaded, { force: true }));
      }
    },

    async get(key, range) {
      assertStorageKey(key);
      const { record, file } = await orUnavailable(() => openVersion(key));
      if (range !== undefined && !(range.start <= range.end && range.end < record.size)) {
        await file.close();
        throw new StorageRangeError(range);
      }
      return { ...infoOf(record), body: file.createReadStream(range) };
    },

    async head(key) {
      const directory = directoryOf(key);
      const record = await orUnavailable(() => readRecord(directory));
      if (record === undefined) throw new StorageObjectNotFoundError(key);
      return infoOf(record);
    },

    async delete(key) {
      const directory = directoryOf(key);
      await inTurn(key, () =>
        orUnavailable(async () => {
          const record = await readRecord(directory);
          if (record === undefined) return;
          await rm(join(directory, recordFile), { force: true });
          await rm(join(directory, record.file), { force: true });
          await removeEmptyDirectories(directory);
        }),
      );
    },

    async *list(prefix) {
      assertStoragePrefix(prefix);
      yield* objectsBelow(prefix);
    },

    async close() {},
  };
}
