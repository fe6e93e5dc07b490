import { appError } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { TenantRepository } from '../../repositories/tenancy/tenant.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { Tenant, TenantChanges, TenantFilter, TenantState, TenantStatus } from '../../types/tenancy/tenant.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { auditedFields } from './tenant-audit.ts';
import { placeAfter } from './tenant-region.ts';

export interface TenantServiceDeps {
  readonly tenants: TenantRepository;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

export type TenantService = ReturnType<typeof createTenantService>;

export function createTenantService({ tenants, tx, audit, events, clock }: TenantServiceDeps) {
  const lock = async (ctx: TxContext, id: string): Promise<Tenant> => {
    const tenant = await tenants.lock(ctx, id);
    if (tenant === null) throw appError('TENANT_NOT_FOUND');
    return tenant;
  };

  /** Entries about a tenant stand in its own chain, whoever acted. */
  const recordChange = (ctx: TxContext, before: Tenant, after?: Tenant): void =>
    audit.record(ctx, {
      resourceType: 'tenant',
      resourceId: before.id,
      tenantId: before.id,
      before: auditedFields(before),
      ...(after !== undefined && { after: auditedFields(after) }),
    });

  /** Every process forgets the status it knew when the transaction commits. */
  const changeState = async (
    ctx: TxContext,
    id: string,
    from: readonly TenantStatus[],
    stateAt: (now: string) => TenantState,
  ): Promise<Tenant> => {
    const before = await lock(ctx, id);
    if (!from.includes(before.status)) {
      throw appError('TENANT_STATE_CONFLICT', { details: { status: before.status, allowed: from } });
    }
    const now = clock.now().toISOString();
    const after = await tenants.updateState(ctx, before.id, stateAt(now), now);
    invalidateAtCommit(ctx, 'tenant', before.id);
    recordChange(ctx, before, after);
    return after;
  };

  return {
    /** In a tenant's scope the list is the tenant itself. */
    list(ctx: Context, filter: TenantFilter): Promise<Page<Tenant>> {
      return tenants.list(ctx, filter);
    },

    /** @throws AppError TENANT_NOT_FOUND, for another tenant's id too */
    async get(ctx: Context, id: string): Promise<Tenant> {
      const tenant = await tenants.findById(ctx, id);
      if (tenant === null) throw appError('TENANT_NOT_FOUND');
      return tenant;
    },

    /**
     * Changes what people write about a tenant. Its slug is for good: addresses and sign-in forms refer to it.
     * @throws AppError TENANT_NOT_FOUND, VERSION_CONFLICT with the current state, VALIDATION_FAILED for a region of another country
     */
    async update(ctx: Context, id: string, version: number | undefined, changes: TenantChanges): Promise<Tenant> {
      return tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        if (version !== undefined && version !== before.version) {
          throw appError('VERSION_CONFLICT', { details: { current: before } });
        }
        const now = clock.now().toISOString();
        const after = await tenants.updateProfile(
          txCtx,
          before.id,
          { ...before, ...changes, ...placeAfter(before, changes) },
          now,
        );
        recordChange(txCtx, before, after);
        return after;
      });
    },

    /**
     * Soft delete: the tenant is gone for everybody at once, its rows stay until they are purged.
     * @throws AppError TENANT_NOT_FOUND
     */
    async remove(ctx: Context<PlatformScope>, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        await tenants.softDelete(txCtx, before.id, clock.now().toISOString());
        invalidateAtCommit(txCtx, 'tenant', before.id);
        recordChange(txCtx, before);
        events.publish(txCtx, 'tenant.deleted', before.id, { tenantId: before.id }, before.id);
      });
    },

    /**
     * Shuts the tenant's users out of every process within a second.
     * @throws AppError TENANT_NOT_FOUND, TENANT_STATE_CONFLICT unless it is on trial or active
     */
    async suspend(ctx: Context<PlatformScope>, id: string, reason: string): Promise<Tenant> {
      return tx.run(ctx, async (txCtx) => {
        const tenant = await changeState(txCtx, id, ['trial', 'active'], (now) => ({
          status: 'suspended',
          suspendedAt: now,
          suspendReason: reason,
        }));
        events.publish(txCtx, 'tenant.suspended', tenant.id, { tenantId: tenant.id }, tenant.id);
        return tenant;
      });
    },

    /**
     * Ends a suspension or a trial. When a trial's subscription ends stands in the subscription, which stays as it is.
     * @throws AppError TENANT_NOT_FOUND, TENANT_STATE_CONFLICT unless it is on trial or suspended
     */
    async activate(ctx: Context<PlatformScope>, id: string): Promise<Tenant> {
      return tx.run(ctx, async (txCtx) => {
        const tenant = await changeState(txCtx, id, ['trial', 'suspended'], () => ({
          status: 'active',
          suspendedAt: null,
          suspendReason: null,
        }));
        events.publish(txCtx, 'tenant.activated', tenant.id, { tenantId: tenant.id }, tenant.id);
        return tenant;
      });
    },
  };
}
