import { createPlatformUserImportController } from '../controllers/tenancy/platform-user-import.controller.ts';
import { createFileRepository } from '../repositories/tenancy/file.repository.ts';
import { createPlatformUserImportRepository } from '../repositories/tenancy/platform-user-import.repository.ts';
import { createPlatformUserImportErrorRepository } from '../repositories/tenancy/platform-user-import-error.repository.ts';
import { createPlatformUserImportRowRepository } from '../repositories/tenancy/platform-user-import-row.repository.ts';
import { createPlatformUserImportService } from '../services/tenancy/platform-user-import.service.ts';
import { createImportCleaner } from '../services/tenancy/platform-user-import-cleaner.ts';
import { createImportEnding } from '../services/tenancy/platform-user-import-ending.ts';
import { createPlatformUserImportRunner } from '../services/tenancy/platform-user-import-runner.ts';
import type { Infrastructure } from './infrastructure.ts';

type ImportNeeds = Pick<
  Infrastructure,
  'database' | 'tx' | 'audit' | 'events' | 'clock' | 'gateways' | 'log' | 'settings'
>;

const MEGABYTE = 1024 * 1024;

/** Room for 100,000 rows of 640 bytes. */
const MOST_MEGABYTES = 64;

/** People brought into a tenant from a file. */
export function composeImports({ database, tx, audit, events, clock, gateways, log, settings }: ImportNeeds) {
  const { storage } = gateways;
  const imports = createPlatformUserImportRepository({ database });
  const rows = createPlatformUserImportRowRepository({ database });
  const report = createPlatformUserImportErrorRepository({ database });
  const ending = createImportEnding({ imports, rows, storage, tx, audit, events, clock });
  const platformUserImports = createPlatformUserImportService({
    imports,
    report,
    files: createFileRepository({ database }),
    storage,
    mostBytes: Math.min(settings.FILE_LIMIT_MB, MOST_MEGABYTES) * MEGABYTE,
    tx,
    audit,
    events,
    clock,
    log,
  });
  return {
    services: {
      platformUserImports,
      platformUserImportRunner: createPlatformUserImportRunner({
        imports,
        rows,
        report,
        ending,
        storage,
        tx,
        clock,
        log,
      }),
      importCleaner: createImportCleaner({ imports, ending, clock }),
    },
    controllers: { platformUserImports: createPlatformUserImportController({ imports: platformUserImports }) },
  };
}
