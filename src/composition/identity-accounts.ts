import { createAccountController } from '../controllers/identity/account.controller.ts';
import { createOwnSessionController } from '../controllers/identity/own-session.controller.ts';
import type { SignInAnswers } from '../controllers/identity/sign-in-answer.ts';
import { createAccountRepository } from '../repositories/identity/account.repository.ts';
import { createAccountMailService } from '../services/identity/account-mail.service.ts';
import { createEmailVerificationService } from '../services/identity/email-verification.service.ts';
import { createMagicLinkService } from '../services/identity/magic-link.service.ts';
import { createMagicLinkBrowsers } from '../services/identity/magic-link-browser.ts';
import { createMailBudget } from '../services/identity/mail-budget.ts';
import { createNewPasswords } from '../services/identity/new-password.ts';
import { createOwnProfileService } from '../services/identity/own-profile.service.ts';
import { createOwnSessionService } from '../services/identity/own-session.service.ts';
import { createPasswordChangeService } from '../services/identity/password-change.service.ts';
import { createPasswordResetService } from '../services/identity/password-reset.service.ts';
import { createSignUpService } from '../services/identity/sign-up.service.ts';
import type { IdentityCore, IdentityCoreNeeds } from './identity-core.ts';

/** What people do with their own accounts, from signing up on. */
export function composeAccounts(
  { database, tx, audit, events, clock, settings }: IdentityCoreNeeds,
  core: IdentityCore,
  signInAnswers: SignInAnswers,
) {
  const { users, memberships, sessions } = core.repositories;
  const accounts = createAccountRepository({ database });
  const mailBudget = createMailBudget({ throttles: core.throttles, settings });
  const accountMails = createAccountMailService({ users, mailBudget, tx, audit });
  const newPasswords = createNewPasswords({ ...core, audit, events });
  const magicLinkBrowsers = createMagicLinkBrowsers({ settings });
  const needs = {
    ...core,
    users,
    memberships,
    accounts,
    accountMails,
    newPasswords,
    mailBudget,
    tx,
    audit,
    events,
    clock,
  };
  return {
    controllers: {
      accounts: createAccountController({
        signUps: createSignUpService(needs),
        verification: createEmailVerificationService(needs),
        passwordReset: createPasswordResetService(needs),
        passwordChange: createPasswordChangeService(needs),
        magicLinks: createMagicLinkService({ ...needs, browsers: magicLinkBrowsers }),
        magicLinkBrowsers,
        ownProfile: createOwnProfileService(needs),
        devices: core.devices,
        signInAnswers,
      }),
      ownSessions: createOwnSessionController({
        ownSessions: createOwnSessionService({ ...needs, sessions, sessionService: core.sessions }),
      }),
    },
  };
}
