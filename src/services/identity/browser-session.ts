import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Environment } from '../../config/environment.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import { deriveKeys } from '../../utils/derived-keys.ts';

export interface BrowserSessionsDeps {
  readonly settings: Pick<Environment, 'PUBLIC_URL' | 'ENCRYPTION_KEYS' | 'SESSION_DAYS'>;
}

export interface TokensForBrowser {
  readonly accessToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  /** null where the session ends with its access token. */
  readonly refreshToken: string | null;
  readonly sessionId: string;
}

const DAY_SECONDS = 24 * 60 * 60;
const REFRESH_PATH = '/api/auth';

export type BrowserSessions = ReturnType<typeof createBrowserSessions>;

/**
 * Sessions whose tokens stand in cookies that no script can read (R-ID-7). What a request with such a cookie changes must
 * carry the session's CSRF token in X-CSRF-Token, which other sites can neither read nor compute.
 */
export function createBrowserSessions({ settings }: BrowserSessionsDeps) {
  const secure = settings.PUBLIC_URL.startsWith('https://');
  const accessCookie = secure ? '__Host-rowhouse_access' : 'rowhouse_access';
  const refreshCookie = secure ? '__Secure-rowhouse_refresh' : 'rowhouse_refresh';
  const keys = deriveKeys(settings.ENCRYPTION_KEYS, 'csrf-token');

  const csrfTokenOf = (sessionId: string): string => tokenOf(keys[0], sessionId);

  return {
    accessCookie,

    /** Puts the tokens into cookies. @returns the CSRF token */
    open(jar: CookieJar, { accessToken, expiresIn, refreshToken, sessionId }: TokensForBrowser): string {
      jar.set({ name: accessCookie, value: accessToken, maxAge: expiresIn, path: '/' });
      if (refreshToken !== null) {
        const maxAge = settings.SESSION_DAYS * DAY_SECONDS;
        jar.set({ name: refreshCookie, value: refreshToken, maxAge, path: REFRESH_PATH });
      }
      return csrfTokenOf(sessionId);
    },

    /** Takes the tokens out of the browser, if they are there. */
    close(jar: CookieJar): void {
      if (jar.get(accessCookie) !== undefined) jar.set({ name: accessCookie, value: '', maxAge: 0, path: '/' });
      if (jar.get(refreshCookie) !== undefined) {
        jar.set({ name: refreshCookie, value: '', maxAge: 0, path: REFRESH_PATH });
      }
    },

    refreshTokenIn: (jar: CookieJar): string | undefined => jar.get(refreshCookie),

    csrfTokenOf,

    /** Compares in constant time. */
    isCsrfTokenOf(sessionId: string, token: string): boolean {
      const given = Buffer.from(token);
      return keys.some((key) => {
        const wanted = Buffer.from(tokenOf(key, sessionId));
        return given.length === wanted.length && timingSafeEqual(given, wanted);
      });
    },
  };
}

const tokenOf = (key: KeyObject, sessionId: string): string =>
  createHmac('sha256', key).update(sessionId).digest('base64url');
