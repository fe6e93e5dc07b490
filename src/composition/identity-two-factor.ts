import type { SignInAnswers } from '../controllers/identity/sign-in-answer.ts';
import { createTwoFactorController } from '../controllers/identity/two-factor.controller.ts';
import { createRecoveryCodeRepository } from '../repositories/identity/recovery-code.repository.ts';
import { createRecoveryCodeService } from '../services/identity/recovery-code.service.ts';
import { createTotp } from '../services/identity/totp.ts';
import { createTwoFactorService } from '../services/identity/two-factor.service.ts';
import { createTwoFactorEnrolment } from '../services/identity/two-factor-enrolment.service.ts';
import { createTwoFactorSettings } from '../services/identity/two-factor-settings.service.ts';
import { createTwoFactorSignIn } from '../services/identity/two-factor-sign-in.service.ts';
import { createSecretBox } from '../utils/secret-box.ts';
import type { IdentityCore, IdentityCoreNeeds } from './identity-core.ts';

/** The second factor: setting it up, signing in with it, and what users do with it. */
export function composeTwoFactor(needs: IdentityCoreNeeds, core: IdentityCore, signInAnswers: SignInAnswers) {
  const { settings } = needs;
  const { users, memberships, authenticators, sessions: sessionFacts } = core.repositories;
  const recoveryCodes = createRecoveryCodeRepository({ database: needs.database });
  const shared = {
    ...needs,
    ...core,
    users,
    memberships,
    authenticators,
    sessionFacts,
    totp: createTotp(),
    secrets: createSecretBox({ keys: settings.ENCRYPTION_KEYS, purpose: 'totp' }),
    recoveryCodes: createRecoveryCodeService({ recoveryCodes }),
    reauthentication: core.reauthentication,
  };
  const twoFactor = createTwoFactorService({ ...shared, recoveryCodes });
  const enrolment = createTwoFactorEnrolment(shared);
  const twoFactorSignIn = createTwoFactorSignIn({ ...shared, enrolment, twoFactor });
  const twoFactorSettings = createTwoFactorSettings({ ...shared, twoFactor });
  return {
    services: { twoFactor },
    controllers: {
      twoFactor: createTwoFactorController({
        enrolment,
        twoFactorSignIn,
        settings: twoFactorSettings,
        devices: core.devices,
        signInAnswers,
      }),
    },
  };
}
