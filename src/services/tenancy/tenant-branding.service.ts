import type { z } from 'zod';
import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { TenantRepository } from '../../repositories/tenancy/tenant.repository.ts';
import type { TenantBrandingRepository } from '../../repositories/tenancy/tenant-branding.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context } from '../../types/context.ts';
import type { Branding } from '../../types/tenancy/tenant-branding.ts';
import { mergePatch } from '../../utils/merge-patch.ts';
import {
  StoredBrandingTokens,
  type UpdateTenantBrandingRequest,
} from '../../validators/tenancy/tenant-branding.schema.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { assertReadable, brandingOf } from './branding-tokens.ts';
import { onTenantRows } from './tenant-rows.ts';

export interface TenantBrandingServiceDeps {
  readonly brandings: Pick<TenantBrandingRepository, 'find' | 'replaceTokens'>;
  readonly tenants: Pick<TenantRepository, 'lock'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** Absent leaves, null gives the default back. */
export type BrandingChanges = Omit<z.output<typeof UpdateTenantBrandingRequest>, 'version'>;

export type TenantBrandingService = ReturnType<typeof createTenantBrandingService>;

export function createTenantBrandingService({ brandings, tenants, tx, audit, clock }: TenantBrandingServiceDeps) {
  return {
    /** @throws AppError TENANT_NOT_FOUND, for every tenant but the one in context too */
    async get(ctx: Context, id: string): Promise<Branding> {
      const tenantCtx = onTenantRows(ctx, id);
      const stored = await brandings.find(tenantCtx, tenantCtx.scope.tenantId);
      if (stored === null) throw appError('TENANT_NOT_FOUND');
      return brandingOf(stored);
    },

    /**
     * Changes tokens; the colours must be readable together with those that stay.
     * @throws AppError TENANT_NOT_FOUND, VERSION_CONFLICT with the current state, CONTRAST_TOO_LOW
     */
    update(ctx: Context, id: string, version: number | undefined, changes: BrandingChanges): Promise<Branding> {
      return tx.run(onTenantRows(ctx, id), async (txCtx) => {
        const { tenantId } = txCtx.scope;
        if ((await tenants.lock(txCtx, tenantId)) === null) throw appError('TENANT_NOT_FOUND');
        const stored = invariant(await brandings.find(txCtx, tenantId), 'A locked tenant is there');
        const before = brandingOf(stored);
        if (version !== undefined && version !== before.version) {
          const { tokens: current, updatedAt } = before;
          throw appError('VERSION_CONFLICT', {
            details: { current: { ...current, version: before.version, updatedAt } },
          });
        }
        const tokens = StoredBrandingTokens.parse(mergePatch(stored.tokens, changes));
        const now = clock.now().toISOString();
        const after = brandingOf({ ...stored, tokens, version: before.version + 1, updatedAt: now });
        assertReadable(after.tokens);
        await brandings.replaceTokens(txCtx, tokens, now);
        audit.record(txCtx, {
          resourceType: 'tenant_branding',
          resourceId: tenantId,
          before: { ...before.tokens },
          after: { ...after.tokens },
        });
        return after;
      });
    },
  };
}
