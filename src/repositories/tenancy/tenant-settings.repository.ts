import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { SettingsProfile, StoredSettings } from '../../types/tenancy/tenant-settings.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

interface SettingsRow extends SettingsProfile {
  tenantId: TenantId;
  values: unknown;
  version: number;
  updatedAt: string | null;
}

const FIND = statement(`
  select tenant.id as "tenantId", tenant.name, tenant.email, tenant.phone, tenant.locale,
    settings."values", coalesce(settings.version, 0) as version, settings.updated_at as "updatedAt"
  from tenants tenant left join tenant_settings settings on settings.tenant_id = tenant.id
  where tenant.id = $1 and tenant.deleted_at is null`);

const REPLACE = statement(`
  insert into tenant_settings (tenant_id, "values", created_at, updated_at) values ($1, $2, $3, $3)
  on conflict (tenant_id) do update
    set "values" = excluded."values", updated_at = excluded.updated_at, version = tenant_settings.version + 1`);

export type TenantSettingsRepository = ReturnType<typeof createTenantSettingsRepository>;

export function createTenantSettingsRepository({ database }: { database: Database }) {
  return {
    /** @returns null when there is no such tenant */
    async find(ctx: TenantContext, tenantId: TenantId): Promise<StoredSettings | null> {
      const [row] = await database.query<SettingsRow & Record<string, unknown>>(ctx, FIND, [tenantId]);
      if (row === undefined) return null;
      const { name, email, phone, locale, ...stored } = row;
      return { ...stored, profile: { name, email, phone, locale } };
    },

    /** Replaces the settings of a locked tenant. */
    async replace(ctx: TenantTxContext, values: object, now: string): Promise<void> {
      await database.execute(ctx, REPLACE, [ctx.scope.tenantId, JSON.stringify(values), now]);
    },
  };
}
