import { createLoginAttemptRepository } from '../repositories/identity/login-attempt.repository.ts';
import { createMembershipRepository } from '../repositories/identity/membership.repository.ts';
import { createOneTimeTokenRepository } from '../repositories/identity/one-time-token.repository.ts';
import { createSecurityEventRepository } from '../repositories/identity/security-event.repository.ts';
import { createSecurityPolicyRepository } from '../repositories/identity/security-policy.repository.ts';
import { createSessionRepository } from '../repositories/identity/session.repository.ts';
import { createSignInChallengeRepository } from '../repositories/identity/sign-in-challenge.repository.ts';
import { createThrottleRepository } from '../repositories/identity/throttle.repository.ts';
import { createTotpAuthenticatorRepository } from '../repositories/identity/totp-authenticator.repository.ts';
import { createUserRepository } from '../repositories/identity/user.repository.ts';
import { createAccessTokens } from '../services/identity/access-token.ts';
import { createLoginAttempts } from '../services/identity/login-attempts.service.ts';
import { createOneTimeTokenService } from '../services/identity/one-time-token.service.ts';
import { createPasswordHasher } from '../services/identity/password-hasher.ts';
import { createSecurityLog } from '../services/identity/security-log.service.ts';
import { createSecurityPolicyService } from '../services/identity/security-policy.service.ts';
import { createSessionService } from '../services/identity/session.service.ts';
import { createSessionRegistry } from '../services/identity/session-registry.service.ts';
import { createSignInChallengeService } from '../services/identity/sign-in-challenge.service.ts';
import { createSignInCompletion } from '../services/identity/sign-in-completion.service.ts';
import { createThrottleService } from '../services/identity/throttle.service.ts';
import type { Infrastructure } from './infrastructure.ts';

export type IdentityCoreNeeds = Pick<
  Infrastructure,
  'database' | 'tx' | 'audit' | 'events' | 'clock' | 'settings' | 'notifications' | 'log'
>;

export type IdentityCore = ReturnType<typeof composeIdentityCore>;

/** What every part of identity stands on. */
export function composeIdentityCore({ database, tx, audit, clock, settings, notifications }: IdentityCoreNeeds) {
  const repositories = {
    users: createUserRepository({ database }),
    memberships: createMembershipRepository({ database }),
    sessions: createSessionRepository({ database }),
    authenticators: createTotpAuthenticatorRepository({ database }),
    policies: createSecurityPolicyRepository({ database }),
  };
  const passwords = createPasswordHasher({ settings });
  const accessTokens = createAccessTokens({ settings, clock });
  const sessionRegistry = createSessionRegistry({ sessions: repositories.sessions, notifications, clock });
  const sessions = createSessionService({ sessions: repositories.sessions, registry: sessionRegistry, tx, audit });
  const policies = createSecurityPolicyService({ policies: repositories.policies, settings });
  const challenges = createSignInChallengeService({ challenges: createSignInChallengeRepository({ database }) });
  const loginAttempts = createLoginAttempts({ attempts: createLoginAttemptRepository({ database }) });
  return {
    repositories,
    passwords,
    accessTokens,
    sessionRegistry,
    sessions,
    policies,
    challenges,
    loginAttempts,
    throttles: createThrottleService({ throttles: createThrottleRepository({ database }), tx }),
    oneTimeTokens: createOneTimeTokenService({ tokens: createOneTimeTokenRepository({ database }) }),
    securityLog: createSecurityLog({ events: createSecurityEventRepository(), clock }),
    completion: createSignInCompletion({
      users: repositories.users,
      memberships: repositories.memberships,
      sessions: repositories.sessions,
      authenticators: repositories.authenticators,
      policies,
      challenges,
      loginAttempts,
      accessTokens,
      tx,
      audit,
    }),
  };
}
