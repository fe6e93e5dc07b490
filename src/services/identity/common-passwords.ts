import { readFileSync } from 'node:fs';
import { assetPath } from '../../utils/asset-path.ts';

export type CommonPasswords = ReadonlySet<string>;

/** The passwords that attackers try first, in lower case; see assets/passwords/README.md. */
export const loadCommonPasswords = (): CommonPasswords =>
  new Set(readFileSync(assetPath('passwords', 'common-passwords.txt'), 'utf8').trimEnd().split('\n'));
