import { createTenantController } from '../controllers/tenancy/tenant.controller.ts';
import { createTenantRepository, type TenantRepository } from '../repositories/tenancy/tenant.repository.ts';
import type { MembershipService } from '../services/identity/membership.service.ts';
import type { PasswordHasher } from '../services/identity/password-hasher.ts';
import type { PasswordPolicyService } from '../services/identity/password-policy.service.ts';
import type { UserService } from '../services/identity/user.service.ts';
import { createTenantService, type TenantService } from '../services/tenancy/tenant.service.ts';
import { createTenantDirectory, type TenantChanges } from '../services/tenancy/tenant-directory.service.ts';
import type { TenantProvisioner } from '../services/tenancy/tenant-provisioner.ts';
import { createTenantRegistration } from '../services/tenancy/tenant-registration.service.ts';
import type { Infrastructure } from './infrastructure.ts';

interface TenancyNeeds extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'clock'> {
  readonly tenantChanges: TenantChanges;
}

/** What the domains above stand on. */
export function composeTenancy({ database, tx, audit, events, clock, tenantChanges }: TenancyNeeds) {
  const repository = createTenantRepository({ database });
  return {
    repositories: { tenants: repository },
    services: {
      tenants: createTenantService({ tenants: repository, tx, audit, events, clock }),
      tenantDirectory: createTenantDirectory({ tenants: repository, changes: tenantChanges }),
    },
  };
}

interface TenantRegistrationNeeds extends Pick<Infrastructure, 'tx' | 'audit' | 'events' | 'clock'> {
  readonly repositories: { readonly tenants: TenantRepository };
  readonly tenants: TenantService;
  readonly users: UserService;
  readonly memberships: MembershipService;
  readonly passwords: PasswordHasher;
  readonly passwordPolicy: PasswordPolicyService;
  readonly provisioners: readonly TenantProvisioner[];
}

/** What needs the domains above: they provision what a new tenant has. */
export function composeTenantRegistration({ repositories, tenants, ...needs }: TenantRegistrationNeeds) {
  const registration = createTenantRegistration({ ...needs, tenants: repositories.tenants });
  return {
    services: { tenantRegistration: registration },
    controllers: { tenants: createTenantController({ tenants, registration }) },
  };
}
