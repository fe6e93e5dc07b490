import type { z } from 'zod';
import { operatorPermissions } from '../../services/identity/effective-permissions.ts';
import type { OperatorService } from '../../services/identity/operator.service.ts';
import type { OperatorAccountService } from '../../services/identity/operator-account.service.ts';
import type { OperatorReportService } from '../../services/identity/operator-report.service.ts';
import { commonPermissions } from '../../types/access-control.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Operator } from '../../types/identity/operator.ts';
import type { Page, Slice } from '../../types/page.ts';
import type {
  AdminUserActionResponse,
  AdminUserAnalyticsResponse,
  AdminUserPermissionsResponse,
  AdminUserResponse,
  AdminUserSessionResponse,
  CreateAdminUserRequest,
  ListAdminUserActivityQuery,
  ListAdminUserSessionsQuery,
  ListAdminUsersQuery,
  SetAdminUserPermissionsRequest,
  SetAdminUserTwoFactorRequest,
  UpdateAdminUserRequest,
} from '../../validators/identity/admin-user.schema.ts';

type AdminUserAnswer = z.input<typeof AdminUserResponse>;
type PlatformContext = Context<PlatformScope>;

export interface AdminUserControllerDeps {
  readonly operators: OperatorService;
  readonly operatorAccounts: OperatorAccountService;
  readonly operatorReports: OperatorReportService;
}

export type AdminUserController = ReturnType<typeof createAdminUserController>;

export function createAdminUserController(deps: AdminUserControllerDeps) {
  const { operators, operatorAccounts, operatorReports } = deps;

  return {
    async list(ctx: PlatformContext, query: z.output<typeof ListAdminUsersQuery>): Promise<Page<AdminUserAnswer>> {
      const page = await operators.list(ctx, query);
      return { ...page, items: page.items.map(toAdminUserAnswer) };
    },

    async get(ctx: PlatformContext, id: string): Promise<AdminUserAnswer> {
      return toAdminUserAnswer(await operators.get(ctx, id));
    },

    async create(ctx: PlatformContext, body: z.output<typeof CreateAdminUserRequest>): Promise<AdminUserAnswer> {
      return toAdminUserAnswer(await operators.create(ctx, body));
    },

    async update(
      ctx: PlatformContext,
      id: string,
      body: z.output<typeof UpdateAdminUserRequest>,
    ): Promise<AdminUserAnswer> {
      return toAdminUserAnswer(await operators.update(ctx, id, body));
    },

    async remove(ctx: PlatformContext, id: string): Promise<undefined> {
      await operators.remove(ctx, id);
    },

    async setPermissions(
      ctx: PlatformContext,
      id: string,
      { permissions }: z.output<typeof SetAdminUserPermissionsRequest>,
    ): Promise<AdminUserAnswer> {
      return toAdminUserAnswer(await operators.setPermissions(ctx, id, permissions));
    },

    async invite(ctx: PlatformContext, id: string): Promise<AdminUserAnswer> {
      return toAdminUserAnswer(await operatorAccounts.invite(ctx, id));
    },

    async resetPassword(ctx: PlatformContext, id: string): Promise<AdminUserAnswer> {
      return toAdminUserAnswer(await operatorAccounts.requestPasswordReset(ctx, id));
    },

    async setTwoFactor(
      ctx: PlatformContext,
      id: string,
      { enabled }: z.output<typeof SetAdminUserTwoFactorRequest>,
    ): Promise<AdminUserAnswer> {
      return toAdminUserAnswer(await operatorAccounts.setTwoFactor(ctx, id, enabled));
    },

    listSessions(
      ctx: PlatformContext,
      id: string,
      query: z.output<typeof ListAdminUserSessionsQuery>,
    ): Promise<Page<z.input<typeof AdminUserSessionResponse>>> {
      return operatorAccounts.listSessions(ctx, id, query);
    },

    async revokeSession(ctx: PlatformContext, id: string, sessionId: string): Promise<undefined> {
      await operatorAccounts.revokeSession(ctx, id, sessionId);
    },

    async analytics(ctx: PlatformContext): Promise<z.input<typeof AdminUserAnalyticsResponse>> {
      const { total, byRole, byStatus, withSecondFactor, signedInRecently, createdPerMonth } =
        await operatorReports.statistics(ctx);
      return {
        total,
        byRole: { super_admin: 0, admin: 0, ...byRole },
        byStatus: { active: 0, inactive: 0, suspended: 0, pending: 0, ...byStatus },
        withTwoFactor: withSecondFactor,
        signedInWithin30Days: signedInRecently,
        createdPerMonth: [...createdPerMonth],
      };
    },

    permissions(): z.input<typeof AdminUserPermissionsResponse> {
      const { groups, roles } = operatorReports.permissions();
      return {
        groups: groups.map(({ resource, permissions }) => ({ resource, permissions: [...permissions] })),
        roles: roles.map(({ role, rank, permissions }) => ({ role, rank, permissions: [...permissions] })),
      };
    },

    activity(
      ctx: PlatformContext,
      id: string,
      query: z.output<typeof ListAdminUserActivityQuery>,
    ): Promise<Slice<z.input<typeof AdminUserActionResponse>>> {
      return operatorReports.activity(ctx, id, query);
    },
  };
}

const toAdminUserAnswer = (operator: Operator): AdminUserAnswer => ({
  id: operator.id,
  email: operator.email,
  name: operator.name,
  phone: operator.phone,
  platformRole: operator.platformRole,
  permissions: [...commonPermissions(operatorPermissions(operator))],
  hasOwnPermissions: operator.platformRole !== 'super_admin' && operator.platformPermissions !== null,
  status: operator.status,
  twoFactor: { enabled: operator.hasSecondFactor, required: operator.twoFactorRequired },
  lastLoginAt: operator.lastLoginAt,
  createdAt: operator.createdAt,
  updatedAt: operator.updatedAt,
});
