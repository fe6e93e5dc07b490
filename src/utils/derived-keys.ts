import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const KEY_BYTES = 32;

/**
 * A key of each secret of a ring, for one purpose only: what is made for another purpose never fits. The first one signs, all of
 * them verify, so that a ring can be rotated.
 * @throws Error when the ring is empty
 */
export function deriveKeys(
  ring: readonly { readonly secret: Buffer }[],
  purpose: string,
): readonly [KeyObject, ...KeyObject[]] {
  const [current, ...retired] = ring.map(({ secret }) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, KEY_BYTES))),
  );
  if (current === undefined) throw new Error(`There is no key for "${purpose}"`);
  return [current, ...retired];
}
