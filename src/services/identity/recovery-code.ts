import { randomBytes } from 'node:crypto';
import { ScureBase32Plugin } from 'otplib';
import { hashSecret } from './secret-token.ts';

const BYTES = 15;
const CHARACTERS = 24;
const GROUP = /.{4}(?!$)/g;

/** Digits that base32 does not have, for the letters they are taken for. */
const MISREAD: Readonly<Record<string, string>> = { '0': 'O', '1': 'I', '8': 'B' };

/** 120 random bits as six groups of four characters: `abcd-efgh-...`. */
export const issueRecoveryCode = (): string =>
  new ScureBase32Plugin().encode(randomBytes(BYTES)).toLowerCase().replace(GROUP, '$&-');

/**
 * What is stored of a recovery code. More than 112 random bits need no slow hash (ASVS 6.5.2). Case, spaces and hyphens do not
 * count, and a digit that no code has stands for the letter it looks like.
 * @returns null for a text that no recovery code looks like
 */
export function hashRecoveryCode(text: string): Buffer | null {
  const code = text
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(/[018]/g, (digit) => MISREAD[digit] ?? digit);
  return code.length === CHARACTERS ? hashSecret(Buffer.from(code)) : null;
}
