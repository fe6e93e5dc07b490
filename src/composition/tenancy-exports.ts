import { createDataExportController } from '../controllers/tenancy/data-export.controller.ts';
import { createTenantPurgeController } from '../controllers/tenancy/tenant-purge.controller.ts';
import { createDataExportRepository } from '../repositories/tenancy/data-export.repository.ts';
import { createDataExportRowsRepository } from '../repositories/tenancy/data-export-rows.repository.ts';
import { createTenantPurgeRepository } from '../repositories/tenancy/tenant-purge.repository.ts';
import { createDataExportService } from '../services/tenancy/data-export.service.ts';
import { dataExportCleaners } from '../services/tenancy/data-export-cleaners.ts';
import { createDataExportWriter } from '../services/tenancy/data-export-writer.service.ts';
import { createTenantArchives } from '../services/tenancy/tenant-archive.ts';
import { createTenantPurgeService } from '../services/tenancy/tenant-purge.service.ts';
import type { Infrastructure } from './infrastructure.ts';

type ExportNeeds = Pick<
  Infrastructure,
  'database' | 'tx' | 'audit' | 'events' | 'clock' | 'gateways' | 'log' | 'settings'
>;

/** A tenant's data on its way out: exports, and what is deleted when a tenant has been gone for long. */
export function composeExports({ database, tx, audit, events, clock, gateways, log, settings }: ExportNeeds) {
  const { storage } = gateways;
  const exports = createDataExportRepository({ database });
  const rows = createDataExportRowsRepository({ database });
  const archives = createTenantArchives({ rows, storage });
  const dataExports = createDataExportService({ exports, storage, tx, audit, events, clock });
  const tenantPurges = createTenantPurgeService({
    purges: createTenantPurgeRepository({ database }),
    storage,
    tx,
    audit,
    events,
    clock,
    log,
    retentionDays: settings.TENANT_RETENTION_DAYS,
  });
  return {
    services: {
      dataExports,
      dataExportWriter: createDataExportWriter({ exports, rows, archives, storage, tx, audit, clock, log }),
      tenantDataCleaners: [...dataExportCleaners({ exports, storage, clock }), tenantPurges.cleaner],
    },
    controllers: {
      dataExports: createDataExportController({ exports: dataExports }),
      tenantPurges: createTenantPurgeController({ purges: tenantPurges }),
    },
  };
}
