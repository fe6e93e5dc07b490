import { createAuthController } from '../controllers/identity/auth.controller.ts';
import { createSignInAnswers } from '../controllers/identity/sign-in-answer.ts';
import { createRefreshTokenRepository } from '../repositories/identity/refresh-token.repository.ts';
import { createBrowserSessions } from '../services/identity/browser-session.ts';
import { createMembershipService } from '../services/identity/membership.service.ts';
import { createProfileService } from '../services/identity/profile.service.ts';
import { createSignInService } from '../services/identity/sign-in.service.ts';
import { createTokenRefreshService } from '../services/identity/token-refresh.service.ts';
import { createUserService } from '../services/identity/user.service.ts';
import { composeIdentityCore, type IdentityCoreNeeds } from './identity-core.ts';

export function composeIdentity(needs: IdentityCoreNeeds) {
  const { database, tx, audit, settings, log } = needs;
  const core = composeIdentityCore(needs);
  const { users, memberships } = core.repositories;
  const { passwords, accessTokens, sessions, completion } = core;

  const browserSessions = createBrowserSessions({ settings });
  const signInAnswers = createSignInAnswers({ browserSessions });
  const userService = createUserService({ users });
  const membershipService = createMembershipService({ memberships });
  const signIn = createSignInService({ users, passwords, completion, log });
  const tokenRefresh = createTokenRefreshService({
    users,
    memberships,
    refreshTokens: createRefreshTokenRepository({ database }),
    sessions,
    accessTokens,
    tx,
    audit,
    settings,
    log,
  });
  const profiles = createProfileService({ users: userService, memberships: membershipService });

  return {
    core: { ...core, signInAnswers, browserSessions, userService, membershipService },
    services: {
      users: userService,
      memberships: membershipService,
      passwords,
      accessTokens,
      browserSessions,
      sessionRegistry: core.sessionRegistry,
    },
    controllers: {
      auth: createAuthController({ signIn, tokenRefresh, sessions, profiles, browserSessions, signInAnswers }),
    },
  };
}
