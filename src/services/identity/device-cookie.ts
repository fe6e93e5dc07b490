import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Environment } from '../../config/environment.ts';
import type { Clock } from '../../types/clock.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import { deriveKeys } from '../../utils/derived-keys.ts';

export interface DeviceCookiesDeps {
  readonly settings: Pick<Environment, 'PUBLIC_URL' | 'ENCRYPTION_KEYS'>;
  readonly clock: Clock;
}

/** That somebody has signed in to an account from this browser; whose account it is only the signature knows. */
interface DeviceMark {
  readonly nonce: string;
  /** Seconds of the epoch. */
  readonly issuedAt: number;
  readonly signature: string;
}

const NONCE_BYTES = 16;
const VALID_SECONDS = 365 * 24 * 60 * 60;

/** People who share a browser; the one who has not signed in for longest is forgotten first. */
const MOST_ACCOUNTS = 8;
const BETWEEN_MARKS = '~';
const MARK = /^([A-Za-z0-9_-]{22})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})$/;

export type DeviceCookies = ReturnType<typeof createDeviceCookies>;

/**
 * Marks the browsers that somebody has signed in from, so that wrong passwords of strangers do not lock out the owner (OWASP,
 * "Device cookies"). A mark is no credential: it opens nothing, and counts for one account only.
 */
export function createDeviceCookies({ settings, clock }: DeviceCookiesDeps) {
  const keys = deriveKeys(settings.ENCRYPTION_KEYS, 'device-cookie');
  const name = settings.PUBLIC_URL.startsWith('https://') ? '__Host-rowhouse_device' : 'rowhouse_device';
  const nowSeconds = () => Math.floor(clock.now().getTime() / 1000);

  const marksIn = (jar: CookieJar): DeviceMark[] => {
    const oldest = nowSeconds() - VALID_SECONDS;
    return (jar.get(name) ?? '')
      .split(BETWEEN_MARKS, MOST_ACCOUNTS)
      .map(parseMark)
      .filter((mark) => mark !== null)
      .filter(({ issuedAt }) => issuedAt >= oldest);
  };

  const isOf = (userId: string, mark: DeviceMark): boolean =>
    keys.some((key) => {
      const wanted = Buffer.from(signatureOf(key, userId, mark));
      const given = Buffer.from(mark.signature);
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    });

  return {
    /** @returns what names this browser of the user's, or null where they have not signed in within a year */
    recognize: (jar: CookieJar, userId: string): string | null =>
      marksIn(jar).find((mark) => isOf(userId, mark))?.nonce ?? null,

    /**
     * Marks the browser as one of the user's, beside the other people who use it. It keeps its name, so that a copied mark shares
     * the count of the one it was copied from.
     */
    remember(jar: CookieJar, userId: string): void {
      const marks = marksIn(jar);
      const known = marks.find((mark) => isOf(userId, mark));
      const unsigned = {
        nonce: known?.nonce ?? randomBytes(NONCE_BYTES).toString('base64url'),
        issuedAt: nowSeconds(),
      };
      const renewed = { ...unsigned, signature: signatureOf(keys[0], userId, unsigned) };
      const value = [renewed, ...marks.filter((mark) => mark !== known)].slice(0, MOST_ACCOUNTS).map(encodeMark);
      jar.set({ name, value: value.join(BETWEEN_MARKS), maxAge: VALID_SECONDS, path: '/' });
    },
  };
}

const signatureOf = (key: KeyObject, userId: string, { nonce, issuedAt }: Omit<DeviceMark, 'signature'>): string =>
  createHmac('sha256', key).update(`${userId}.${nonce}.${issuedAt}`).digest('base64url');

const encodeMark = ({ nonce, issuedAt, signature }: DeviceMark): string => `${nonce}.${issuedAt}.${signature}`;

function parseMark(text: string): DeviceMark | null {
  const [, nonce, issuedAt, signature] = MARK.exec(text) ?? [];
  if (nonce === undefined || issuedAt === undefined || signature === undefined) return null;
  return { nonce, issuedAt: Number(issuedAt), signature };
}
