import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { asTenantId, type TenantId } from '../../types/ids.ts';

/** A refresh token in the clear: a row's id and the secret that only the client keeps. */
export interface RefreshToken {
  readonly id: string;
  /** 256 random bits; for a session that works in a tenant followed by the 128 bits of the tenant's id. */
  readonly secret: Buffer;
}

const RANDOM_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{64})$/;

/**
 * A new token. The tenant is a part of the secret and covered by its hash: each device goes on in the tenant it signed in to,
 * and nobody can turn a token to another tenant.
 */
export const issueRefreshToken = (tenantId: TenantId | null): RefreshToken => ({
  id: uuidv7(),
  secret: Buffer.concat([
    randomBytes(RANDOM_BYTES),
    ...(tenantId === null ? [] : [Buffer.from(tenantId.replaceAll('-', ''), 'hex')]),
  ]),
});

/** `<id>.<secret in base64url>` */
export const encodeRefreshToken = ({ id, secret }: RefreshToken): string => `${id}.${secret.toString('base64url')}`;

/** @returns null for whatever is not in the form of a refresh token */
export function decodeRefreshToken(text: string): RefreshToken | null {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret: Buffer.from(secret, 'base64url') };
}

/** The tenant that a token's session works in, or null. */
export function tenantOfRefreshToken({ secret }: RefreshToken): TenantId | null {
  const hex = secret.toString('hex', RANDOM_BYTES);
  return hex === '' ? null : asTenantId(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
}

/** Seals a successor so that only who holds its predecessor's secret can open it: the database alone reveals nothing. */
export function sealSuccessor(predecessor: RefreshToken, successor: RefreshToken): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(predecessor), iv);
  return Buffer.concat([iv, cipher.update(encodeRefreshToken(successor), 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/**
 * The successor that was sealed for this predecessor.
 * @throws Error when it was sealed for another one, or changed
 */
export function openSuccessor(predecessor: RefreshToken, sealed: Buffer): RefreshToken {
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(predecessor), sealed.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const text = decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  const successor = decodeRefreshToken(text);
  if (successor === null) throw new Error('A sealed successor is not a refresh token');
  return successor;
}

const sealingKey = ({ id, secret }: RefreshToken): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, id, 'rowhouse refresh token successor', 32));
