import type { z } from 'zod';
import type { LedgerService } from '../../services/billing/ledger.service.ts';
import type { Reconciliation, ReconciliationService } from '../../services/payments/reconciliation.service.ts';
import type { LedgerEntry } from '../../types/billing/ledger.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context } from '../../types/context.ts';
import type { Slice } from '../../types/page.ts';
import { formatAmount } from '../../utils/money.ts';
import type {
  LedgerBalancesQuery,
  LedgerBalancesResponse,
  LedgerTransactionResponse,
  ListLedgerQuery,
  ReconciliationResponse,
} from '../../validators/payments/ledger.schema.ts';

export interface LedgerControllerDeps {
  readonly ledger: Pick<LedgerService, 'list' | 'balances'>;
  readonly reconciliation: Pick<ReconciliationService, 'compare'>;
  readonly clock: Clock;
}

export type LedgerController = ReturnType<typeof createLedgerController>;

export function createLedgerController({ ledger, reconciliation, clock }: LedgerControllerDeps) {
  return {
    async list(
      ctx: Context,
      query: z.output<typeof ListLedgerQuery>,
    ): Promise<Slice<z.input<typeof LedgerTransactionResponse>>> {
      const slice = await ledger.list(ctx, query);
      return {
        ...slice,
        items: slice.items.map(
          ({ id, tenantId, cause, subjectType, subjectId, reversesId, bookedAt, createdAt, entries }) => ({
            ...{ id, tenantId, cause, subjectType, subjectId, reversesId, bookedAt, createdAt },
            entries: entries.map(formatted),
          }),
        ),
      };
    },

    async balances(
      ctx: Context,
      { at: asked }: z.output<typeof LedgerBalancesQuery>,
    ): Promise<z.input<typeof LedgerBalancesResponse>> {
      const at = asked === undefined ? clock.now() : new Date(asked);
      return { at: at.toISOString(), balances: (await ledger.balances(ctx, at)).map(formatted) };
    },

    async reconcile(ctx: Context): Promise<z.input<typeof ReconciliationResponse>> {
      return toReconciliationAnswer(await reconciliation.compare(ctx));
    },
  };
}

const formatted = ({ account, currency, amount }: LedgerEntry) => ({
  account,
  currency,
  amount: formatAmount(amount, currency),
});

const toReconciliationAnswer = ({ differences, checks, ...found }: Reconciliation) => ({
  ...found,
  differences: [...differences],
  checks: [...checks],
});
