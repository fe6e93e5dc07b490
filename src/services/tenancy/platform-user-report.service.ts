import { appError } from '../../errors/app-error.ts';
import type { PlatformUserRepository } from '../../repositories/tenancy/platform-user.repository.ts';
import type { PlatformUserActivityRepository } from '../../repositories/tenancy/platform-user-activity.repository.ts';
import type {
  PlatformUserCount,
  PlatformUserStatisticsRepository,
} from '../../repositories/tenancy/platform-user-statistics.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext } from '../../types/context.ts';
import type { Slice, SliceRequest } from '../../types/page.ts';
import type {
  PlatformUserActivity,
  PlatformUserKind,
  PlatformUserStatistics,
} from '../../types/tenancy/platform-user.ts';
import { readSlice } from '../base/time-cursor.ts';

export interface PlatformUserReportServiceDeps {
  readonly platformUsers: Pick<PlatformUserRepository, 'findById'>;
  readonly statistics: PlatformUserStatisticsRepository;
  readonly activity: PlatformUserActivityRepository;
  readonly clock: Clock;
}

export type PlatformUserReportService = ReturnType<typeof createPlatformUserReportService>;

/** What can be known about a tenant's people and what was done to their records. */
export function createPlatformUserReportService(deps: PlatformUserReportServiceDeps) {
  const { platformUsers, statistics, activity, clock } = deps;
  return {
    async statistics(ctx: TenantContext): Promise<PlatformUserStatistics> {
      const [counts, createdPerMonth, byLibrary] = await Promise.all([
        statistics.countByKind(ctx),
        statistics.countByMonth(ctx, clock.now().toISOString()),
        statistics.countByLibrary(ctx),
      ]);
      return {
        total: sumOf(counts.map(({ count }) => count)),
        byKind: {
          owner: byStatus(counts, 'owner'),
          student: byStatus(counts, 'student'),
          parent: byStatus(counts, 'parent'),
          staff: byStatus(counts, 'staff'),
        },
        createdPerMonth,
        byLibrary,
        withoutLibrary: sumOf(counts.map(({ withoutLibrary }) => withoutLibrary)),
      };
    },

    /**
     * What was done to somebody's record, the newest first.
     * @throws AppError PLATFORM_USER_NOT_FOUND
     * @throws AppError VALIDATION_FAILED for a cursor that no answer gave
     */
    async activity(ctx: TenantContext, id: string, request: SliceRequest): Promise<Slice<PlatformUserActivity>> {
      const person = await platformUsers.findById(ctx, id);
      if (person === null) throw appError('PLATFORM_USER_NOT_FOUND');
      return readSlice(request, (part) => activity.list(ctx, person.id, part));
    },
  };
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

function byStatus(counts: readonly PlatformUserCount[], kind: PlatformUserKind) {
  const ofKind = counts.filter((row) => row.kind === kind);
  return {
    active: ofKind.find(({ status }) => status === 'active')?.count ?? 0,
    inactive: ofKind.find(({ status }) => status === 'inactive')?.count ?? 0,
  };
}
