import type { Readable } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import {
  type StorageGateway,
  StorageObjectNotFoundError,
  StorageUnavailableError,
} from '../../gateways/storage/storage.gateway.ts';
import { tenantStoragePrefix } from '../../gateways/storage/storage-key.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { DataExportRepository } from '../../repositories/tenancy/data-export.repository.ts';
import type { ByteRange } from '../../types/byte-range.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  DataExport,
  DataExportFilter,
  NewDataExport,
  PlatformUserExportFilter,
} from '../../types/tenancy/data-export.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { deleteObjectsBelow } from '../base/stored-objects.ts';
import {
  abandonedAt,
  contentTypes,
  EXPORTS_FOLDER,
  fileNameOf,
  isReady,
  isUnfinished,
  MOST_UNFINISHED,
  visibleKinds,
} from './data-export-rules.ts';

export interface DataExportServiceDeps {
  readonly exports: DataExportRepository;
  readonly storage: Pick<StorageGateway, 'get' | 'list' | 'delete'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

/** The file of an export. */
export interface DataExportContent {
  readonly size: number;
  readonly sha256: string;
  readonly contentType: string;
  readonly fileName: string;
  /** @throws AppError EXPORT_NOT_READY when it is gone meanwhile, STORAGE_UNAVAILABLE */
  open(range?: ByteRange): Promise<Readable>;
}

export type DataExportService = ReturnType<typeof createDataExportService>;

export function createDataExportService({ exports, storage, tx, audit, events, clock }: DataExportServiceDeps) {
  /** Whoever may not see exports of its kind is told that there is none. */
  const find = async (ctx: TenantContext, id: string): Promise<DataExport> => {
    const found = await exports.findById(ctx, id);
    if (found === null || !visibleKinds(ctx.permissions).includes(found.kind)) throw appError('EXPORT_NOT_FOUND');
    return found;
  };

  const notReady = ({ status, failureCode }: DataExport) =>
    appError('EXPORT_NOT_READY', { details: { status: status === 'succeeded' ? 'expired' : status, failureCode } });

  const queue = async (
    ctx: TenantTxContext,
    asked: Pick<NewDataExport, 'kind' | 'format' | 'filter'>,
  ): Promise<DataExport> => {
    if ((await exports.countUnfinished(ctx)) >= MOST_UNFINISHED) {
      throw appError('EXPORT_LIMIT_REACHED', { details: { mostUnfinished: MOST_UNFINISHED } });
    }
    const made = await exports.insert(ctx, {
      ...asked,
      id: uuidv7(),
      createdBy: ctx.actor.type === 'user' ? ctx.actor.id : null,
      createdAt: clock.now().toISOString(),
    });
    audit.record(ctx, { resourceType: 'export', resourceId: made.id, after: asked, action: 'export.requested' });
    events.publish(ctx, 'export.requested', made.id, { exportId: made.id });
    return made;
  };

  /** Requests of a tenant come one after the other; what nobody works at any more counts for nothing. */
  const inTurn = (ctx: TenantContext, work: (txCtx: TenantTxContext) => Promise<DataExport>): Promise<DataExport> =>
    tx.run(ctx, async (txCtx) => {
      await exports.lockRequests(txCtx);
      await exports.markAbandonedFailed(txCtx, abandonedAt(clock.now()));
      return work(txCtx);
    });

  return {
    /** The exports that the caller may see. */
    list: (ctx: TenantContext, filter: DataExportFilter): Promise<Page<DataExport>> => {
      const kinds = visibleKinds(ctx.permissions).filter((kind) => filter.kind === undefined || filter.kind === kind);
      return exports.list(ctx, filter, kinds);
    },

    /** @throws AppError EXPORT_NOT_FOUND */
    get: find,

    /** @throws AppError EXPORT_LIMIT_REACHED */
    requestPlatformUsers: (
      ctx: TenantContext,
      { format, ...filter }: PlatformUserExportFilter & { readonly format: 'csv' | 'xlsx' },
    ): Promise<DataExport> => inTurn(ctx, (txCtx) => queue(txCtx, { kind: 'platform_users', format, filter })),

    /**
     * The newest archive of a tenant's data, which is waiting, being made, or ready; a new one where there is none, or where a
     * fresh one is asked for and none is on its way.
     * @throws AppError TENANT_NOT_FOUND for another tenant's id, EXPORT_LIMIT_REACHED
     */
    async requestTenant(ctx: TenantContext, tenantId: string, fresh: boolean): Promise<DataExport> {
      if (ctx.scope.tenantId !== tenantId) throw appError('TENANT_NOT_FOUND');
      return inTurn(ctx, async (txCtx) => {
        const newest = await exports.findNewest(txCtx, 'tenant');
        if (newest !== null && (isUnfinished(newest) || (!fresh && isReady(newest, clock.now())))) return newest;
        return queue(txCtx, { kind: 'tenant', format: 'zip', filter: {} });
      });
    },

    /** @throws AppError EXPORT_NOT_FOUND, EXPORT_NOT_READY with its status */
    async content(ctx: TenantContext, id: string): Promise<DataExportContent> {
      const found = await find(ctx, id);
      const { storageKey, size, sha256 } = found;
      if (!isReady(found, clock.now()) || storageKey === null || size === null || sha256 === null) {
        throw notReady(found);
      }
      return {
        size,
        sha256,
        contentType: contentTypes[found.format],
        fileName: fileNameOf(found),
        async open(range) {
          try {
            return (await storage.get(storageKey, range)).body;
          } catch (error) {
            if (error instanceof StorageObjectNotFoundError) throw notReady(await find(ctx, id));
            throw error instanceof StorageUnavailableError ? appError('STORAGE_UNAVAILABLE', { cause: error }) : error;
          }
        },
      };
    },

    /**
     * Deletes an export, whatever has become of it: a job that is at it stops. Its file goes soon after.
     * @throws AppError EXPORT_NOT_FOUND
     */
    async remove(ctx: TenantContext, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const { kind, format, filter, status } = await find(txCtx, id);
        await exports.delete(txCtx, id);
        audit.record(txCtx, { resourceType: 'export', resourceId: id, before: { kind, format, filter, status } });
        events.publish(txCtx, 'export.deleted', id, { exportId: id });
      });
    },

    /** Removes what a deleted export has stored. May run twice. @throws StorageUnavailableError */
    deleteObjects: (ctx: TenantContext, id: string): Promise<void> =>
      deleteObjectsBelow(storage, tenantStoragePrefix(ctx.scope.tenantId, EXPORTS_FOLDER, id)),
  };
}
