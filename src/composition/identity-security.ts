import { createSecurityController } from '../controllers/identity/security.controller.ts';
import { createSecurityPolicyController } from '../controllers/identity/security-policy.controller.ts';
import { createSecuritySessionController } from '../controllers/identity/security-session.controller.ts';
import { createLockoutRepository } from '../repositories/identity/lockout.repository.ts';
import { createLoginAttemptRepository } from '../repositories/identity/login-attempt.repository.ts';
import { createSecurityEventRepository } from '../repositories/identity/security-event.repository.ts';
import { createSecurityOverviewRepository } from '../repositories/identity/security-overview.repository.ts';
import { createSecuritySessionRepository } from '../repositories/identity/security-session.repository.ts';
import { createLockoutService } from '../services/identity/lockout.service.ts';
import { createSecurityEventService } from '../services/identity/security-event.service.ts';
import { createSecurityOverviewService } from '../services/identity/security-overview.service.ts';
import { createSecurityPolicyEditor } from '../services/identity/security-policy-editor.service.ts';
import { createSecuritySessionService } from '../services/identity/security-session.service.ts';
import type { IdentityCore, IdentityCoreNeeds } from './identity-core.ts';

/** The security centre: who signs in, what happens to accounts, and the rules for it. */
export function composeSecurity({ database, tx, audit, clock }: IdentityCoreNeeds, core: IdentityCore) {
  const { securityLog, sessions } = core;
  const lockouts = createLockoutService({ lockouts: createLockoutRepository({ database }), tx, audit, securityLog });
  const liveSessions = createSecuritySessionService({
    liveSessions: createSecuritySessionRepository({ database }),
    sessions,
    tx,
    securityLog,
  });
  const policies = createSecurityPolicyEditor({
    policies: core.repositories.policies,
    installation: core.policies,
    authenticators: core.repositories.authenticators,
    tx,
    audit,
    securityLog,
  });
  return {
    controllers: {
      security: createSecurityController({
        overview: createSecurityOverviewService({
          overview: createSecurityOverviewRepository({ database }),
          lockouts,
          liveSessions,
          clock,
        }),
        events: createSecurityEventService({
          events: createSecurityEventRepository({ database }),
          attempts: createLoginAttemptRepository({ database }),
        }),
        lockouts,
      }),
      securityPolicy: createSecurityPolicyController({ policies }),
      securitySessions: createSecuritySessionController({ sessions: liveSessions }),
    },
  };
}
