import type { z } from 'zod';
import { invariant } from '../../errors/app-error.ts';
import type { DeviceCookies } from '../../services/identity/device-cookie.ts';
import type { EmailVerificationService } from '../../services/identity/email-verification.service.ts';
import type { MagicLinkService } from '../../services/identity/magic-link.service.ts';
import type { MagicLinkBrowsers } from '../../services/identity/magic-link-browser.ts';
import { TOKEN_MINUTES } from '../../services/identity/one-time-token.service.ts';
import type { OwnProfileService } from '../../services/identity/own-profile.service.ts';
import type { PasswordChangeService } from '../../services/identity/password-change.service.ts';
import type { PasswordResetService } from '../../services/identity/password-reset.service.ts';
import type { SignUpService } from '../../services/identity/sign-up.service.ts';
import type { Context } from '../../types/context.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import type {
  AddressRequest,
  ChangePasswordRequest,
  MagicLinkRequest,
  MagicLinkRequested,
  MailRequested,
  ResetPasswordRequest,
  SignUpRequest,
  UpdateMeRequest,
  VerifyEmailRequest,
  VerifyMagicLinkRequest,
} from '../../validators/identity/account.schema.ts';
import type { SignInResponse, UserProfile } from '../../validators/identity/auth.schema.ts';
import { type SignInAnswers, toUserProfile } from './sign-in-answer.ts';

export interface AccountControllerDeps {
  readonly signUps: SignUpService;
  readonly verification: EmailVerificationService;
  readonly passwordReset: PasswordResetService;
  readonly passwordChange: PasswordChangeService;
  readonly magicLinks: MagicLinkService;
  readonly magicLinkBrowsers: MagicLinkBrowsers;
  readonly ownProfile: OwnProfileService;
  readonly devices: Pick<DeviceCookies, 'recognize'>;
  readonly signInAnswers: SignInAnswers;
}

const MAIL_REQUESTED = { message: 'If this address can be used here, an e-mail is on its way to it.' } as const;

export type AccountController = ReturnType<typeof createAccountController>;

export function createAccountController(deps: AccountControllerDeps) {
  const { signUps, verification, passwordReset, passwordChange, magicLinks, magicLinkBrowsers, ownProfile } = deps;
  const { devices, signInAnswers } = deps;
  return {
    async signUp(ctx: Context, body: z.output<typeof SignUpRequest>): Promise<z.input<typeof MailRequested>> {
      await signUps.signUp(ctx, body);
      return MAIL_REQUESTED;
    },

    async verifyEmail(ctx: Context, { token }: z.output<typeof VerifyEmailRequest>): Promise<undefined> {
      await verification.verify(ctx, token);
    },

    async resendVerification(
      ctx: Context,
      { email }: z.output<typeof AddressRequest>,
    ): Promise<z.input<typeof MailRequested>> {
      await verification.requestMail(ctx, email);
      return MAIL_REQUESTED;
    },

    async requestPasswordReset(
      ctx: Context,
      { email }: z.output<typeof AddressRequest>,
    ): Promise<z.input<typeof MailRequested>> {
      await passwordReset.requestMail(ctx, email);
      return MAIL_REQUESTED;
    },

    async resetPassword(ctx: Context, body: z.output<typeof ResetPasswordRequest>): Promise<undefined> {
      await passwordReset.reset(ctx, body);
    },

    async changePassword(ctx: Context, body: z.output<typeof ChangePasswordRequest>): Promise<undefined> {
      await passwordChange.change(ctx, body);
    },

    async requestMagicLink(
      ctx: Context,
      body: z.output<typeof MagicLinkRequest>,
      cookies: CookieJar,
    ): Promise<z.input<typeof MagicLinkRequested>> {
      const browserHash = magicLinkBrowsers.mark(cookies);
      const confirmationCode = await magicLinks.requestMail(ctx, { ...body, browserHash });
      return { ...MAIL_REQUESTED, confirmationCode, expiresIn: TOKEN_MINUTES.magic_link * 60 };
    },

    async verifyMagicLink(
      ctx: Context,
      { tokenDelivery, ...use }: z.output<typeof VerifyMagicLinkRequest>,
      cookies: CookieJar,
    ): Promise<z.input<typeof SignInResponse>> {
      const outcome = await magicLinks.signIn(ctx, {
        ...use,
        browserHash: magicLinkBrowsers.hashIn(cookies),
        isKnownDevice: (userId) => devices.recognize(cookies, userId) !== null,
      });
      return signInAnswers.answer(outcome, tokenDelivery, cookies);
    },

    async updateMe(ctx: Context, body: z.output<typeof UpdateMeRequest>): Promise<z.input<typeof UserProfile>> {
      const user = await ownProfile.update(ctx, body);
      return toUserProfile(user, invariant(ctx.actor.role, 'A user acts in a role'));
    },
  };
}
