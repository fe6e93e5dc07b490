import type { CreditCheckRepository } from '../../repositories/credits/credit-check.repository.ts';
import type { Context } from '../../types/context.ts';
import type { CreditDifference } from '../../types/credits/credit.ts';

export interface CreditCheckServiceDeps {
  readonly check: CreditCheckRepository;
}

export type CreditCheckService = ReturnType<typeof createCreditCheckService>;

/** The invariants of the credits' books, which hold at every moment and on every database. */
export function createCreditCheckService({ check }: CreditCheckServiceDeps) {
  return {
    /**
     * Lists what differs: grants from their entries, operations from the balance they say was left, bookings that do not come to
     * zero, grants of which more was taken than they have. Of the tenant in scope, or of all; nothing when all is well.
     */
    checkCredits(ctx: Context): Promise<CreditDifference[]> {
      return check.differences(ctx);
    },
  };
}
