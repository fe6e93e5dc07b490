import type { TenantTxContext } from '../../types/context.ts';
import type { Relative } from '../../types/tenancy/platform-user.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

/** Rows are locked in the order of their ids, so that two parents of the same students do not wait for each other. */
const LOCK_STUDENTS = statement(`
  with student as materialized (
    select id, kind, name, email, phone, status from platform_users
    where tenant_id = $1 and kind = 'student' and id = any ($2::uuid[]) order by id for key share
  )
  select * from student order by name, id`);

const REPLACE_STUDENTS = statement(`
  with removed as (
    delete from guardianships where tenant_id = $1 and parent_id = $2 and student_id <> all ($3::uuid[])
  )
  insert into guardianships (tenant_id, parent_id, student_id) select $1, $2, unnest($3::uuid[])
  on conflict (tenant_id, parent_id, student_id) do nothing`);

export type GuardianshipRepository = ReturnType<typeof createGuardianshipRepository>;

/** Which parent looks after which student. */
export function createGuardianshipRepository({ database }: { database: Database }) {
  return {
    /** Those of the ids that are students, by name; none of them can be deleted until the transaction ends. */
    async lockStudents(ctx: TenantTxContext, ids: readonly string[]): Promise<Relative[]> {
      return ids.length === 0 ? [] : database.query<Relative>(ctx, LOCK_STUDENTS, [ctx.scope.tenantId, [...ids]]);
    },

    /** Makes these locked students all whom a locked parent looks after. */
    async replaceStudents(ctx: TenantTxContext, parentId: string, studentIds: readonly string[]): Promise<void> {
      await database.execute(ctx, REPLACE_STUDENTS, [ctx.scope.tenantId, parentId, [...studentIds]]);
    },
  };
}
