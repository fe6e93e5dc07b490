import type { TenantContext } from '../../types/context.ts';
import type { SlicePart } from '../../types/page.ts';
import type { PlatformUserActivity } from '../../types/tenancy/platform-user.ts';
import type { Database } from '../base/database.ts';
import { statementFamily } from '../base/statement.ts';

/** Values: tenant, person, limit, and the position that the entries follow. */
const listStatement = statementFamily(
  (isContinued: boolean) => `
    select id, occurred_at as "occurredAt", action, actor_type as "actorType", actor_id as "actorId",
      actor_name as "actorName", impersonator_id as "impersonatorId", changes
    from audit_entries
    where tenant_id = $1 and resource_id = $2 and resource_type = 'platform_user'
      ${isContinued ? 'and (occurred_at, id) < ($4, $5)' : ''}
    order by occurred_at desc, id desc limit $3`,
);

type ActivityRow = Omit<PlatformUserActivity, 'actor'> & {
  readonly actorType: PlatformUserActivity['actor']['type'];
  readonly actorId: string | null;
  readonly actorName: string;
  readonly impersonatorId: string | null;
};

export type PlatformUserActivityRepository = ReturnType<typeof createPlatformUserActivityRepository>;

/** The audit log, by the person its entries are about. */
export function createPlatformUserActivityRepository({ database }: { database: Database }) {
  return {
    /** The newest entries first, at most `limit` of them; with `after`, those that follow this position. */
    async list(ctx: TenantContext, personId: string, { limit, after }: SlicePart): Promise<PlatformUserActivity[]> {
      const position = after === undefined ? [] : [after.occurredAt, after.id];
      const values = [ctx.scope.tenantId, personId, limit, ...position];
      const rows = await database.query<ActivityRow>(ctx, listStatement(after !== undefined), values);
      return rows.map(toActivity);
    },
  };
}

const toActivity = ({
  actorType,
  actorId,
  actorName,
  impersonatorId,
  ...entry
}: ActivityRow): PlatformUserActivity => ({
  ...entry,
  actor: { type: actorType, id: actorId, name: actorName, impersonatorId },
});
