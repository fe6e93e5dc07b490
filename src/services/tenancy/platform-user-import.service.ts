import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../config/logger.ts';
import { appError } from '../../errors/app-error.ts';
import { type StorageGateway, StorageUnavailableError } from '../../gateways/storage/storage.gateway.ts';
import { tenantStorageKey } from '../../gateways/storage/storage-key.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { FileRepository } from '../../repositories/tenancy/file.repository.ts';
import type { PlatformUserImportRepository } from '../../repositories/tenancy/platform-user-import.repository.ts';
import type { PlatformUserImportErrorRepository } from '../../repositories/tenancy/platform-user-import-error.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext } from '../../types/context.ts';
import type { IncomingFile } from '../../types/incoming-file.ts';
import type { Page, PageRequest, Slice, SliceRequest } from '../../types/page.ts';
import type { PendingFile } from '../../types/tenancy/file.ts';
import type {
  ImportMode,
  ImportReportEntry,
  NewPlatformUserImport,
  PlatformUserImport,
} from '../../types/tenancy/platform-user-import.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { auditedImport } from './audited-import.ts';
import { toFileName } from './file-name.ts';
import { decodeNumberCursor, encodeNumberCursor } from './number-cursor.ts';
import { type ImportContent, openImportContent } from './platform-user-import-content.ts';
import { toReportCsv } from './platform-user-import-report.ts';

export interface PlatformUserImportServiceDeps {
  readonly imports: PlatformUserImportRepository;
  readonly report: Pick<PlatformUserImportErrorRepository, 'list'>;
  /** Knows of a file that is coming until its import does: what a process that dies leaves is cleaned up as an upload is. */
  readonly files: Pick<FileRepository, 'insertPending' | 'deletePending'>;
  readonly storage: Pick<StorageGateway, 'put' | 'delete'>;
  /** The largest file, in bytes. */
  readonly mostBytes: number;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ImportRequest {
  readonly importId?: string | undefined;
  readonly mode: ImportMode;
}

/** More than a report can have. */
const WHOLE_REPORT = 10_000;

export type PlatformUserImportService = ReturnType<typeof createPlatformUserImportService>;

export function createPlatformUserImportService(deps: PlatformUserImportServiceDeps) {
  const { imports, report, files, storage, mostBytes, tx, audit, events, clock, log } = deps;

  const find = async (ctx: TenantContext, id: string): Promise<PlatformUserImport> => {
    const found = await imports.findById(ctx, id);
    if (found === null) throw appError('IMPORT_NOT_FOUND');
    return found;
  };

  /** The object first: while the row is there, the clean-up knows of the object. */
  const discard = async (ctx: TenantContext, { id, storageKey }: PendingFile): Promise<void> => {
    try {
      await storage.delete(storageKey);
      await files.deletePending(ctx, ctx.scope.tenantId, id);
    } catch (error) {
      log.warn('a file that is not imported is left to the clean-up', { requestId: ctx.requestId, storageKey, error });
    }
  };

  /** Answers a file that was sent before with the import it has. */
  const repeat = (ctx: TenantContext, existing: PlatformUserImport, sha256: string, mode: ImportMode) =>
    tx.run(ctx, async (txCtx): Promise<PlatformUserImport> => {
      if (existing.sha256 !== sha256 || existing.mode !== mode) throw appError('IMPORT_ID_TAKEN');
      audit.record(txCtx, {
        action: 'platform_user_import.repeated',
        resourceType: 'platform_user_import',
        resourceId: existing.id,
      });
      return existing;
    });

  const queue = (ctx: TenantContext, added: NewPlatformUserImport, pending: PendingFile) =>
    tx.run(ctx, async (txCtx) => {
      const item = await imports.insert(txCtx, added);
      if (item === null) return null;
      await files.deletePending(txCtx, ctx.scope.tenantId, pending.id);
      audit.record(txCtx, {
        resourceType: 'platform_user_import',
        resourceId: item.id,
        after: auditedImport(item),
      });
      events.publish(txCtx, 'platform_user_import.requested', item.id, { importId: item.id });
      return item;
    });

  const storeAndQueue = async (
    ctx: TenantContext,
    pending: PendingFile,
    { body, format, facts }: ImportContent,
    { mode, importId = pending.id }: ImportRequest,
  ): Promise<PlatformUserImport> => {
    const { storageKey, name: fileName, createdBy, createdAt } = pending;
    await storage.put({ key: storageKey, body, contentType: 'application/octet-stream' });
    const { size: fileSize, sha256 } = facts();
    const added = { id: importId, format, mode, fileName, sha256, fileSize, storageKey, createdBy, createdAt };
    const item = await queue(ctx, added, pending);
    if (item !== null) return item;
    await discard(ctx, pending);
    return repeat(ctx, await find(ctx, importId), sha256, mode);
  };

  return {
    list: (ctx: TenantContext, request: PageRequest): Promise<Page<PlatformUserImport>> => imports.list(ctx, request),

    /** @throws AppError IMPORT_NOT_FOUND */
    get: find,

    /**
     * Stores a file under the tenant's namespace and has its people imported. The same file with the same id and mode is one
     * import, however often it is sent.
     * @throws AppError IMPORT_ID_TAKEN, FILE_TOO_LARGE, IMPORT_FILE_EMPTY, IMPORT_FORMAT_UNSUPPORTED,
     *   IMPORT_ENCODING_UNSUPPORTED, STORAGE_UNAVAILABLE; the error of the file's body
     */
    async request(
      ctx: TenantContext,
      request: ImportRequest,
      { filename, body }: IncomingFile,
    ): Promise<PlatformUserImport> {
      const { importId, mode } = request;
      const existing = importId === undefined ? null : await imports.findById(ctx, importId);
      const content = await openImportContent(body, mostBytes);
      if (existing !== null) {
        for await (const _chunk of content.body);
        return repeat(ctx, existing, content.facts().sha256, mode);
      }
      const id = uuidv7();
      const pending: PendingFile = {
        id,
        name: toFileName(filename),
        storageKey: tenantStorageKey(ctx.scope.tenantId, 'imports', id),
        createdBy: ctx.actor.type === 'user' ? ctx.actor.id : null,
        createdAt: clock.now().toISOString(),
      };
      await files.insertPending(ctx, pending);
      try {
        return await storeAndQueue(ctx, pending, content, request);
      } catch (error) {
        await discard(ctx, pending);
        throw error instanceof StorageUnavailableError ? appError('STORAGE_UNAVAILABLE', { cause: error }) : error;
      }
    },

    /** @throws AppError IMPORT_NOT_FOUND, VALIDATION_FAILED for a cursor that no answer gave */
    async errors(ctx: TenantContext, id: string, { limit, cursor }: SliceRequest): Promise<Slice<ImportReportEntry>> {
      const after = cursor === undefined ? 0 : decodeNumberCursor(cursor);
      await find(ctx, id);
      const found = await report.list(ctx, id, after, limit + 1);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, limit, nextCursor: found.length > limit && last ? encodeNumberCursor(last.position) : null };
    },

    /** The whole report, of at most 10,000 errors. @throws AppError IMPORT_NOT_FOUND */
    async errorsCsv(ctx: TenantContext, id: string): Promise<string> {
      await find(ctx, id);
      return toReportCsv(await report.list(ctx, id, 0, WHOLE_REPORT));
    },
  };
}
