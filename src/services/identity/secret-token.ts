import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { uuidv7 } from 'uuidv7';

/** A token that only its holder knows: a row's id and 256 random bits. */
export interface SecretToken {
  readonly id: string;
  readonly secret: Buffer;
}

const SECRET_BYTES = 32;
const FORM = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([A-Za-z0-9_-]{43})$/;

export const issueSecretToken = (): SecretToken => ({ id: uuidv7(), secret: randomBytes(SECRET_BYTES) });

export const encodeSecretToken = ({ id, secret }: SecretToken): string => `${id}.${secret.toString('base64url')}`;

/** @returns null for a text that no token of ours looks like */
export function decodeSecretToken(text: string): SecretToken | null {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret: Buffer.from(secret, 'base64url') };
}

/** What is stored of a secret: with 112 random bits or more a fast hash is enough (ASVS 6.5.2). */
export const hashSecret = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest();

/** Compares in constant time. */
export function isSecretOf(secret: Buffer, storedHash: Buffer): boolean {
  const hash = hashSecret(secret);
  return storedHash.length === hash.length && timingSafeEqual(hash, storedHash);
}
