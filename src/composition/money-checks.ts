import { createLedgerController } from '../controllers/payments/ledger.controller.ts';
import { createInvoiceChecks } from '../repositories/billing/invoice-checks.ts';
import { createPaymentChecks } from '../repositories/payments/payment-checks.ts';
import type { LedgerService } from '../services/billing/ledger.service.ts';
import type { CreditCheckService } from '../services/credits/credit-check.service.ts';
import { SURPLUS_REASON } from '../services/payments/outcome.service.ts';
import { createReconciliationService } from '../services/payments/reconciliation.service.ts';
import type { MoneyCheck } from '../types/money-check.ts';
import type { Infrastructure } from './infrastructure.ts';

interface MoneyCheckNeeds extends Pick<Infrastructure, 'database' | 'tx' | 'events' | 'clock' | 'metrics' | 'log'> {
  readonly ledger: LedgerService;
  readonly creditCheck: CreditCheckService;
}

/** What compares the books of all domains that keep money. */
export function composeMoneyChecks({ database, ledger, creditCheck, ...needs }: MoneyCheckNeeds) {
  const { tx, events, clock, metrics, log } = needs;
  const reconciliation = createReconciliationService({
    checks: [
      ...createInvoiceChecks({ database }),
      ...createPaymentChecks({ database, surplusReason: SURPLUS_REASON }),
      checkOfCredits(creditCheck),
    ],
    ...{ tx, events, clock, metrics, log },
  });
  return {
    services: { reconciliation },
    controllers: { ledger: createLedgerController({ ledger, reconciliation, clock }) },
  };
}

/** The credits' own check, as one of money's. */
const checkOfCredits = (creditCheck: CreditCheckService): MoneyCheck => ({
  code: 'credits',
  async run(ctx) {
    const found = await creditCheck.checkCredits(ctx);
    const differences = found.map(({ tenantId, kind, subjectId, expected, found: counted }) => ({
      ...{ tenantId, code: 'credits', subjectType: 'credits', subjectId, aspect: kind, currency: null },
      ...{ expected: String(expected), found: String(counted) },
    }));
    return { count: differences.length, differences };
  },
});
