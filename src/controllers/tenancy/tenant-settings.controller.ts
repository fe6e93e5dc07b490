import type { z } from 'zod';
import type { TenantSettingsService } from '../../services/tenancy/tenant-settings.service.ts';
import type { Context } from '../../types/context.ts';
import type { SettingsState } from '../../types/tenancy/tenant-settings.ts';
import type {
  TenantSettingsResponse,
  UpdateTenantSettingsRequest,
} from '../../validators/tenancy/tenant-settings.schema.ts';

type SettingsAnswer = z.input<typeof TenantSettingsResponse>;

export type TenantSettingsController = ReturnType<typeof createTenantSettingsController>;

export function createTenantSettingsController({ settings }: { readonly settings: TenantSettingsService }) {
  return {
    async get(ctx: Context, id: string): Promise<SettingsAnswer> {
      return toSettingsAnswer(await settings.get(ctx, id));
    },

    async update(
      ctx: Context,
      id: string,
      { version, ...changes }: z.output<typeof UpdateTenantSettingsRequest>,
    ): Promise<SettingsAnswer> {
      return toSettingsAnswer(await settings.update(ctx, id, version, changes));
    },
  };
}

const toSettingsAnswer = ({ settings, version, updatedAt }: SettingsState): SettingsAnswer => ({
  ...settings,
  version,
  updatedAt,
});
