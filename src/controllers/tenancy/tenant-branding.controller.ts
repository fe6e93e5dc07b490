import type { z } from 'zod';
import type { TenantBrandingService } from '../../services/tenancy/tenant-branding.service.ts';
import type { LogoFile, TenantLogoService } from '../../services/tenancy/tenant-logo.service.ts';
import type { Context } from '../../types/context.ts';
import type { IncomingFile } from '../../types/incoming-file.ts';
import type { Branding } from '../../types/tenancy/tenant-branding.ts';
import type {
  TenantBrandingResponse,
  UpdateTenantBrandingRequest,
} from '../../validators/tenancy/tenant-branding.schema.ts';

type BrandingAnswer = z.input<typeof TenantBrandingResponse>;

export interface TenantBrandingControllerDeps {
  readonly brandings: TenantBrandingService;
  readonly logos: TenantLogoService;
  /** Where clients reach this installation. */
  readonly publicUrl: string;
}

export type TenantBrandingController = ReturnType<typeof createTenantBrandingController>;

export function createTenantBrandingController({ brandings, logos, publicUrl }: TenantBrandingControllerDeps) {
  const toBrandingAnswer = ({ tenantId, tokens, hasLogo, version, updatedAt }: Branding): BrandingAnswer => ({
    ...tokens,
    colors: { ...tokens.colors },
    logoUrl: hasLogo ? new URL(`/api/tenants/${tenantId}/branding/logo`, publicUrl).href : null,
    version,
    updatedAt,
  });

  return {
    async get(ctx: Context, id: string): Promise<BrandingAnswer> {
      return toBrandingAnswer(await brandings.get(ctx, id));
    },

    async update(
      ctx: Context,
      id: string,
      { version, ...changes }: z.output<typeof UpdateTenantBrandingRequest>,
    ): Promise<BrandingAnswer> {
      return toBrandingAnswer(await brandings.update(ctx, id, version, changes));
    },

    async replaceLogo(ctx: Context, id: string, { body }: IncomingFile): Promise<BrandingAnswer> {
      return toBrandingAnswer(await logos.replace(ctx, id, body));
    },

    openLogo(ctx: Context, id: string): Promise<LogoFile> {
      return logos.open(ctx, id);
    },
  };
}
