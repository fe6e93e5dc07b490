import { createAuthController } from '../controllers/identity/auth.controller.ts';
import { createMembershipRepository } from '../repositories/identity/membership.repository.ts';
import { createRefreshTokenRepository } from '../repositories/identity/refresh-token.repository.ts';
import { createSessionRepository } from '../repositories/identity/session.repository.ts';
import { createUserRepository } from '../repositories/identity/user.repository.ts';
import { createAccessTokens } from '../services/identity/access-token.ts';
import { createMembershipService } from '../services/identity/membership.service.ts';
import { createPasswordHasher } from '../services/identity/password-hasher.ts';
import { createProfileService } from '../services/identity/profile.service.ts';
import { createSessionService } from '../services/identity/session.service.ts';
import { createSessionRegistry } from '../services/identity/session-registry.service.ts';
import { createSignInService } from '../services/identity/sign-in.service.ts';
import { createTokenRefreshService } from '../services/identity/token-refresh.service.ts';
import { createUserService } from '../services/identity/user.service.ts';
import type { Infrastructure } from './infrastructure.ts';

type IdentityNeeds = Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'clock' | 'settings' | 'notifications' | 'log'>;

export function composeIdentity({ database, tx, audit, clock, settings, notifications, log }: IdentityNeeds) {
  const users = createUserRepository({ database });
  const memberships = createMembershipRepository({ database });
  const sessions = createSessionRepository({ database });
  const refreshTokens = createRefreshTokenRepository({ database });

  const passwords = createPasswordHasher({ settings });
  const accessTokens = createAccessTokens({ settings, clock });
  const sessionRegistry = createSessionRegistry({ sessions, notifications, clock });
  const userService = createUserService({ users });
  const membershipService = createMembershipService({ memberships });
  const sessionService = createSessionService({ sessions, registry: sessionRegistry, tx, audit });
  const signIn = createSignInService({
    users,
    memberships,
    sessions,
    passwords,
    accessTokens,
    tx,
    audit,
    settings,
    log,
  });
  const tokenRefresh = createTokenRefreshService({
    users,
    memberships,
    refreshTokens,
    sessions: sessionService,
    accessTokens,
    tx,
    audit,
    settings,
    log,
  });
  const profiles = createProfileService({ users: userService, memberships: membershipService });

  return {
    services: { users: userService, memberships: membershipService, passwords, accessTokens, sessionRegistry },
    controllers: { auth: createAuthController({ signIn, tokenRefresh, sessions: sessionService, profiles }) },
  };
}
