import type { z } from 'zod';
import type { PlatformUserService } from '../../services/tenancy/platform-user.service.ts';
import type { PlatformUserReportService } from '../../services/tenancy/platform-user-report.service.ts';
import type { TenantContext } from '../../types/context.ts';
import type { Page, Slice, SliceRequest } from '../../types/page.ts';
import type {
  PlatformUser,
  PlatformUserActivity,
  PlatformUserFilter,
  PlatformUserKind,
  PlatformUserSummary,
} from '../../types/tenancy/platform-user.ts';
import type {
  CreatePlatformUserRequest,
  PlatformUserAnalyticsResponse,
  PlatformUserResponse,
  UpdatePlatformUserRequest,
} from '../../validators/tenancy/platform-user.schema.ts';

type PlatformUserAnswer = z.input<typeof PlatformUserResponse>;

export interface PlatformUserControllerDeps {
  readonly platformUsers: PlatformUserService;
  readonly reports: PlatformUserReportService;
}

export type PlatformUserController = ReturnType<typeof createPlatformUserController>;

export function createPlatformUserController({ platformUsers, reports }: PlatformUserControllerDeps) {
  return {
    list(ctx: TenantContext, filter: PlatformUserFilter): Promise<Page<PlatformUserSummary>> {
      return platformUsers.list(ctx, filter);
    },

    async get(ctx: TenantContext, id: string, kind?: PlatformUserKind): Promise<PlatformUserAnswer> {
      return toPlatformUserAnswer(await platformUsers.get(ctx, id, kind));
    },

    async create(ctx: TenantContext, body: z.output<typeof CreatePlatformUserRequest>): Promise<PlatformUserAnswer> {
      return toPlatformUserAnswer(await platformUsers.create(ctx, body));
    },

    async update(
      ctx: TenantContext,
      id: string,
      body: z.output<typeof UpdatePlatformUserRequest>,
    ): Promise<PlatformUserAnswer> {
      return toPlatformUserAnswer(await platformUsers.update(ctx, id, body));
    },

    async activate(ctx: TenantContext, id: string): Promise<PlatformUserAnswer> {
      return toPlatformUserAnswer(await platformUsers.activate(ctx, id));
    },

    async deactivate(ctx: TenantContext, id: string): Promise<PlatformUserAnswer> {
      return toPlatformUserAnswer(await platformUsers.deactivate(ctx, id));
    },

    async remove(ctx: TenantContext, id: string): Promise<undefined> {
      await platformUsers.remove(ctx, id);
    },

    async analytics(ctx: TenantContext): Promise<z.input<typeof PlatformUserAnalyticsResponse>> {
      const { createdPerMonth, byLibrary, ...counts } = await reports.statistics(ctx);
      return { ...counts, createdPerMonth: [...createdPerMonth], byLibrary: [...byLibrary] };
    },

    activity(ctx: TenantContext, id: string, request: SliceRequest): Promise<Slice<PlatformUserActivity>> {
      return reports.activity(ctx, id, request);
    },
  };
}

const toPlatformUserAnswer = (person: PlatformUser): PlatformUserAnswer => ({
  ...person,
  students: [...person.students],
  parents: [...person.parents],
});
