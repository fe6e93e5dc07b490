import { createContextController } from '../controllers/identity/context.controller.ts';
import { createOwnSessionRepository } from '../repositories/identity/own-session.repository.ts';
import { createRefreshTokenRepository } from '../repositories/identity/refresh-token.repository.ts';
import type { BrowserSessions } from '../services/identity/browser-session.ts';
import { createContextSwitchService } from '../services/identity/context-switch.service.ts';
import { createTokenRefreshService } from '../services/identity/token-refresh.service.ts';
import type { IdentityCore, IdentityCoreNeeds } from './identity-core.ts';

/** What goes on in a session: new tokens, and work in another tenant. */
export function composeTokens(
  { database, tx, audit, events, log }: IdentityCoreNeeds,
  { repositories, accessTokens, policies, securityLog, sessions }: IdentityCore,
  browserSessions: BrowserSessions,
) {
  const { users, memberships } = repositories;
  const ownSessions = createOwnSessionRepository({ database });
  const tokenRefresh = createTokenRefreshService({
    users,
    memberships,
    refreshTokens: createRefreshTokenRepository({ database }),
    sessions,
    accessTokens,
    policies,
    tx,
    audit,
    events,
    securityLog,
    log,
  });
  const contextSwitch = createContextSwitchService({
    users,
    memberships,
    ownSessions,
    policies,
    accessTokens,
    tx,
    audit,
  });
  return {
    repositories: { ownSessions },
    services: { tokenRefresh },
    controllers: { contexts: createContextController({ contextSwitch, browserSessions }) },
  };
}
