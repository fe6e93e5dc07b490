import { describe, expect, test } from '@jest/globals';
import {
  decodeRefreshToken,
  encodeRefreshToken,
  issueRefreshToken,
  openSuccessor,
  sealSuccessor,
  tenantOfRefreshToken,
} from '../../../src/services/identity/refresh-token.ts';
import { hashSecret, isSecretOf } from '../../../src/services/identity/secret-token.ts';
import { judgeToken } from '../../../src/services/identity/token-refresh.service.ts';
import { asTenantId } from '../../../src/types/ids.ts';

const tenantId = asTenantId('0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11');

describe('a refresh token', () => {
  test.each([[tenantId], [null]])('carries its tenant (%s) through its text form', (tenant) => {
    const token = issueRefreshToken(tenant);
    const decoded = decodeRefreshToken(encodeRefreshToken(token));
    expect(decoded).toEqual(token);
    expect(decoded && tenantOfRefreshToken(decoded)).toBe(tenant);
  });

  test.each([
    '',
    '.',
    'x.y',
    `${tenantId}.`,
    `${tenantId}.${'A'.repeat(42)}`,
    `${tenantId}.${'A'.repeat(44)}`,
    `${tenantId}.${'='.repeat(43)}`,
    `${tenantId}.${'A'.repeat(43)}\n`,
  ])('is not %j', (text) => {
    expect(decodeRefreshToken(text)).toBeNull();
  });

  test('has a secret that only its own hash fits', () => {
    const { secret } = issueRefreshToken(null);
    expect(isSecretOf(secret, hashSecret(secret))).toBe(true);
    expect(isSecretOf(issueRefreshToken(null).secret, hashSecret(secret))).toBe(false);
    expect(isSecretOf(secret, Buffer.alloc(0))).toBe(false);
  });
});

describe('a sealed successor', () => {
  const predecessor = issueRefreshToken(null);
  const successor = issueRefreshToken(tenantId);
  const sealed = sealSuccessor(predecessor, successor);

  test('opens with the predecessor it was sealed for', () => {
    expect(openSuccessor(predecessor, sealed)).toEqual(successor);
  });

  test('does not open with another secret, under another id, or changed', () => {
    expect(() => openSuccessor(issueRefreshToken(null), sealed)).toThrow();
    expect(() => openSuccessor({ ...predecessor, id: successor.id }, sealed)).toThrow();
    for (const at of [0, 20, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => openSuccessor(predecessor, changed)).toThrow();
    }
    expect(() => openSuccessor(predecessor, sealed.subarray(0, 20))).toThrow();
  });
});

describe('the verdict on a token', () => {
  const used = {
    generation: 1,
    latestGeneration: 2,
    secondsSinceUse: 0,
    idleExpired: false,
    sessionLive: true,
    sealedSuccessor: Buffer.alloc(1),
  };
  const unused = { ...used, latestGeneration: 1, secondsSinceUse: null, sealedSuccessor: null };

  test.each([
    ['current', unused],
    ['invalid', { ...unused, idleExpired: true }],
    ['invalid', { ...unused, sessionLive: false }],
    ['repeated', used],
    ['repeated', { ...used, secondsSinceUse: 30 }],
    ['reused', { ...used, secondsSinceUse: 30.001 }],
    ['reused', { ...used, latestGeneration: 3 }],
    ['reused', { ...used, idleExpired: true, secondsSinceUse: 31 }],
    ['reused', { ...used, sealedSuccessor: null }],
    ['invalid', { ...used, sessionLive: false, secondsSinceUse: 31 }],
  ])('%s: %j', (verdict, state) => {
    expect(judgeToken(state)).toBe(verdict);
  });
});
