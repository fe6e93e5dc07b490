import type { SubscriptionRepository } from '../../repositories/billing/subscription.repository.ts';
import type { StorageLimits } from '../../types/tenancy/file.ts';
import type { StorageQuota } from '../tenancy/storage-quota.ts';

export interface PlanStorageQuotaDeps {
  readonly subscriptions: Pick<SubscriptionRepository, 'findPlanLimits'>;
  /** What holds where the plan says nothing. */
  readonly defaults: StorageLimits;
}

const MEGABYTE = 1024 * 1024;

/** What the plan of a tenant's subscription allows, by its limits `files`, `storageMegabytes` and `fileMegabytes`. */
export const createPlanStorageQuota = ({ subscriptions, defaults }: PlanStorageQuotaDeps): StorageQuota => ({
  async limitsOf(ctx) {
    const { files, storageMegabytes, fileMegabytes } = (await subscriptions.findPlanLimits(ctx)) ?? {};
    return {
      files: files ?? defaults.files,
      bytes: storageMegabytes === undefined ? defaults.bytes : storageMegabytes * MEGABYTE,
      fileBytes: fileMegabytes === undefined ? defaults.fileBytes : fileMegabytes * MEGABYTE,
    };
  },
});
