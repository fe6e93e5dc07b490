import { invariant } from '../../errors/app-error.ts';
import type { RecoveryCodeRepository } from '../../repositories/identity/recovery-code.repository.ts';
import type { PlatformScope, TxContext } from '../../types/context.ts';
import { hashRecoveryCode, issueRecoveryCode } from './recovery-code.ts';

export interface RecoveryCodeServiceDeps {
  readonly recoveryCodes: Pick<RecoveryCodeRepository, 'replaceAll'>;
}

const CODES = 10;

export type RecoveryCodeService = ReturnType<typeof createRecoveryCodeService>;

export function createRecoveryCodeService({ recoveryCodes }: RecoveryCodeServiceDeps) {
  return {
    /**
     * Gives a user ten new codes; those before are void. The user's authenticator must be locked, so that no two sets are made
     * at once.
     * @returns the codes in the clear: nobody can read them again
     */
    async replace(txCtx: TxContext<PlatformScope>, userId: string): Promise<readonly string[]> {
      const codes = Array.from({ length: CODES }, issueRecoveryCode);
      const hashes = codes.map((code) => invariant(hashRecoveryCode(code), 'A recovery code has a hash'));
      await recoveryCodes.replaceAll(txCtx, userId, hashes);
      return codes;
    },
  };
}
