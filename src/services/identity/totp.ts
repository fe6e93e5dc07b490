import { randomBytes } from 'node:crypto';
import { generateSync, generateURI, ScureBase32Plugin, verifySync } from 'otplib';

/** What an authenticator app and the server must agree on. */
export interface TotpParameters {
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512';
  readonly digits?: 6 | 8;
}

/** Whose codes an authenticator app shows. */
export interface TotpLabel {
  readonly issuer: string;
  readonly account: string;
}

const PERIOD_SECONDS = 30;
const SECRET_BYTES = 20;

export type Totp = ReturnType<typeof createTotp>;

/**
 * Codes of RFC 6238. SHA-1 and six digits are what every authenticator app knows; HMAC is not hurt by SHA-1's collisions.
 *
 * The code of the step before and of the step after the current one are right too (RFC 6238, 5.2 and 6): people type slowly,
 * and a telephone's clock may be half a minute off. A code is therefore right for up to 90 seconds, where ASVS 6.5.5 asks for
 * 30; in return whoever accepts one must accept no code of its step, or of an earlier one, ever again.
 */
export function createTotp({ algorithm = 'sha1', digits = 6 }: TotpParameters = {}) {
  const parameters = { algorithm, digits, period: PERIOD_SECONDS } as const;
  const base32 = new ScureBase32Plugin();
  const form = new RegExp(`^[0-9]{${digits}}$`);

  return {
    /** 160 bits, as long as the digest (RFC 4226, 4). */
    issueSecret: (): Buffer => randomBytes(SECRET_BYTES),

    /** A secret as people type it into their app. */
    encodeSecret: (secret: Buffer): string => base32.encode(secret),

    /** What the QR code says. */
    uriOf: (secret: Buffer, { issuer, account }: TotpLabel): string =>
      generateURI({ ...parameters, issuer, label: account, secret: base32.encode(secret) }),

    codeAt: (secret: Buffer, at: Date): string => generateSync({ ...parameters, secret, epoch: secondsOf(at) }),

    /** @returns the time step that a code belongs to; null when it is not right at this time */
    stepOf(secret: Buffer, code: string, at: Date): number | null {
      if (!form.test(code)) return null;
      const verdict = verifySync({
        ...parameters,
        secret,
        token: code,
        epoch: secondsOf(at),
        epochTolerance: PERIOD_SECONDS,
      });
      return verdict.valid && 'timeStep' in verdict ? verdict.timeStep : null;
    },
  };
}

const secondsOf = (at: Date): number => Math.floor(at.getTime() / 1000);
