import type { StorageGateway } from '../../gateways/storage/storage.gateway.ts';
import type { FileRepository } from '../../repositories/tenancy/file.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Cleaner } from '../base/cleaner.ts';

export interface UploadCleanerDeps {
  readonly files: Pick<FileRepository, 'listAbandoned' | 'deletePending'>;
  readonly storage: Pick<StorageGateway, 'delete'>;
  readonly clock: Clock;
}

const HOUR_MS = 3_600_000;

/** Longer than any upload takes. */
const ABANDONED_AFTER_HOURS = 24;

/** Deletes what processes that died left of uploads: the object first, so that its row is there for as long as it is. */
export const createUploadCleaner = ({ files, storage, clock }: UploadCleanerDeps): Cleaner => ({
  name: 'abandonedUploads',
  async clean(ctx, limit) {
    const before = new Date(clock.now().getTime() - ABANDONED_AFTER_HOURS * HOUR_MS).toISOString();
    const uploads = await files.listAbandoned(ctx, before, limit);
    for (const { tenantId, id, storageKey } of uploads) {
      await storage.delete(storageKey);
      await files.deletePending(ctx, tenantId, id);
    }
    return uploads.length;
  },
});
