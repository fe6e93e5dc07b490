import type { z } from 'zod';
import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { TenantRepository } from '../../repositories/tenancy/tenant.repository.ts';
import type { TenantSettingsRepository } from '../../repositories/tenancy/tenant-settings.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context } from '../../types/context.ts';
import type {
  SettingsProfile,
  SettingsState,
  StoredSettings,
  TenantSettings,
} from '../../types/tenancy/tenant-settings.ts';
import { mergePatch } from '../../utils/merge-patch.ts';
import {
  StoredSettingsValues,
  type UpdateTenantSettingsRequest,
} from '../../validators/tenancy/tenant-settings.schema.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { onTenantRows } from './tenant-rows.ts';

export interface TenantSettingsServiceDeps {
  readonly settings: TenantSettingsRepository;
  readonly tenants: Pick<TenantRepository, 'lock'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** Absent leaves, null gives the default back: of a field, or of a whole group. */
export type SettingsChanges = Omit<z.output<typeof UpdateTenantSettingsRequest>, 'version'>;

export type TenantSettingsService = ReturnType<typeof createTenantSettingsService>;

export function createTenantSettingsService({ settings, tenants, tx, audit, clock }: TenantSettingsServiceDeps) {
  return {
    /** @throws AppError TENANT_NOT_FOUND, for every tenant but the one in context too */
    async get(ctx: Context, id: string): Promise<SettingsState> {
      const tenantCtx = onTenantRows(ctx, id);
      const stored = await settings.find(tenantCtx, tenantCtx.scope.tenantId);
      if (stored === null) throw appError('TENANT_NOT_FOUND');
      return stateOf(stored);
    },

    /** @throws AppError TENANT_NOT_FOUND, VERSION_CONFLICT with the current state */
    update(ctx: Context, id: string, version: number | undefined, changes: SettingsChanges): Promise<SettingsState> {
      return tx.run(onTenantRows(ctx, id), async (txCtx) => {
        const { tenantId } = txCtx.scope;
        if ((await tenants.lock(txCtx, tenantId)) === null) throw appError('TENANT_NOT_FOUND');
        const stored = invariant(await settings.find(txCtx, tenantId), 'A locked tenant is there');
        const before = stateOf(stored);
        if (version !== undefined && version !== before.version) {
          const { settings: current, ...facts } = before;
          throw appError('VERSION_CONFLICT', { details: { current: { ...current, ...facts } } });
        }
        const values = StoredSettingsValues.parse(mergePatch(stored.values, changes));
        const now = clock.now().toISOString();
        await settings.replace(txCtx, values, now);
        const after = stateOf({ ...stored, values, version: before.version + 1, updatedAt: now });
        audit.record(txCtx, {
          resourceType: 'tenant_settings',
          resourceId: tenantId,
          before: { ...before.settings },
          after: { ...after.settings },
        });
        return after;
      });
    },
  };
}

const stateOf = ({ profile, values, version, updatedAt }: StoredSettings): SettingsState => ({
  settings: effectiveSettings(StoredSettingsValues.parse(values ?? {}), profile),
  version,
  updatedAt,
});

const effectiveSettings = (set: z.output<typeof StoredSettingsValues>, profile: SettingsProfile): TenantSettings => ({
  locale: set.locale ?? profile.locale,
  dateFormat: set.dateFormat ?? 'YYYY-MM-DD',
  weekStart: set.weekStart ?? 'monday',
  notifications: {
    invoiceEmails: set.notifications?.invoiceEmails ?? true,
    productNews: set.notifications?.productNews ?? false,
    securityAlerts: set.notifications?.securityAlerts ?? true,
  },
  invoicing: {
    paymentTermsDays: set.invoicing?.paymentTermsDays ?? 14,
    footer: set.invoicing?.footer ?? null,
  },
  privacy: { dataRetentionDays: set.privacy?.dataRetentionDays ?? 730 },
  support: {
    name: set.support?.name ?? profile.name,
    email: set.support?.email ?? profile.email,
    phone: set.support?.phone ?? profile.phone,
  },
});
