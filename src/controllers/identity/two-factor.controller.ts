import type { z } from 'zod';
import type { DeviceCookies } from '../../services/identity/device-cookie.ts';
import type { SecondFactorProof } from '../../services/identity/two-factor.service.ts';
import type { TwoFactorEnrolment } from '../../services/identity/two-factor-enrolment.service.ts';
import type { TwoFactorSettings } from '../../services/identity/two-factor-settings.service.ts';
import type { TwoFactorSignIn } from '../../services/identity/two-factor-sign-in.service.ts';
import type { Context } from '../../types/context.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import type {
  CreateRecoveryCodesRequest,
  DisableTwoFactorRequest,
  RecoveryCodesResponse,
  SetUpTwoFactorRequest,
  TwoFactorSetupResponse,
  VerifyTwoFactorRequest,
  VerifyTwoFactorResponse,
} from '../../validators/identity/two-factor.schema.ts';
import type { SignInAnswers } from './sign-in-answer.ts';

export interface TwoFactorControllerDeps {
  readonly enrolment: Pick<TwoFactorEnrolment, 'setUp'>;
  readonly twoFactorSignIn: TwoFactorSignIn;
  readonly settings: TwoFactorSettings;
  readonly devices: Pick<DeviceCookies, 'recognize'>;
  readonly signInAnswers: SignInAnswers;
}

export type TwoFactorController = ReturnType<typeof createTwoFactorController>;

export function createTwoFactorController(deps: TwoFactorControllerDeps) {
  const { enrolment, twoFactorSignIn, settings, devices, signInAnswers } = deps;
  return {
    setUp: (
      ctx: Context,
      { password }: z.output<typeof SetUpTwoFactorRequest>,
    ): Promise<z.input<typeof TwoFactorSetupResponse>> => enrolment.setUp(ctx, password),

    async verify(
      ctx: Context,
      { challengeToken, tokenDelivery, ...shown }: z.output<typeof VerifyTwoFactorRequest>,
      cookies: CookieJar,
    ): Promise<z.input<typeof VerifyTwoFactorResponse>> {
      const isKnownDevice = (userId: string) => devices.recognize(cookies, userId) !== null;
      const outcome = await twoFactorSignIn.verify(ctx, challengeToken, toFactor(shown), isKnownDevice);
      if (outcome.status === 'signed_in') return signInAnswers.answerSignedIn(outcome, tokenDelivery, cookies);
      const { status, recoveryCodes, session } = outcome;
      return {
        status,
        recoveryCodes: [...recoveryCodes],
        ...(session !== null && { session: signInAnswers.answerSignedIn(session, tokenDelivery, cookies) }),
      };
    },

    async disable(ctx: Context, { password, ...shown }: z.output<typeof DisableTwoFactorRequest>): Promise<undefined> {
      await settings.disable(ctx, password, toFactor(shown));
    },

    async createRecoveryCodes(
      ctx: Context,
      proof: z.output<typeof CreateRecoveryCodesRequest>,
    ): Promise<z.input<typeof RecoveryCodesResponse>> {
      return { recoveryCodes: [...(await settings.replaceRecoveryCodes(ctx, proof))] };
    },
  };
}

/** The schemas see to it that one of both is there. */
const toFactor = ({
  code,
  recoveryCode = '',
}: {
  readonly code?: string | undefined;
  readonly recoveryCode?: string | undefined;
}): SecondFactorProof => (code === undefined ? { type: 'recovery_code', code: recoveryCode } : { type: 'totp', code });
