import { pipeline, type Readable } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../config/logger.ts';
import { type StorageGateway, StorageUnavailableError } from '../../gateways/storage/storage.gateway.ts';
import { tenantStorageKey, tenantStoragePrefix } from '../../gateways/storage/storage-key.ts';
import { JobTimeoutError } from '../../queues/job-failure.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { DataExportRepository, ExportRun } from '../../repositories/tenancy/data-export.repository.ts';
import type { DataExportRowsRepository } from '../../repositories/tenancy/data-export-rows.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext } from '../../types/context.ts';
import type { DataExport, ExportedPerson } from '../../types/tenancy/data-export.ts';
import { createMeasuredStream, type MeasuredContent } from '../../utils/measured-stream.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { deleteObjectsBelow } from '../base/stored-objects.ts';
import { contentTypes, EXPORTS_FOLDER, expiryOf } from './data-export-rules.ts';
import { platformUserFile } from './platform-user-export-file.ts';
import type { TenantArchives } from './tenant-archive.ts';

export interface DataExportWriterDeps {
  readonly exports: DataExportRepository;
  readonly rows: DataExportRowsRepository;
  readonly archives: TenantArchives;
  readonly storage: Pick<StorageGateway, 'put' | 'list' | 'delete'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Which try of the job this is, of how many. */
export interface ExportAttempt {
  readonly attempt: number;
  readonly attempts: number;
  readonly signal: AbortSignal;
}

const PEOPLE_PER_BATCH = 1000;
/** Milliseconds between two signs of life. */
const SIGN_OF_LIFE_MS = 2000;

/** Somebody has deleted the export, or another run has taken it over. */
class NotOursError extends Error {}

export type DataExportWriter = ReturnType<typeof createDataExportWriter>;

export function createDataExportWriter(deps: DataExportWriterDeps) {
  const { exports, rows, archives, storage, tx, audit, clock, log } = deps;

  /** Counts rows, and says now and then that somebody is at it. */
  const progressOf = (ctx: TenantContext, run: ExportRun, signal: AbortSignal) => {
    let count = 0;
    let saidAt = performance.now();
    return {
      rows: () => count,
      async add(more: number): Promise<void> {
        signal.throwIfAborted();
        count += more;
        if (performance.now() - saidAt < SIGN_OF_LIFE_MS) return;
        saidAt = performance.now();
        if (!(await exports.setProgress(ctx, run, count, clock.now().toISOString()))) throw new NotOursError();
      },
    };
  };

  async function* people(
    ctx: TenantContext,
    { filter }: DataExport,
    onProgress: (rows: number) => Promise<void>,
  ): AsyncGenerator<readonly ExportedPerson[]> {
    for (let after: string | null = null; ; ) {
      const batch: readonly ExportedPerson[] = await rows.readPeople(ctx, filter, after, PEOPLE_PER_BATCH);
      const last = batch.at(-1);
      if (last === undefined) return;
      yield batch;
      await onProgress(batch.length);
      after = last.id;
    }
  }

  const open = (ctx: TenantContext, asked: DataExport, onProgress: (rows: number) => Promise<void>): Readable =>
    asked.format === 'zip'
      ? archives.open(ctx, { createdAt: clock.now().toISOString(), onProgress })
      : platformUserFile(asked.format, people(ctx, asked, onProgress));

  const store = async (run: ExportRun, content: Readable, contentType: string): Promise<MeasuredContent> => {
    const { stream, facts } = createMeasuredStream();
    pipeline(content, stream, () => undefined);
    await storage.put({ key: run.storageKey, body: stream, contentType });
    return facts();
  };

  const finish = (ctx: TenantContext, run: ExportRun, content: MeasuredContent, rowsWritten: number) =>
    tx.run(ctx, async (txCtx) => {
      const now = clock.now();
      const finished = { ...content, rowsWritten, finishedAt: now.toISOString(), expiresAt: expiryOf(now) };
      if ((await exports.markSucceeded(txCtx, run, finished)) === null) throw new NotOursError();
      audit.record(txCtx, { resourceType: 'export', resourceId: run.id, after: { rowsWritten, ...content } });
    });

  const fail = (ctx: TenantContext, run: ExportRun, error: unknown): Promise<void> =>
    tx.run(ctx, async (txCtx) => {
      const now = clock.now();
      const code = failureCodeOf(error);
      if ((await exports.markFailed(txCtx, run, code, now.toISOString(), expiryOf(now))) === null) return;
      const change = { resourceType: 'export', resourceId: run.id, after: { failureCode: code } };
      audit.record(txCtx, { ...change, action: 'export.failed' });
    });

  /** What a run has stored that is nobody's; the clean-up finds what is left. */
  const discard = async (ctx: TenantContext, { id, storageKey }: ExportRun): Promise<void> => {
    try {
      await storage.delete(storageKey);
    } catch (error) {
      log.warn('the file of an export is left to the clean-up', { requestId: ctx.requestId, exportId: id, error });
    }
  };

  return {
    /**
     * Writes an export, from its beginning: what an earlier run has left is gone. Does nothing for one that has ended or was
     * deleted. After the last attempt the export says that it failed, and why.
     * @throws whatever keeps it from being written, for the queue to try again
     */
    async write(ctx: TenantContext, exportId: string, { attempt, attempts, signal }: ExportAttempt): Promise<void> {
      const { tenantId } = ctx.scope;
      const run = { id: exportId, storageKey: tenantStorageKey(tenantId, EXPORTS_FOLDER, exportId, uuidv7()) };
      const asked = await exports.markRunning(ctx, run, clock.now().toISOString());
      if (asked === null) return;
      try {
        await deleteObjectsBelow(storage, tenantStoragePrefix(tenantId, EXPORTS_FOLDER, exportId));
        const progress = progressOf(ctx, run, signal);
        const content = await store(run, open(ctx, asked, progress.add), contentTypes[asked.format]);
        await finish(ctx, run, content, progress.rows());
      } catch (error) {
        await discard(ctx, run);
        if (error instanceof NotOursError) return;
        if (attempt >= attempts && !isHandedBack(signal)) await fail(ctx, run, error);
        throw error;
      }
    },
  };
}

/** The process stops, and the job goes to another one. */
const isHandedBack = (signal: AbortSignal): boolean => signal.aborted && !(signal.reason instanceof JobTimeoutError);

function failureCodeOf(error: unknown): string {
  if (error instanceof StorageUnavailableError) return 'STORAGE_UNAVAILABLE';
  return error instanceof JobTimeoutError ? 'EXPORT_TOO_LARGE' : 'INTERNAL_ERROR';
}
