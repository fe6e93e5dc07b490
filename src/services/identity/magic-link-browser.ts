import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { Environment } from '../../config/environment.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import { deriveKeys } from '../../utils/derived-keys.ts';
import { TOKEN_MINUTES } from './one-time-token.service.ts';

export interface MagicLinkBrowsersDeps {
  readonly settings: Pick<Environment, 'PUBLIC_URL' | 'ENCRYPTION_KEYS'>;
}

const NONCE_BYTES = 32;
const NONCE = /^[A-Za-z0-9_-]{43}$/;
const CODE_DIGITS = 6;

export type MagicLinkBrowsers = ReturnType<typeof createMagicLinkBrowsers>;

/**
 * Ties a mailed link to the browser that asked for it (ASVS 6.6.2): by a cookie, or by a code that this browser shows and another
 * one must be given.
 */
export function createMagicLinkBrowsers({ settings }: MagicLinkBrowsersDeps) {
  const name = settings.PUBLIC_URL.startsWith('https://') ? '__Host-rowhouse_link' : 'rowhouse_link';
  const keys = deriveKeys(settings.ENCRYPTION_KEYS, 'confirmation-code');
  const nonceIn = (jar: CookieJar): string | null => {
    const nonce = jar.get(name);
    return nonce !== undefined && NONCE.test(nonce) ? nonce : null;
  };

  return {
    /** Marks the browser that asks. A browser keeps its mark, so that a link mailed before opens in it too. @returns the mark's hash */
    mark(jar: CookieJar): Buffer {
      const nonce = nonceIn(jar) ?? randomBytes(NONCE_BYTES).toString('base64url');
      jar.set({ name, value: nonce, maxAge: TOKEN_MINUTES.magic_link * 60, path: '/' });
      return hashOf(nonce);
    },

    /** The hash of a browser's mark; null for a browser that has not asked. */
    hashIn(jar: CookieJar): Buffer | null {
      const nonce = nonceIn(jar);
      return nonce === null ? null : hashOf(nonce);
    },

    /** A code for the browser to show. Only a keyed hash of it is kept: there are but a million. */
    issueCode(): { readonly code: string; readonly hash: Buffer } {
      const code = randomInt(10 ** CODE_DIGITS)
        .toString()
        .padStart(CODE_DIGITS, '0');
      return { code, hash: createHmac('sha256', keys[0]).update(code).digest() };
    },

    /** Compares in constant time. */
    isCodeOf: (code: string, hash: Buffer): boolean =>
      keys.some((key) => isSameHash(createHmac('sha256', key).update(code).digest(), hash)),
  };
}

const hashOf = (nonce: string): Buffer => createHash('sha256').update(nonce).digest();

/** Compares in constant time. */
export const isSameHash = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
