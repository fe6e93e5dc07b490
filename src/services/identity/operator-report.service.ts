import { appError } from '../../errors/app-error.ts';
import type { OperatorRepository } from '../../repositories/identity/operator.repository.ts';
import type {
  OperatorAction,
  OperatorActivityRepository,
} from '../../repositories/identity/operator-activity.repository.ts';
import type {
  OperatorStatistics,
  OperatorStatisticsRepository,
} from '../../repositories/identity/operator-statistics.repository.ts';
import { commonPermissions, permissionCatalogue, systemRoles } from '../../types/access-control.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Operator } from '../../types/identity/operator.ts';
import type { Slice, SliceRequest } from '../../types/page.ts';
import { readSlice } from '../base/time-cursor.ts';
import { rolePermissions } from './effective-permissions.ts';
import { isPlatformRole } from './roles.ts';

export interface OperatorReportServiceDeps {
  readonly operators: Pick<OperatorRepository, 'findById'>;
  readonly statistics: OperatorStatisticsRepository;
  readonly activity: OperatorActivityRepository;
  readonly clock: Clock;
}

/** A role of operators, with the names of everything it lets them do. */
export interface PlatformRoleDescription {
  readonly role: Operator['platformRole'];
  /** Who has the higher one outranks the other. */
  readonly rank: number;
  readonly permissions: readonly string[];
}

/** The permissions on one kind of thing. */
export interface PermissionGroup {
  readonly resource: string;
  readonly permissions: ReadonlyArray<{ readonly name: string; readonly description: string }>;
}

export type OperatorReportService = ReturnType<typeof createOperatorReportService>;

/** What can be known about operators and what they did. */
export function createOperatorReportService({ operators, statistics, activity, clock }: OperatorReportServiceDeps) {
  return {
    statistics: (ctx: Context<PlatformScope>): Promise<OperatorStatistics> =>
      statistics.count(ctx, clock.now().toISOString()),

    permissions: (): { readonly groups: readonly PermissionGroup[]; readonly roles: PlatformRoleDescription[] } => ({
      groups: permissionGroups,
      roles: platformRoles,
    }),

    /**
     * What an operator did, on the platform and in every tenant, in their own name and in the place of others, the newest first.
     * @throws AppError OPERATOR_NOT_FOUND
     * @throws AppError VALIDATION_FAILED for a cursor that no answer gave
     */
    async activity(ctx: Context<PlatformScope>, id: string, request: SliceRequest): Promise<Slice<OperatorAction>> {
      const operator = await operators.findById(ctx, id);
      if (operator === null) throw appError('OPERATOR_NOT_FOUND');
      return readSlice(request, (part) => activity.list(ctx, operator.id, part));
    },
  };
}

const resourceOf = (permission: string): string => permission.slice(0, permission.indexOf(':'));

const permissionGroups: readonly PermissionGroup[] = [...new Set(Object.keys(permissionCatalogue).map(resourceOf))].map(
  (resource) => ({
    resource,
    permissions: Object.entries(permissionCatalogue)
      .filter(([name]) => resourceOf(name) === resource)
      .map(([name, description]) => ({ name, description })),
  }),
);

const platformRoles: PlatformRoleDescription[] = Object.entries(systemRoles).flatMap(([role, { rank }]) =>
  isPlatformRole(role) ? [{ role, rank, permissions: commonPermissions(rolePermissions(role)) }] : [],
);
