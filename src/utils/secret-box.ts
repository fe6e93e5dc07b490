import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

export interface SecretBoxDeps {
  /** The first key seals, all of them open. */
  readonly keys: readonly { readonly kid: string; readonly secret: Buffer }[];
  /** Keeps what is sealed for one use from being opened in another. */
  readonly purpose: string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

export type SecretBox = ReturnType<typeof createSecretBox>;

/** Seals secrets that have to be read again (AES-256-GCM). A sealed secret names its key, so that keys can be rotated. */
export function createSecretBox({ keys, purpose }: SecretBoxDeps) {
  const ring = new Map(keys.map(({ kid, secret }) => [kid, keyFor(secret, purpose)]));
  const [current] = ring;
  if (current === undefined) throw new Error('A secret box needs a key');
  const [sealingKid, sealingKey] = current;

  return {
    /** @param owner whose secret it is: nobody else's row can be given it */
    seal(plaintext: Buffer, owner: string): Buffer {
      const kid = Buffer.from(sealingKid);
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, iv).setAAD(Buffer.from(owner));
      const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return Buffer.concat([Buffer.from([kid.length]), kid, iv, cipher.getAuthTag(), ciphertext]);
    },

    /** @throws Error when it was sealed for another owner or purpose, has been changed, or its key is gone from the ring */
    open(sealed: Buffer, owner: string): Buffer {
      const kidEnd = 1 + (sealed[0] ?? 0);
      const key = ring.get(sealed.subarray(1, kidEnd).toString());
      if (key === undefined) throw new Error('The key of a sealed secret is not in ENCRYPTION_KEYS any more');
      const tagAt = kidEnd + IV_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(kidEnd, tagAt))
        .setAAD(Buffer.from(owner))
        .setAuthTag(sealed.subarray(tagAt, tagAt + TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(tagAt + TAG_BYTES)), decipher.final()]);
    },
  };
}

const keyFor = (secret: Buffer, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `secret-box ${purpose}`, 32)));
