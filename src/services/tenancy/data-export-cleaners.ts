import type { StorageGateway } from '../../gateways/storage/storage.gateway.ts';
import { tenantStoragePrefix } from '../../gateways/storage/storage-key.ts';
import type { DataExportRepository } from '../../repositories/tenancy/data-export.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Cleaner } from '../base/cleaner.ts';
import { deleteObjectsBelow } from '../base/stored-objects.ts';
import { abandonedAt, EXPORTS_FOLDER, forgottenBefore } from './data-export-rules.ts';

export interface DataExportCleanersDeps {
  readonly exports: Pick<
    DataExportRepository,
    'listExpired' | 'markExpired' | 'markAllAbandonedFailed' | 'deleteExpiredBefore'
  >;
  readonly storage: Pick<StorageGateway, 'list' | 'delete'>;
  readonly clock: Clock;
}

/** What exports leave behind: files that have had their time, runs that nobody works at, and what is known of either. */
export const dataExportCleaners = ({ exports, storage, clock }: DataExportCleanersDeps): readonly Cleaner[] => [
  {
    name: 'abandonedExports',
    clean: (ctx, limit) => exports.markAllAbandonedFailed(ctx, abandonedAt(clock.now()), limit),
  },
  {
    name: 'expiredExports',
    async clean(ctx, limit) {
      const now = clock.now().toISOString();
      const expired = await exports.listExpired(ctx, now, limit);
      for (const { tenantId, id } of expired) {
        await deleteObjectsBelow(storage, tenantStoragePrefix(tenantId, EXPORTS_FOLDER, id));
        await exports.markExpired(ctx, tenantId, id, now);
      }
      return expired.length;
    },
  },
  {
    name: 'forgottenExports',
    clean: (ctx, limit) => exports.deleteExpiredBefore(ctx, forgottenBefore(clock.now()), limit),
  },
];
