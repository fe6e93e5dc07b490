import { createHmac, timingSafeEqual } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { AuditRecord } from '../../repositories/insight/audit-chain.repository.ts';

/** A key of the ring: the first one seals, all of them verify. */
export interface AuditKey {
  readonly kid: string;
  readonly secret: Buffer;
}

export type SealCheck = 'intact' | 'altered' | 'unknown-key';

const MAC_BYTES = 32;

/**
 * Seals of audit entries. Each is HMAC-SHA-256 over the tenant, the sequence, the seal before it and the entry as canonical JSON
 * (RFC 8785), every part behind its length so that no two inputs are alike. The key is not in the database: who can write there
 * still can't compute a seal. As it is stored, the id of its key stands in front: one byte for its length, the id, the MAC.
 * @throws RangeError when the ring is empty
 */
export function createAuditSeals(keys: readonly AuditKey[]) {
  const [current] = keys;
  if (current === undefined) throw new RangeError('The audit chain needs a key');
  const ring = new Map(keys.map((key) => [key.kid, key.secret]));
  const prefix = Buffer.concat([Buffer.from([Buffer.byteLength(current.kid)]), Buffer.from(current.kid)]);

  return {
    /** @param previous the seal before it; empty for the first of a chain */
    seal: (record: AuditRecord, sequence: number, previous: Buffer): Buffer =>
      Buffer.concat([prefix, macOf(current.secret, record, sequence, previous)]),

    /** Whether a seal is the one of this entry at this place. */
    check(seal: Buffer | null, record: AuditRecord, sequence: number, previous: Buffer): SealCheck {
      const kidLength = seal?.[0];
      if (seal === null || kidLength === undefined || seal.length !== 1 + kidLength + MAC_BYTES) return 'altered';
      const secret = ring.get(seal.toString('utf8', 1, 1 + kidLength));
      if (secret === undefined) return 'unknown-key';
      const expected = macOf(secret, record, sequence, previous);
      return timingSafeEqual(seal.subarray(1 + kidLength), expected) ? 'intact' : 'altered';
    },
  };
}

export type AuditSeals = ReturnType<typeof createAuditSeals>;

function macOf(secret: Buffer, record: AuditRecord, sequence: number, previous: Buffer): Buffer {
  const hmac = createHmac('sha256', secret);
  const parts = [record.tenantId, String(sequence), previous, canonicalize(record) ?? ''];
  const length = Buffer.alloc(4);
  for (const part of parts) {
    length.writeUInt32BE(Buffer.byteLength(part));
    hmac.update(length).update(part);
  }
  return hmac.digest();
}
