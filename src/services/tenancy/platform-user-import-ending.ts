import type { ErrorCode } from '../../errors/registry.ts';
import type { StorageGateway } from '../../gateways/storage/storage.gateway.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { PlatformUserImportRepository } from '../../repositories/tenancy/platform-user-import.repository.ts';
import type {
  MadeFromRows,
  PlatformUserImportRowRepository,
} from '../../repositories/tenancy/platform-user-import-row.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { PlatformUserImport } from '../../types/tenancy/platform-user-import.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { auditedImport } from './audited-import.ts';
import type { ImportSession } from './platform-user-import-session.ts';

export interface ImportEndingDeps {
  readonly imports: PlatformUserImportRepository;
  readonly rows: PlatformUserImportRowRepository;
  readonly storage: Pick<StorageGateway, 'delete'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

/** Rows that one statement makes people or guardianships of, or deletes. */
const PEOPLE_PER_STATEMENT = 2500;
const PARENTS_PER_STATEMENT = 1000;
const DELETED_PER_STATEMENT = 20_000;

/** Not everything could be made of the staged rows: somebody was quicker. */
class OutdatedRowsError extends Error {}

/** Takes chunk after chunk, each of which must be made into as many as it holds. @returns how many were made */
async function makeAll(next: (after: string) => Promise<MadeFromRows>, signal: AbortSignal): Promise<number> {
  let total = 0;
  for (let after: string | null = ''; after !== null; ) {
    signal.throwIfAborted();
    const chunk: MadeFromRows = await next(after);
    if (chunk.made !== chunk.staged) throw new OutdatedRowsError();
    total += chunk.made;
    after = chunk.lastEmail;
  }
  return total;
}

export type ImportEnding = ReturnType<typeof createImportEnding>;

/** How an import ends: all of its rows at once, or none. */
export function createImportEnding({ imports, rows, storage, tx, audit, events, clock }: ImportEndingDeps) {
  const deleteStaged = async (ctx: TenantTxContext, importId: string): Promise<void> => {
    for (let deleted = DELETED_PER_STATEMENT; deleted === DELETED_PER_STATEMENT; ) {
      deleted = await rows.deleteSome(ctx, importId, DELETED_PER_STATEMENT);
    }
  };

  const recordFailure = async (ctx: TenantTxContext, importId: string, code: ErrorCode): Promise<void> => {
    await deleteStaged(ctx, importId);
    const failed = await imports.markFailed(ctx, importId, code, clock.now().toISOString());
    audit.record(ctx, {
      action: 'platform_user_import.failed',
      resourceType: 'platform_user_import',
      resourceId: importId,
      after: auditedImport(failed),
    });
    events.publish(ctx, 'platform_user_import.failed', importId, { importId });
  };

  return {
    /**
     * Makes people of all staged rows in one transaction, with their students.
     * @returns false, having done nothing, when a row is no longer valid
     * @throws ImportSupersededError
     */
    async succeed(session: ImportSession, signal: AbortSignal): Promise<boolean> {
      const { importId } = session.run;
      try {
        await session.ownedTransaction(async (txCtx) => {
          const now = clock.now().toISOString();
          const rowsImported = await makeAll(
            (after) => rows.createPeople(txCtx, importId, after, PEOPLE_PER_STATEMENT, now),
            signal,
          );
          await makeAll((after) => rows.createGuardianships(txCtx, importId, after, PARENTS_PER_STATEMENT), signal);
          await deleteStaged(txCtx, importId);
          const succeeded = await imports.markSucceeded(txCtx, importId, rowsImported, clock.now().toISOString());
          audit.record(txCtx, {
            action: 'platform_user_import.completed',
            resourceType: 'platform_user_import',
            resourceId: importId,
            after: auditedImport(succeeded),
          });
          events.publish(txCtx, 'platform_user_import.completed', importId, { importId });
        });
        return true;
      } catch (error) {
        if (error instanceof OutdatedRowsError) return false;
        throw error;
      }
    },

    /** Ends a run's import without a single row; its report stays. @throws ImportSupersededError */
    async fail(session: ImportSession, code: ErrorCode): Promise<void> {
      await session.ownedTransaction((txCtx) => recordFailure(txCtx, session.run.importId, code));
    },

    /** Ends an import that nobody works at any more, if it has not ended. */
    async abandon(ctx: TenantContext, importId: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        if (await imports.lockUnfinished(txCtx, importId)) await recordFailure(txCtx, importId, 'IMPORT_ABANDONED');
      });
    },

    /** Removes the file of an import that has ended. @throws StorageUnavailableError */
    async removeFile(
      ctx: TenantContext,
      { id, storageKey }: Pick<PlatformUserImport, 'id' | 'storageKey'>,
    ): Promise<void> {
      if (storageKey === null) return;
      await storage.delete(storageKey);
      await imports.setFileRemoved(ctx, id);
    },
  };
}
