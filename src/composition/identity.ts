import { createAuthController } from '../controllers/identity/auth.controller.ts';
import { createSignInAnswers } from '../controllers/identity/sign-in-answer.ts';
import { createBrowserSessions } from '../services/identity/browser-session.ts';
import { createMembershipService } from '../services/identity/membership.service.ts';
import { createProfileService } from '../services/identity/profile.service.ts';
import { createUserService } from '../services/identity/user.service.ts';
import { composeAccess } from './identity-access.ts';
import { composeAccounts } from './identity-accounts.ts';
import { composeApiKeys } from './identity-api-keys.ts';
import { composeIdentityCore, type IdentityCoreNeeds } from './identity-core.ts';
import { composeOperators } from './identity-operators.ts';
import { composeSecurity } from './identity-security.ts';
import { composeSignIn } from './identity-sign-in.ts';
import { composeTokens } from './identity-tokens.ts';
import { composeTwoFactor } from './identity-two-factor.ts';

export function composeIdentity(needs: IdentityCoreNeeds) {
  const { settings } = needs;
  const core = composeIdentityCore(needs);
  const { users, memberships } = core.repositories;
  const { passwords, accessTokens, sessions } = core;

  const browserSessions = createBrowserSessions({ settings });
  const signInAnswers = createSignInAnswers({ browserSessions, devices: core.devices });
  const userService = createUserService({ users });
  const membershipService = createMembershipService({ memberships });
  const twoFactor = composeTwoFactor(needs, core, signInAnswers);
  const { signIn } = composeSignIn(needs, core, twoFactor.services.twoFactor).services;
  const accounts = composeAccounts(needs, core, signInAnswers);
  const tokens = composeTokens(needs, core, browserSessions);
  const { tokenRefresh } = tokens.services;
  const apiKeys = composeApiKeys(needs, core);
  const access = composeAccess(needs, core, { userService, membershipService });
  const operators = composeOperators(needs, core, twoFactor.services.twoFactor);
  const profiles = createProfileService({ users: userService, memberships: membershipService, ...tokens.repositories });

  return {
    core: { ...core, signInAnswers, browserSessions, userService, membershipService },
    services: {
      ...twoFactor.services,
      users: userService,
      memberships: membershipService,
      ...apiKeys.services,
      ...operators.services,
      ...access.services,
      passwords,
      accessTokens,
      browserSessions,
      sessionRegistry: core.sessionRegistry,
      oneTimeTokens: core.oneTimeTokens,
      passwordPolicy: core.passwordPolicy,
    },
    controllers: {
      ...accounts.controllers,
      ...composeSecurity(needs, core).controllers,
      ...tokens.controllers,
      ...apiKeys.controllers,
      ...operators.controllers,
      ...access.controllers,
      ...twoFactor.controllers,
      auth: createAuthController({ signIn, tokenRefresh, sessions, profiles, browserSessions, signInAnswers }),
    },
  };
}
