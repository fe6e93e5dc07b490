import type { Logger } from '../../config/logger.ts';
import { appError, invariant } from '../../errors/app-error.ts';
import type { ListedObject, StorageGateway } from '../../gateways/storage/storage.gateway.ts';
import { tenantStoragePrefix } from '../../gateways/storage/storage-key.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { TenantPurgeRepository } from '../../repositories/tenancy/tenant-purge.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { asTenantId, type TenantId } from '../../types/ids.ts';
import type { ObjectTotals, TenantPurge } from '../../types/tenancy/tenant-purge.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { Cleaner } from '../base/cleaner.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { keptFolders, keptReasons, tenantDataMap } from './tenant-data-map.ts';

export interface TenantPurgeServiceDeps {
  readonly purges: TenantPurgeRepository;
  readonly storage: Pick<StorageGateway, 'list' | 'delete'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly log: Logger;
  /** Days between the deletion of a tenant and that of its data. */
  readonly retentionDays: number;
}

const DAY_MS = 86_400_000;
/** Tenants of one run: what is left waits for the next one. */
const MOST_TENANTS = 1000;

/** Somebody else is at the tenant, or it is time to stop. */
class StoppedError extends Error {}

/** One purge: of whom, and when it is to stop. */
interface Purge {
  readonly tenantId: TenantId;
  readonly before: string;
  /** Rows of one transaction. */
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
}

export type TenantPurgeService = ReturnType<typeof createTenantPurgeService>;

export function createTenantPurgeService(deps: TenantPurgeServiceDeps) {
  const { purges, storage, tx, audit, events, clock, log, retentionDays } = deps;

  /** A transaction that nobody else has at this tenant meanwhile. */
  const whileLocked = <T>(
    ctx: Context<PlatformScope>,
    { tenantId, before, signal }: Purge,
    work: (txCtx: TxContext<PlatformScope>) => Promise<T>,
  ): Promise<T> => {
    if (signal?.aborted === true) throw new StoppedError();
    return tx.run(ctx, async (txCtx) => {
      if (!(await purges.lockDue(txCtx, tenantId, before))) throw new StoppedError();
      return work(txCtx);
    });
  };

  /** Each batch commits together with its count: wherever it is stopped, the record says what is gone. */
  const deleteRows = async (
    ctx: Context<PlatformScope>,
    purge: Purge,
    onDeleted: (rows: number) => void,
  ): Promise<void> => {
    for (const table of tenantDataMap) {
      if (table.purge.kind === 'keep') continue;
      for (let deleted = -1; deleted !== 0; ) {
        deleted = await whileLocked(ctx, purge, (txCtx) =>
          purges.deleteRows(txCtx, purge.tenantId, table, purge.limit),
        );
        onDeleted(deleted);
      }
    }
  };

  async function* doomedObjects(tenantId: TenantId): AsyncGenerator<ListedObject> {
    const prefix = tenantStoragePrefix(tenantId);
    for await (const object of storage.list(prefix)) {
      const [folder = ''] = object.key.slice(prefix.length).split('/');
      if (!Object.hasOwn(keptFolders, folder)) yield object;
    }
  }

  /**
   * They are counted before the first of them goes, and once: a storage has no transactions, and whoever goes on after a kill
   * finds but the rest.
   */
  const deleteObjects = async (ctx: Context<PlatformScope>, purge: Purge): Promise<void> => {
    const { tenantId, signal } = purge;
    const record = await purges.findRecord(ctx, tenantId);
    if (record?.deletedObjects === 0) {
      const totals = await totalsOf(doomedObjects(tenantId));
      await whileLocked(ctx, purge, (txCtx) => purges.setObjectTotals(txCtx, tenantId, totals));
    }
    for await (const { key } of doomedObjects(tenantId)) {
      if (signal?.aborted === true) throw new StoppedError();
      await storage.delete(key);
    }
  };

  const finish = (ctx: Context<PlatformScope>, purge: Purge): Promise<void> =>
    whileLocked(ctx, purge, async (txCtx) => {
      const { tenantId } = purge;
      const record = invariant(
        await purges.markPurged(txCtx, tenantId, clock.now().toISOString()),
        'A purge has a record',
      );
      const { deletedRows, deletedObjects, deletedBytes, keptTables } = record;
      audit.record(txCtx, {
        action: 'tenant.purged',
        resourceType: 'tenant',
        resourceId: tenantId,
        tenantId,
        after: { deletedRows, deletedObjects, deletedBytes, keptTables: Object.keys(keptTables) },
      });
      const payload = { tenantId, deletedRows: sumOf(deletedRows), deletedObjects, deletedBytes };
      events.publish(txCtx, 'tenant.purged', tenantId, payload, tenantId);
    });

  const purgeOne = async (ctx: Context<PlatformScope>, purge: Purge, onDeleted: (rows: number) => void) => {
    await whileLocked(ctx, purge, (txCtx) =>
      purges.insertRecord(txCtx, purge.tenantId, keptReasons(), clock.now().toISOString()),
    );
    await deleteRows(ctx, purge, onDeleted);
    await deleteObjects(ctx, purge);
    await finish(ctx, purge);
  };

  const cleaner: Cleaner = {
    name: 'deletedTenants',
    async clean(ctx, limit, signal) {
      const before = new Date(clock.now().getTime() - retentionDays * DAY_MS).toISOString();
      const failures: unknown[] = [];
      let total = 0;
      for (const tenantId of await purges.listDue(ctx, before, MOST_TENANTS)) {
        try {
          await purgeOne(ctx, { tenantId, before, limit, signal }, (rows) => {
            total += rows;
          });
        } catch (error) {
          if (error instanceof StoppedError) continue;
          log.warn('a tenant could not be purged', { tenantId, error });
          failures.push(error);
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} tenants could not be purged`);
      return total;
    },
  };

  return {
    /**
     * Deletes the data of tenants whose retention period is over: rows in the order of the data map, then objects. What the
     * map keeps stays, and the tenant's row says no more than that there was one. May be killed anywhere and run again.
     */
    cleaner,

    /** The record of a purge, finished or not. @throws AppError TENANT_PURGE_NOT_FOUND */
    async get(ctx: Context<PlatformScope>, tenantId: string): Promise<TenantPurge> {
      const record = await purges.findRecord(ctx, asTenantId(tenantId));
      if (record === null) throw appError('TENANT_PURGE_NOT_FOUND');
      return record;
    },
  };
}

async function totalsOf(objects: AsyncIterable<ListedObject>): Promise<ObjectTotals> {
  let count = 0;
  let bytes = 0;
  for await (const { size } of objects) {
    count += 1;
    bytes += size;
  }
  return { objects: count, bytes };
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
