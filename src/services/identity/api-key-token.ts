import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Environment } from '../../config/environment.ts';
import { toBase62 } from '../../utils/base62.ts';
import { hashSecret } from './secret-token.ts';

/** What a key says of itself. */
export interface ApiKeyToken {
  readonly publicId: string;
  readonly secret: Buffer;
}

/** A new key: the text for its holder, and what is kept of it. */
export interface IssuedApiKey {
  readonly text: string;
  readonly publicId: string;
  readonly secretHash: Buffer;
  readonly lastFour: string;
}

const ID_BYTES = 16;
const ID_DIGITS = 22;
const SECRET_BYTES = 32;
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;

export type ApiKeyTokens = ReturnType<typeof createApiKeyTokens>;

/**
 * API keys as texts: `rh_live_<id>_<secret><checksum>`, in base62. The prefix tells secret scanners what they have found
 * (installations that serve nobody have `rh_test_`), the id of 128 bits finds the row, the secret has 256 bits, and the CRC-32 of
 * everything before it tells typing errors and fakes without a look into the database.
 */
export function createApiKeyTokens({ settings }: { readonly settings: Pick<Environment, 'NODE_ENV'> }) {
  const prefix = settings.NODE_ENV === 'production' ? 'rh_live' : 'rh_test';
  const form = new RegExp(
    `^(${prefix}_([0-9A-Za-z]{${ID_DIGITS}})_([0-9A-Za-z]{${SECRET_DIGITS}}))([0-9A-Za-z]{${CHECKSUM_DIGITS}})$`,
  );
  const startOf = (publicId: string): string => `${prefix}_${publicId}`;

  return {
    /** The part of a key that may be shown. */
    startOf,

    /** Makes a key, or another secret for a key that is there. */
    issue(publicId: string = toBase62(randomBytes(ID_BYTES), ID_DIGITS)): IssuedApiKey {
      const secret = toBase62(randomBytes(SECRET_BYTES), SECRET_DIGITS);
      const unchecked = `${startOf(publicId)}_${secret}`;
      const text = `${unchecked}${checksumOf(unchecked)}`;
      return { text, publicId, secretHash: hashSecret(Buffer.from(secret)), lastFour: text.slice(-4) };
    },

    /** @returns null for a text that is no key of this installation, by its form or its checksum */
    read(text: string): ApiKeyToken | null {
      const [, unchecked, publicId, secret, checksum] = form.exec(text) ?? [];
      if (unchecked === undefined || publicId === undefined || secret === undefined) return null;
      return checksum === checksumOf(unchecked) ? { publicId, secret: Buffer.from(secret) } : null;
    },
  };
}

function checksumOf(text: string): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(text));
  return toBase62(checksum, CHECKSUM_DIGITS);
}
