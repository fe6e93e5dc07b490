import { createFileController } from '../controllers/tenancy/file.controller.ts';
import { createFileRepository } from '../repositories/tenancy/file.repository.ts';
import { createFileService } from '../services/tenancy/file.service.ts';
import type { StorageQuota } from '../services/tenancy/storage-quota.ts';
import { createUploadCleaner } from '../services/tenancy/upload-cleaner.ts';
import type { Infrastructure } from './infrastructure.ts';

interface FilesNeeds
  extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'clock' | 'gateways' | 'log'> {
  readonly quota: StorageQuota;
}

export function composeFiles({ database, tx, audit, events, clock, gateways: { storage }, log, quota }: FilesNeeds) {
  const repository = createFileRepository({ database });
  const files = createFileService({ files: repository, storage, quota, tx, audit, events, clock, log });
  return {
    services: { files, uploadCleaner: createUploadCleaner({ files: repository, storage, clock }) },
    controllers: { files: createFileController({ files }) },
  };
}
