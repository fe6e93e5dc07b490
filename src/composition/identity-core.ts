import { createLoginAttemptRepository } from '../repositories/identity/login-attempt.repository.ts';
import { createMembershipRepository } from '../repositories/identity/membership.repository.ts';
import { createOneTimeTokenRepository } from '../repositories/identity/one-time-token.repository.ts';
import { createSecurityEventRepository } from '../repositories/identity/security-event.repository.ts';
import { createSecurityPolicyRepository } from '../repositories/identity/security-policy.repository.ts';
import { createSessionRepository } from '../repositories/identity/session.repository.ts';
import { createSignInChallengeRepository } from '../repositories/identity/sign-in-challenge.repository.ts';
import { createTenantNameRepository } from '../repositories/identity/tenant-name.repository.ts';
import { createThrottleRepository } from '../repositories/identity/throttle.repository.ts';
import { createTotpAuthenticatorRepository } from '../repositories/identity/totp-authenticator.repository.ts';
import { createUserRepository } from '../repositories/identity/user.repository.ts';
import { createAccessTokens } from '../services/identity/access-token.ts';
import { loadCommonPasswords } from '../services/identity/common-passwords.ts';
import { createDeviceCookies } from '../services/identity/device-cookie.ts';
import { createLoginAttempts } from '../services/identity/login-attempts.service.ts';
import { createOneTimeTokenService } from '../services/identity/one-time-token.service.ts';
import { createPasswordHasher } from '../services/identity/password-hasher.ts';
import { createPasswordPolicyService } from '../services/identity/password-policy.service.ts';
import { createReauthentication } from '../services/identity/reauthentication.service.ts';
import { createSecurityLog } from '../services/identity/security-log.service.ts';
import { createSecurityPolicyService } from '../services/identity/security-policy.service.ts';
import { createSessionService } from '../services/identity/session.service.ts';
import { createSessionRegistry } from '../services/identity/session-registry.service.ts';
import { createSignInChallengeService } from '../services/identity/sign-in-challenge.service.ts';
import { createSignInCompletion } from '../services/identity/sign-in-completion.service.ts';
import { createSignInThrottles } from '../services/identity/sign-in-throttles.ts';
import { createThrottleService } from '../services/identity/throttle.service.ts';
import type { Infrastructure } from './infrastructure.ts';

export type IdentityCoreNeeds = Pick<
  Infrastructure,
  'database' | 'tx' | 'audit' | 'events' | 'clock' | 'settings' | 'notifications' | 'log'
>;

export type IdentityCore = ReturnType<typeof composeIdentityCore>;

/** What every part of identity stands on. */
export function composeIdentityCore({
  database,
  tx,
  audit,
  events,
  clock,
  settings,
  notifications,
}: IdentityCoreNeeds) {
  const repositories = {
    users: createUserRepository({ database }),
    memberships: createMembershipRepository({ database }),
    sessions: createSessionRepository({ database }),
    authenticators: createTotpAuthenticatorRepository({ database }),
    policies: createSecurityPolicyRepository({ database }),
  };
  const passwords = createPasswordHasher({ settings });
  const accessTokens = createAccessTokens({ settings, clock });
  const sessionRegistry = createSessionRegistry({ sessions: repositories.sessions, notifications, clock, settings });
  const sessions = createSessionService({ sessions: repositories.sessions, registry: sessionRegistry, tx, audit });
  const policies = createSecurityPolicyService({ policies: repositories.policies, settings });
  const passwordPolicy = createPasswordPolicyService({
    policies,
    tenantNames: createTenantNameRepository({ database }),
    commonPasswords: loadCommonPasswords(),
  });
  const challenges = createSignInChallengeService({ challenges: createSignInChallengeRepository({ database }) });
  const loginAttempts = createLoginAttempts({ attempts: createLoginAttemptRepository({ database }) });
  const throttles = createThrottleService({ throttles: createThrottleRepository({ database }), tx });
  const signInThrottles = createSignInThrottles({ throttles, settings });
  const securityLog = createSecurityLog({ events: createSecurityEventRepository({ database }), clock });
  return {
    repositories,
    passwords,
    accessTokens,
    sessionRegistry,
    sessions,
    policies,
    passwordPolicy,
    challenges,
    loginAttempts,
    devices: createDeviceCookies({ settings, clock }),
    throttles,
    signInThrottles,
    reauthentication: createReauthentication({ passwords, throttles }),
    oneTimeTokens: createOneTimeTokenService({ tokens: createOneTimeTokenRepository({ database }) }),
    securityLog,
    completion: createSignInCompletion({
      users: repositories.users,
      memberships: repositories.memberships,
      sessions: repositories.sessions,
      authenticators: repositories.authenticators,
      policies,
      challenges,
      loginAttempts,
      accessTokens,
      throttles: signInThrottles,
      securityLog,
      events,
      tx,
      audit,
    }),
  };
}
