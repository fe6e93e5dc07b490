import type { OneTimeTokenRepository, OneTimeTokenRow } from '../../repositories/identity/one-time-token.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { OneTimeTokenPurpose } from '../../types/identity/one-time-token.ts';
import { decodeSecretToken, encodeSecretToken, hashSecret, isSecretOf, issueSecretToken } from './secret-token.ts';

export interface OneTimeTokenServiceDeps {
  readonly tokens: OneTimeTokenRepository;
}

/** What ties a token to the browser that asked for it. */
export interface BrowserBinding {
  /** SHA-256 of the nonce in the browser's cookie. */
  readonly browserHash: Buffer;
  /** SHA-256 of the code which that browser shows, for a link opened in another one. */
  readonly confirmationCodeHash: Buffer;
}

/** Minutes a token of each purpose lives. */
export const TOKEN_MINUTES: Readonly<Record<OneTimeTokenPurpose, number>> = {
  email_verification: 24 * 60,
  password_reset: 10,
  magic_link: 10,
  invitation: 7 * 24 * 60,
  operator_invitation: 7 * 24 * 60,
};

export type OneTimeTokenService = ReturnType<typeof createOneTimeTokenService>;

/** Secrets that are mailed: 256 bits, stored as hashes, each good for one use, the newest of a purpose being the only one. */
export function createOneTimeTokenService({ tokens }: OneTimeTokenServiceDeps) {
  return {
    /** @returns the token in the clear, which nobody can read again */
    async issue(
      txCtx: TxContext<PlatformScope>,
      purpose: OneTimeTokenPurpose,
      subjectId: string,
      binding: BrowserBinding | null = null,
    ): Promise<string> {
      const token = issueSecretToken();
      await tokens.replace(txCtx, {
        id: token.id,
        purpose,
        subjectId,
        secretHash: hashSecret(token.secret),
        minutes: TOKEN_MINUTES[purpose],
        browserHash: binding?.browserHash ?? null,
        confirmationCodeHash: binding?.confirmationCodeHash ?? null,
      });
      return encodeSecretToken(token);
    },

    /** A living token whose secret is right, without using it up; null for every other text. */
    async find(ctx: Context, text: string, purposes: readonly OneTimeTokenPurpose[]): Promise<OneTimeTokenRow | null> {
      const token = decodeSecretToken(text);
      if (token === null) return null;
      const row = await tokens.find(rescoped(ctx, platformScope), token.id, purposes);
      return row !== null && isSecretOf(token.secret, row.secretHash) ? row : null;
    },

    /** Uses a token up: of any number of callers one gets it, the others and whoever has another text get null. */
    async consume(
      txCtx: TxContext<PlatformScope>,
      text: string,
      purposes: readonly OneTimeTokenPurpose[],
    ): Promise<OneTimeTokenRow | null> {
      const token = decodeSecretToken(text);
      return token && tokens.consume(txCtx, token.id, purposes, hashSecret(token.secret));
    },

    /** Counts a wrong confirmation code. @returns false when the token takes no more of them */
    spendAttempt: (ctx: Context, id: string): Promise<boolean> => tokens.spendAttempt(rescoped(ctx, platformScope), id),

    /** Ends what was mailed before, as when a password has been changed. */
    revoke: (
      txCtx: TxContext<PlatformScope>,
      subjectId: string,
      purposes: readonly OneTimeTokenPurpose[],
    ): Promise<void> => tokens.deleteOfSubject(txCtx, subjectId, purposes),
  };
}
