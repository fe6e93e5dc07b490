import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import type { Environment } from '../../config/environment.ts';
import { appError } from '../../errors/app-error.ts';

export interface PasswordHasherDeps {
  readonly settings: Pick<Environment, 'BCRYPT_COST'>;
  /**
   * Hashes that run at once: as many as there are cores, so that requests in between get their turn, and below the libuv
   * pool's four threads, so that files and DNS still move.
   */
  readonly concurrency?: number;
  /** Hashes that wait for their turn: at cost 12 some five seconds' worth on two cores. */
  readonly queue?: number;
}

const HASHES_AT_ONCE = Math.min(availableParallelism(), 3);

export type PasswordHasher = ReturnType<typeof createPasswordHasher>;

/**
 * bcrypt over a digest of the password.
 * Every function throws AppError SIGN_IN_BUSY when too many hashes are waiting already.
 */
export function createPasswordHasher({ settings, concurrency = HASHES_AT_ONCE, queue = 48 }: PasswordHasherDeps) {
  const cost = settings.BCRYPT_COST;
  const slots = bulkhead(concurrency, queue);
  const nobodysHash = `${bcrypt.genSaltSync(cost)}${'.'.repeat(31)}`;

  const inSlot = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await slots.execute(work);
    } catch (error) {
      throw error instanceof BulkheadRejectedError ? appError('SIGN_IN_BUSY', { cause: error }) : error;
    }
  };

  return {
    hash: (password: string): Promise<string> => inSlot(() => bcrypt.hash(digest(password), cost)),

    /** @param hash null for an account that does not exist or has no password: it takes the same time and is never right */
    verify: (password: string, hash: string | null): Promise<boolean> =>
      inSlot(() => bcrypt.compare(digest(password), hash ?? nobodysHash)),

    /** Whether a hash was made at a lower cost than hashes are made at now. */
    needsRehash: (hash: string): boolean => bcrypt.getRounds(hash) < cost,
  };
}

/**
 * bcrypt reads 72 bytes and stops at NUL: it gets 64 characters that depend on all of the password. The key keeps these digests
 * apart from any other site's, whose leaked ones could otherwise be tried here (OWASP Password Storage, "password shucking").
 * NFKC, so that a password typed on another keyboard is the same one (NIST SP 800-63B-4, 3.1.1.2).
 */
const digest = (password: string): string =>
  createHmac('sha384', 'rowhouse password 1').update(password.normalize('NFKC')).digest('base64');
