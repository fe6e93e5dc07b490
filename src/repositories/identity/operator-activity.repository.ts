import type { Context, PlatformScope } from '../../types/context.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { TimePosition } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { statementFamily } from '../base/statement.ts';

/** Something that an operator did, on the platform or in a tenant, in their own name or in the place of somebody else. */
export interface OperatorAction extends TimePosition {
  /** null: it is about the platform itself. */
  readonly tenantId: TenantId | null;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string | null;
  /** In whose place; null in their own name. */
  readonly onBehalfOf: { readonly id: string; readonly name: string } | null;
  readonly sessionId: string | null;
  readonly requestId: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly changes: {
    readonly before?: Readonly<Record<string, unknown>>;
    readonly after?: Readonly<Record<string, unknown>>;
  };
}

/** Each half comes from an index of its own, in the order of the whole, and is no longer than the whole. */
const halfOf = (identity: 'actor_id' | 'impersonator_id', isContinued: boolean): string => `
  (select * from audit_entries where ${identity} = $1 ${isContinued ? 'and (occurred_at, id) < ($3, $4)' : ''}
   order by occurred_at desc, id desc limit $2)`;

/** Values: operator, limit, and the position that the entries follow. */
const listStatement = statementFamily(
  (isContinued: boolean) => `
    select id, tenant_id as "tenantId", occurred_at as "occurredAt", action, resource_type as "resourceType",
      resource_id as "resourceId", case when impersonator_id = $1 then actor_id end as "subjectId", actor_name as "actorName",
      session_id as "sessionId", request_id as "requestId", ip_address as "ipAddress", user_agent as "userAgent", changes
    from (${halfOf('actor_id', isContinued)} union all ${halfOf('impersonator_id', isContinued)}) as entries
    order by occurred_at desc, id desc limit $2`,
);

type ActionRow = Omit<OperatorAction, 'tenantId' | 'onBehalfOf'> & {
  readonly tenantId: TenantId;
  readonly subjectId: string | null;
  readonly actorName: string;
};

export type OperatorActivityRepository = ReturnType<typeof createOperatorActivityRepository>;

/** The audit log, by the operator behind its entries. */
export function createOperatorActivityRepository({ database }: { database: Database }) {
  return {
    /** The newest entries first, at most `limit` of them; with `after`, those that follow this position. */
    async list(
      ctx: Context<PlatformScope>,
      operatorId: string,
      { limit, after }: { readonly limit: number; readonly after: TimePosition | undefined },
    ): Promise<OperatorAction[]> {
      const position = after === undefined ? [] : [after.occurredAt, after.id];
      const values = [operatorId, limit, ...position];
      const rows = await database.query<ActionRow>(ctx, listStatement(after !== undefined), values);
      return rows.map(toOperatorAction);
    },
  };
}

function toOperatorAction({ tenantId, subjectId, actorName, ...action }: ActionRow): OperatorAction {
  return {
    ...action,
    tenantId: tenantId === PLATFORM_ID ? null : tenantId,
    onBehalfOf: subjectId === null ? null : { id: subjectId, name: actorName },
  };
}
