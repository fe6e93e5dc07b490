import type { Logger } from '../../config/logger.ts';
import { sqlStateOf } from '../../config/sql-state.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { OrganizationRepository } from '../../repositories/tenancy/organization.repository.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Cleaner } from '../base/cleaner.ts';

export interface OrganizationStorageServiceDeps {
  readonly organizations: Pick<OrganizationRepository, 'dropStorage' | 'listAbandonedStorages'>;
  readonly tx: TransactionRunner;
  readonly log: Pick<Logger, 'warn'>;
}

export type OrganizationStorageService = ReturnType<typeof createOrganizationStorageService>;

/**
 * The database's lock_not_available: somebody still works in the storage. And dependent_objects_still_exist: another database of
 * the same server, a copy of this one, has the storage too.
 */
const IN_USE = new Set(['55P03', '2BP01']);

export function createOrganizationStorageService({ organizations, tx, log }: OrganizationStorageServiceDeps) {
  /** One storage in one transaction: several together would hold more locks than a server has. */
  const remove = (ctx: Context<PlatformScope>, organizationId: string): Promise<void> =>
    tx.run(ctx, (txCtx) => organizations.dropStorage(txCtx, organizationId));

  /** Drops the storages of organizations that are gone: what a process that died, or a job that gave up, has left. */
  const cleaner: Cleaner = {
    name: 'organizationStorages',
    async clean(ctx, limit, signal) {
      let removed = 0;
      for (const id of await organizations.listAbandonedStorages(ctx, limit)) {
        if (signal?.aborted === true) break;
        try {
          await remove(ctx, id);
          removed += 1;
        } catch (error) {
          if (!IN_USE.has(sqlStateOf(error) ?? '')) throw error;
          log.warn('the storage of a deleted organization is in use', { organizationId: id });
        }
      }
      return removed;
    },
  };

  return {
    /**
     * Drops the storage of an organization that is gone; does nothing when that has been done.
     * @throws the database's error 55P03 while it is in use, and 55006 when the organization is still there
     */
    remove,
    cleaner,
  };
}
