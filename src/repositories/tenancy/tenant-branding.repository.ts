import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { LogoObject, StoredBranding } from '../../types/tenancy/tenant-branding.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

interface BrandingRow {
  tenantId: TenantId;
  tokens: unknown;
  logoKey: string | null;
  logoContentType: string | null;
  version: number;
  updatedAt: string | null;
}

const FIND = statement(`
  select tenant.id as "tenantId", branding.tokens, branding.logo_storage_key as "logoKey",
    branding.logo_content_type as "logoContentType", coalesce(branding.version, 0) as version,
    branding.updated_at as "updatedAt"
  from tenants tenant left join tenant_brandings branding on branding.tenant_id = tenant.id
  where tenant.id = $1 and tenant.deleted_at is null`);

const REPLACE_TOKENS = statement(`
  insert into tenant_brandings (tenant_id, tokens, created_at, updated_at) values ($1, $2, $3, $3)
  on conflict (tenant_id) do update
    set tokens = excluded.tokens, updated_at = excluded.updated_at, version = tenant_brandings.version + 1`);

const REPLACE_LOGO = statement(`
  insert into tenant_brandings (tenant_id, tokens, logo_storage_key, logo_content_type, created_at, updated_at)
  values ($1, '{}', $2, $3, $4, $4)
  on conflict (tenant_id) do update
    set logo_storage_key = excluded.logo_storage_key, logo_content_type = excluded.logo_content_type,
      updated_at = excluded.updated_at, version = tenant_brandings.version + 1`);

export type TenantBrandingRepository = ReturnType<typeof createTenantBrandingRepository>;

export function createTenantBrandingRepository({ database }: { database: Database }) {
  return {
    /** @returns null when there is no such tenant */
    async find(ctx: TenantContext, tenantId: TenantId): Promise<StoredBranding | null> {
      const [row] = await database.query<BrandingRow & Record<string, unknown>>(ctx, FIND, [tenantId]);
      if (row === undefined) return null;
      const { logoKey: key, logoContentType: contentType, ...stored } = row;
      return { ...stored, logo: key === null || contentType === null ? null : { key, contentType } };
    },

    /** Replaces the tokens of a locked tenant. */
    async replaceTokens(ctx: TenantTxContext, tokens: object, now: string): Promise<void> {
      await database.execute(ctx, REPLACE_TOKENS, [ctx.scope.tenantId, JSON.stringify(tokens), now]);
    },

    /** Replaces the logo of a locked tenant; the tokens stay. */
    async replaceLogo(ctx: TenantTxContext, { key, contentType }: LogoObject, now: string): Promise<void> {
      await database.execute(ctx, REPLACE_LOGO, [ctx.scope.tenantId, key, contentType, now]);
    },
  };
}
