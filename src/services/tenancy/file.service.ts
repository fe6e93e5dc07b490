import type { Readable } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../config/logger.ts';
import { appError } from '../../errors/app-error.ts';
import {
  type StorageGateway,
  StorageObjectNotFoundError,
  StorageUnavailableError,
} from '../../gateways/storage/storage.gateway.ts';
import { tenantStorageKey } from '../../gateways/storage/storage-key.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { FileRepository } from '../../repositories/tenancy/file.repository.ts';
import type { ByteRange } from '../../types/byte-range.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { IncomingFile } from '../../types/incoming-file.ts';
import type { Page } from '../../types/page.ts';
import type {
  ContentFacts,
  FileFilter,
  PendingFile,
  StorageLimits,
  StorageUsage,
  StoredFile,
} from '../../types/tenancy/file.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { openContent } from './file-content.ts';
import { toFileName } from './file-name.ts';
import type { StorageQuota } from './storage-quota.ts';

export interface FileServiceDeps {
  readonly files: FileRepository;
  readonly storage: StorageGateway;
  readonly quota: StorageQuota;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface FileContent {
  readonly file: StoredFile;
  /** @throws AppError FILE_NOT_FOUND when it was deleted meanwhile, STORAGE_UNAVAILABLE */
  open(range?: ByteRange): Promise<Readable>;
}

/** Where the content of a file is: its name plays no part in it. */
const storageKeyOf = (tenantId: TenantId, id: string): string => tenantStorageKey(tenantId, 'files', id);

export type FileService = ReturnType<typeof createFileService>;

export function createFileService({ files, storage, quota, tx, audit, events, clock, log }: FileServiceDeps) {
  const find = async (ctx: TenantContext, id: string): Promise<StoredFile> => {
    const file = await files.findById(ctx, id);
    if (file === null) throw appError('FILE_NOT_FOUND');
    return file;
  };

  const store = async (
    { storageKey }: PendingFile,
    source: Readable,
    limits: StorageLimits,
    usage: StorageUsage,
  ): Promise<ContentFacts> => {
    const assertFits = fitsWithin(limits, usage);
    assertFits(0);
    const { contentType, body, facts } = await openContent(source, assertFits);
    await storage.put({ key: storageKey, body, contentType });
    return facts();
  };

  const complete = (ctx: TenantContext, { id }: PendingFile, facts: ContentFacts, limits: StorageLimits) =>
    tx.run(ctx, async (txCtx) => {
      const file = await files.markStored(txCtx, id, facts, limits, clock.now().toISOString());
      if (file === null) throw appError('STORAGE_QUOTA_EXCEEDED');
      audit.record(txCtx, { resourceType: 'file', resourceId: id, after: audited(file) });
      return file;
    });

  /** The object first: while the row is there, the clean-up knows of the object. */
  const discard = async (ctx: TenantContext, { id, storageKey }: PendingFile): Promise<void> => {
    try {
      await storage.delete(storageKey);
      await files.deletePending(ctx, ctx.scope.tenantId, id);
    } catch (error) {
      log.warn('a failed upload is left to the clean-up', { requestId: ctx.requestId, fileId: id, error });
    }
  };

  return {
    list: (ctx: TenantContext, filter: FileFilter): Promise<Page<StoredFile>> => files.list(ctx, filter),

    /** @throws AppError FILE_NOT_FOUND */
    get: find,

    /**
     * Stores a file under the tenant's namespace. A row says that it is coming before its first byte is stored, and becomes the
     * tenant's file when its last one is: whatever stops it between leaves nothing that anybody sees, and nothing that the
     * clean-up does not find.
     * @throws AppError FILE_TOO_LARGE, STORAGE_QUOTA_EXCEEDED, STORAGE_UNAVAILABLE; the error of the file's body
     */
    async upload(ctx: TenantContext, { filename, body }: IncomingFile): Promise<StoredFile> {
      const limits = await quota.limitsOf(ctx);
      const id = uuidv7();
      const pending: PendingFile = {
        id,
        name: toFileName(filename),
        storageKey: storageKeyOf(ctx.scope.tenantId, id),
        createdBy: ctx.actor.type === 'user' ? ctx.actor.id : null,
        createdAt: clock.now().toISOString(),
      };
      const usage = await files.insertPending(ctx, pending);
      try {
        return await complete(ctx, pending, await store(pending, body, limits, usage), limits);
      } catch (error) {
        await discard(ctx, pending);
        throw orUnavailable(error);
      }
    },

    /** @throws AppError FILE_NOT_FOUND */
    async content(ctx: TenantContext, id: string): Promise<FileContent> {
      const file = await find(ctx, id);
      return {
        file,
        async open(range) {
          try {
            return (await storage.get(file.storageKey, range)).body;
          } catch (error) {
            if (error instanceof StorageObjectNotFoundError) await find(ctx, id);
            throw orUnavailable(error);
          }
        },
      };
    },

    /**
     * Removes a file; its object goes soon after, when the storage is there.
     * @throws AppError FILE_NOT_FOUND
     */
    remove: (ctx: TenantContext, id: string): Promise<void> =>
      tx.run(ctx, async (txCtx) => {
        const file = await files.deleteStored(txCtx, id);
        if (file === null) throw appError('FILE_NOT_FOUND');
        audit.record(txCtx, { resourceType: 'file', resourceId: id, before: audited(file) });
        events.publish(txCtx, 'file.deleted', id, { fileId: id });
      }),

    /** Removes the object of a deleted file. May run twice. @throws StorageUnavailableError */
    deleteObject: (ctx: TenantContext, id: string): Promise<void> =>
      storage.delete(storageKeyOf(ctx.scope.tenantId, id)),
  };
}

const audited = ({ name, contentType, size, sha256 }: StoredFile) => ({ name, contentType, size, sha256 });

function fitsWithin(limits: StorageLimits, usage: StorageUsage): (bytes: number) => void {
  const remaining = limits.bytes - usage.bytes;
  return (bytes) => {
    if (bytes > limits.fileBytes) throw appError('FILE_TOO_LARGE', { details: { mostBytes: limits.fileBytes } });
    if (usage.files >= limits.files || bytes > remaining) throw appError('STORAGE_QUOTA_EXCEEDED');
  };
}

const orUnavailable = (error: unknown): unknown =>
  error instanceof StorageUnavailableError ? appError('STORAGE_UNAVAILABLE', { cause: error }) : error;
