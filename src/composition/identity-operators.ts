import { createAdminUserController } from '../controllers/identity/admin-user.controller.ts';
import { createImpersonationController } from '../controllers/identity/impersonation.controller.ts';
import { createUserDirectoryController } from '../controllers/identity/user-directory.controller.ts';
import { createImpersonationRepository } from '../repositories/identity/impersonation.repository.ts';
import { createOperatorRepository } from '../repositories/identity/operator.repository.ts';
import { createOperatorActivityRepository } from '../repositories/identity/operator-activity.repository.ts';
import { createOperatorSessionRepository } from '../repositories/identity/operator-session.repository.ts';
import { createOperatorStatisticsRepository } from '../repositories/identity/operator-statistics.repository.ts';
import { createUserDirectoryRepository } from '../repositories/identity/user-directory.repository.ts';
import { createImpersonationService } from '../services/identity/impersonation.service.ts';
import { createImpersonationAudit } from '../services/identity/impersonation-audit.service.ts';
import { createOperatorService } from '../services/identity/operator.service.ts';
import { createOperatorAccountService } from '../services/identity/operator-account.service.ts';
import { createOperatorAuthority } from '../services/identity/operator-authority.ts';
import { createOperatorReportService } from '../services/identity/operator-report.service.ts';
import type { TwoFactorService } from '../services/identity/two-factor.service.ts';
import { createUserDirectoryService } from '../services/identity/user-directory.service.ts';
import type { IdentityCore, IdentityCoreNeeds } from './identity-core.ts';

/** Operators, every user of the installation, and operators in the place of users. */
export function composeOperators(needs: IdentityCoreNeeds, core: IdentityCore, twoFactor: TwoFactorService) {
  const { database } = needs;
  const { sessions, oneTimeTokens, securityLog, accessTokens } = core;
  const common = { ...needs, sessions, oneTimeTokens, securityLog, twoFactor };
  const operators = createOperatorRepository({ database });
  const authority = createOperatorAuthority({ operators });
  const impersonations = createImpersonationService({
    ...common,
    impersonations: createImpersonationRepository({ database }),
    sessions: core.repositories.sessions,
    accessTokens,
  });
  const adminUsers = createAdminUserController({
    operators: createOperatorService({ ...common, operators, authority }),
    operatorAccounts: createOperatorAccountService({
      ...common,
      operators,
      authority,
      operatorSessions: createOperatorSessionRepository({ database }),
    }),
    operatorReports: createOperatorReportService({
      ...common,
      operators,
      statistics: createOperatorStatisticsRepository({ database }),
      activity: createOperatorActivityRepository({ database }),
    }),
  });
  const userDirectory = createUserDirectoryService({
    ...common,
    directory: createUserDirectoryRepository({ database }),
    memberships: core.repositories.memberships,
  });
  return {
    services: { impersonations, impersonationAudit: createImpersonationAudit(needs) },
    controllers: {
      adminUsers,
      userDirectory: createUserDirectoryController({ userDirectory }),
      impersonations: createImpersonationController({ impersonations }),
    },
  };
}
