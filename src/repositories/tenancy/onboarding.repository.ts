import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { OnboardingRecord, OnboardingStepName } from '../../types/tenancy/onboarding.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const FIND = statement(`
  select tenant.id as "tenantId", cardinality(tenant.address_lines) > 0 as "hasAddress",
    tenant.phone is not null as "hasPhone",
    exists (select from tenant_brandings branding where branding.tenant_id = tenant.id
      and (branding.tokens <> '{}' or branding.logo_storage_key is not null)) as "hasBranding",
    exists (select from libraries library where library.tenant_id = tenant.id) as "hasLibrary",
    (select count(*) from (select from memberships member
      where member.tenant_id = tenant.id and member.status = 'active' limit 2) active) = 2
    or coalesce((select true from invitations invitation where invitation.tenant_id = tenant.id
      and invitation.status = 'pending' and invitation.expires_at > $2
      order by invitation.created_at desc, invitation.id desc limit 1), false) as "hasSecondPerson",
    (select coalesce(json_agg(json_build_object('step', done.step, 'completedAt',
        to_char(done.completed_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))), '[]')
      from onboarding_steps done where done.tenant_id = tenant.id) as completed
  from tenants tenant where tenant.id = $1 and tenant.deleted_at is null`);

const COMPLETE = statement(`
  insert into onboarding_steps (tenant_id, step, completed_by, completed_at) values ($1, $2, $3, $4)`);

type OnboardingRow = Pick<OnboardingRecord, keyof OnboardingRecord>;

export type OnboardingRepository = ReturnType<typeof createOnboardingRepository>;

export function createOnboardingRepository({ database }: { database: Database }) {
  return {
    /**
     * @param now decides which invitations can still be accepted; ISO 8601
     * @returns null when there is no such tenant
     */
    async find(ctx: TenantContext, tenantId: TenantId, now: string): Promise<OnboardingRecord | null> {
      const [row] = await database.query<OnboardingRow>(ctx, FIND, [tenantId, now]);
      return row ?? null;
    },

    /** Writes down a step of a locked tenant that has not been completed before. */
    async insertCompleted(
      ctx: TenantTxContext,
      step: OnboardingStepName,
      completedBy: string | null,
      now: string,
    ): Promise<void> {
      await database.execute(ctx, COMPLETE, [ctx.scope.tenantId, step, completedBy, now]);
    },
  };
}
