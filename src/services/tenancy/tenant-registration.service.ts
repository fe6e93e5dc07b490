import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { TenantRepository } from '../../repositories/tenancy/tenant.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, systemContext } from '../../types/context-factory.ts';
import { asTenantId } from '../../types/ids.ts';
import type { NewTenant, NewTenantOwner, Tenant } from '../../types/tenancy/tenant.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { MembershipService } from '../identity/membership.service.ts';
import type { PasswordHasher } from '../identity/password-hasher.ts';
import type { PasswordPolicyService } from '../identity/password-policy.service.ts';
import type { UserService } from '../identity/user.service.ts';
import { auditedFields } from './tenant-audit.ts';
import type { ProvisioningOptions, TenantProvisioner } from './tenant-provisioner.ts';
import { placeOf } from './tenant-region.ts';

export interface TenantRegistrationDeps {
  readonly tenants: Pick<TenantRepository, 'insert'>;
  readonly users: Pick<UserService, 'createUser'>;
  readonly memberships: Pick<MembershipService, 'add'>;
  readonly passwords: Pick<PasswordHasher, 'hash'>;
  readonly passwordPolicy: Pick<PasswordPolicyService, 'check'>;
  /** Run in this order. */
  readonly provisioners: readonly TenantProvisioner[];
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

export interface RegistrationRequest extends ProvisioningOptions {
  readonly tenant: Omit<NewTenant, 'id'>;
  readonly owner: PreparedOwner;
}

/** An owner whose password has been hashed, which takes too long for a transaction. */
export interface PreparedOwner extends Omit<NewTenantOwner, 'password'> {
  readonly passwordHash: string;
}

export type TenantRegistration = ReturnType<typeof createTenantRegistration>;

export function createTenantRegistration(deps: TenantRegistrationDeps) {
  const { tenants, users, memberships, passwords, passwordPolicy, provisioners, tx, audit, events, clock } = deps;

  const insertOnce = async (ctx: TxContext, tenant: NewTenant): Promise<Tenant> => {
    try {
      return await tenants.insert(ctx, placeOf(tenant), clock.now().toISOString());
    } catch (error) {
      if (violatedConstraint(error) === 'tenants_slug_key') throw appError('TENANT_SLUG_TAKEN', { cause: error });
      throw error;
    }
  };

  return {
    /** @throws AppError PASSWORD_REFUSED, SIGN_IN_BUSY */
    async prepareOwner(
      { password, ...owner }: NewTenantOwner,
      newTenant: Pick<NewTenant, 'name' | 'slug'>,
    ): Promise<PreparedOwner> {
      const ctx = systemContext(platformScope, 'prepare-owner');
      const { email, name } = owner;
      await passwordPolicy.check(ctx, { password, email, name, tenantIds: [], isOperator: false, newTenant });
      return { ...owner, passwordHash: await passwords.hash(password) };
    },

    /**
     * Creates a tenant, its owner and what every provisioner adds (its wallet, its trial), all or nothing.
     * @throws AppError TENANT_SLUG_TAKEN, EMAIL_TAKEN, and what the provisioners throw: PLAN_NOT_FOUND, PLAN_UNAVAILABLE
     */
    async register(ctx: Context<PlatformScope>, { tenant, owner, planId }: RegistrationRequest): Promise<Tenant> {
      return tx.run(ctx, async (txCtx) => {
        const created = await insertOnce(txCtx, { ...tenant, id: asTenantId(uuidv7()) });
        const { id: ownerId } = await users.createUser(txCtx, {
          email: owner.email,
          name: owner.name,
          type: 'PLATFORM_USER',
          passwordHash: owner.passwordHash,
        });
        await memberships.add(txCtx, { tenantId: created.id, userId: ownerId, role: 'owner' });
        for (const provisioner of provisioners) await provisioner.provision(txCtx, created, { planId });
        audit.record(txCtx, {
          resourceType: 'tenant',
          resourceId: created.id,
          tenantId: created.id,
          after: { ...auditedFields(created), ownerId },
        });
        events.publish(txCtx, 'tenant.created', created.id, { tenantId: created.id, ownerId }, created.id);
        return created;
      });
    },
  };
}
