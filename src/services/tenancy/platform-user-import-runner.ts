import type { Logger } from '../../config/logger.ts';
import { AppError, appError } from '../../errors/app-error.ts';
import type { ErrorCode } from '../../errors/registry.ts';
import type { StorageGateway } from '../../gateways/storage/storage.gateway.ts';
import type { PlatformUserImportRepository } from '../../repositories/tenancy/platform-user-import.repository.ts';
import type { TenantContext } from '../../types/context.ts';
import type { PlatformUserImport } from '../../types/tenancy/platform-user-import.ts';
import { ImportFileError } from './import-file-error.ts';
import { withoutMark } from './platform-user-import-content.ts';
import { readCsv } from './platform-user-import-csv.ts';
import type { ImportEnding } from './platform-user-import-ending.ts';
import { readJson } from './platform-user-import-json.ts';
import {
  createImportSession,
  type ImportSession,
  type ImportSessionDeps,
  ImportSupersededError,
  MOST_ROWS,
} from './platform-user-import-session.ts';
import { type CheckedRow, checkRow } from './platform-user-import-source.ts';

export interface ImportRunnerDeps extends Omit<ImportSessionDeps, 'imports'> {
  readonly imports: PlatformUserImportRepository;
  readonly ending: ImportEnding;
  readonly storage: Pick<StorageGateway, 'get'>;
  readonly log: Logger;
}

export interface ImportAttempt {
  readonly attempt: number;
  readonly attempts: number;
  readonly signal: AbortSignal;
}

/** Progress is written down after so many rows. */
const ROWS_PER_STEP = 1000;

const ROW_LIMITS = { mostRowBytes: 65_536, mostBytes: 65_536, mostDepth: 4 } as const;

/** How often the people of a tenant may change between a look and the import: each time the rows are looked at again. */
const MOST_ROUNDS = 5;

export type PlatformUserImportRunner = ReturnType<typeof createPlatformUserImportRunner>;

export function createPlatformUserImportRunner({ ending, storage, log, ...sessionDeps }: ImportRunnerDeps) {
  const { imports, tx, clock } = sessionDeps;

  const readRows = async (
    ctx: TenantContext,
    { format, storageKey }: PlatformUserImport,
    session: ImportSession,
    signal: AbortSignal,
  ): Promise<void> => {
    if (storageKey === null) throw new Error('An import that has not ended has its file');
    let bytesRead = 0;
    const { body } = await storage.get(storageKey);
    const bytes = withoutMark(body, (count) => {
      bytesRead += count;
    });
    const source = format === 'csv' ? readCsv(bytes, ROW_LIMITS) : readJson(bytes, ROW_LIMITS);
    let batch: CheckedRow[] = [];
    const stage = async (): Promise<void> => {
      signal.throwIfAborted();
      await session.stage(batch, bytesRead);
      batch = [];
    };
    try {
      for await (const row of source) {
        if (session.progress.rowsRead + batch.length === MOST_ROWS) throw tooManyRows(row.line);
        batch.push(checkRow(row));
        if (batch.length === ROWS_PER_STEP) await stage();
      }
      await stage();
      if (session.progress.rowsRead === 0) throw new ImportFileError('IMPORT_FILE_EMPTY');
    } catch (error) {
      if (error instanceof ImportFileError) await session.reportErrors(error.errors, bytesRead);
      throw error;
    } finally {
      body.destroy();
    }
    log.debug('an import has been read', { requestId: ctx.requestId, importId: session.run.importId, bytesRead });
  };

  const complete = async ({ mode }: PlatformUserImport, session: ImportSession, signal: AbortSignal): Promise<void> => {
    await session.dropParentsOfUnknown();
    for (let round = 1; round <= MOST_ROUNDS; round += 1) {
      signal.throwIfAborted();
      if (mode === 'all_or_nothing' && session.progress.errorCount > 0)
        throw new ImportFileError('IMPORT_ROWS_INVALID');
      if (await ending.succeed(session, signal)) return;
      await session.dropOutdated();
    }
    throw new Error("The tenant's people keep changing under the import");
  };

  const work = async (
    ctx: TenantContext,
    started: PlatformUserImport,
    session: ImportSession,
    { attempt, attempts, signal }: ImportAttempt,
  ): Promise<void> => {
    try {
      await session.clear();
      await readRows(ctx, started, session, signal);
      await complete(started, session, signal);
    } catch (error) {
      if (error instanceof ImportSupersededError) throw error;
      const isOfFile = error instanceof ImportFileError;
      if (isOfFile || attempt >= attempts) await ending.fail(session, failureCodeOf(error));
      if (!isOfFile) throw error;
    }
  };

  return {
    /**
     * Imports a file that was sent. May run again at any time: it begins anew, and does nothing once the import has ended.
     * @throws AppError IMPORT_NOT_FOUND; whatever the storage and the database throw, after the last attempt as a failed import
     */
    async run(ctx: TenantContext, importId: string, attempt: ImportAttempt): Promise<void> {
      const started = await tx.run(ctx, (txCtx) => imports.markStarted(txCtx, importId, clock.now().toISOString()));
      const current = started ?? (await imports.findById(ctx, importId));
      if (current === null) throw appError('IMPORT_NOT_FOUND');
      if (started?.startedAt) {
        const session = createImportSession(sessionDeps, ctx, {
          importId,
          startedAt: started.startedAt,
          format: started.format,
        });
        try {
          await work(ctx, started, session, attempt);
        } catch (error) {
          if (!(error instanceof ImportSupersededError)) throw error;
          log.info('an import goes on in another run', { requestId: ctx.requestId, importId });
          return;
        }
      }
      await ending.removeFile(ctx, current);
    },
  };
}

const tooManyRows = (line: number): ImportFileError =>
  new ImportFileError('IMPORT_TOO_MANY_ROWS', [
    { line, column: null, code: 'TOO_MANY_ROWS', message: `A file can have ${MOST_ROWS} rows` },
  ]);

const failureCodeOf = (error: unknown): ErrorCode =>
  error instanceof ImportFileError || error instanceof AppError ? error.code : 'INTERNAL_ERROR';
