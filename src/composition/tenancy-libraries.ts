import { createLibraryController } from '../controllers/tenancy/library.controller.ts';
import { createPlatformUserController } from '../controllers/tenancy/platform-user.controller.ts';
import { createGuardianshipRepository } from '../repositories/tenancy/guardianship.repository.ts';
import { createLibraryRepository } from '../repositories/tenancy/library.repository.ts';
import { createPlatformUserRepository } from '../repositories/tenancy/platform-user.repository.ts';
import { createPlatformUserActivityRepository } from '../repositories/tenancy/platform-user-activity.repository.ts';
import { createPlatformUserStatisticsRepository } from '../repositories/tenancy/platform-user-statistics.repository.ts';
import { createLibraryService } from '../services/tenancy/library.service.ts';
import { createPlatformUserService } from '../services/tenancy/platform-user.service.ts';
import { createPlatformUserReportService } from '../services/tenancy/platform-user-report.service.ts';
import type { TenantService } from '../services/tenancy/tenant.service.ts';
import type { Infrastructure } from './infrastructure.ts';

interface LibraryNeeds extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'clock'> {
  readonly tenants: TenantService;
}

/** Study libraries and the people they deal with. */
export function composeLibraries({ database, tx, audit, clock, tenants }: LibraryNeeds) {
  const libraryRepository = createLibraryRepository({ database });
  const platformUserRepository = createPlatformUserRepository({ database });
  const libraries = createLibraryService({ libraries: libraryRepository, tenants, tx, audit, clock });
  const platformUsers = createPlatformUserService({
    platformUsers: platformUserRepository,
    guardianships: createGuardianshipRepository({ database }),
    libraries: libraryRepository,
    tx,
    audit,
    clock,
  });
  const reports = createPlatformUserReportService({
    platformUsers: platformUserRepository,
    statistics: createPlatformUserStatisticsRepository({ database }),
    activity: createPlatformUserActivityRepository({ database }),
    clock,
  });
  return {
    services: { libraries, platformUsers },
    controllers: {
      libraries: createLibraryController({ libraries }),
      platformUsers: createPlatformUserController({ platformUsers, reports }),
    },
  };
}
