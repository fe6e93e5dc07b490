import { createOrganizationController } from '../controllers/tenancy/organization.controller.ts';
import { createOrganizationDocumentController } from '../controllers/tenancy/organization-document.controller.ts';
import { createOrganizationAdminMiddleware } from '../middleware/organization-admin.middleware.ts';
import { createOrganizationRepository } from '../repositories/tenancy/organization.repository.ts';
import { createOrganizationDocumentRepository } from '../repositories/tenancy/organization-document.repository.ts';
import { createOrganizationService } from '../services/tenancy/organization.service.ts';
import { createOrganizationAccessService } from '../services/tenancy/organization-access.service.ts';
import { createOrganizationBackups } from '../services/tenancy/organization-backup.service.ts';
import { createOrganizationDocumentService } from '../services/tenancy/organization-document.service.ts';
import { createOrganizationSignIn } from '../services/tenancy/organization-sign-in.service.ts';
import { createOrganizationStorageService } from '../services/tenancy/organization-storage.service.ts';
import { createOrganizationTokens } from '../services/tenancy/organization-token.ts';
import type { IdentityCore } from './identity-core.ts';
import type { Infrastructure } from './infrastructure.ts';

interface OrganizationsNeeds
  extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'clock' | 'settings' | 'log'> {
  readonly core: Pick<IdentityCore, 'passwords' | 'passwordPolicy' | 'signInThrottles'>;
}

/** Organizations with storage of their own. */
export function composeOrganizations({
  database,
  tx,
  audit,
  events,
  clock,
  settings,
  log,
  core: { passwords, passwordPolicy, signInThrottles: throttles },
}: OrganizationsNeeds) {
  const organizations = createOrganizationRepository({ database });
  const documents = createOrganizationDocumentRepository({ database });
  const tokens = createOrganizationTokens({ settings, clock });
  const access = createOrganizationAccessService({ organizations, tokens });
  return {
    authenticate: createOrganizationAdminMiddleware({ access }),
    services: {
      organizationStorages: createOrganizationStorageService({ organizations, tx, log }),
      organizationBackups: createOrganizationBackups({ organizations, documents, tx, audit, clock }),
    },
    controllers: {
      organizations: createOrganizationController({
        organizations: createOrganizationService({
          organizations,
          documents,
          passwords,
          passwordPolicy,
          tx,
          audit,
          events,
          clock,
        }),
        signIn: createOrganizationSignIn({ organizations, passwords, throttles, tokens, tx, audit, log }),
      }),
      organizationDocuments: createOrganizationDocumentController({
        documents: createOrganizationDocumentService({ documents, tx, audit, clock }),
      }),
    },
  };
}
