import { createWalletController } from '../controllers/credits/wallet.controller.ts';
import { createCreditBookingRepository } from '../repositories/credits/credit-booking.repository.ts';
import { createCreditCheckRepository } from '../repositories/credits/credit-check.repository.ts';
import { createCreditOperationRepository } from '../repositories/credits/credit-operation.repository.ts';
import { createWalletRepository } from '../repositories/credits/wallet.repository.ts';
import { createCreditBatches } from '../services/credits/credit-batches.ts';
import { createCreditCheckService } from '../services/credits/credit-check.service.ts';
import { createCreditLedgerService } from '../services/credits/credit-ledger.service.ts';
import { createCreditTransactionService } from '../services/credits/credit-transaction.service.ts';
import { createWalletService } from '../services/credits/wallet.service.ts';
import { createWalletOperationsService } from '../services/credits/wallet-operations.service.ts';
import type { Infrastructure } from './infrastructure.ts';

type CreditsNeeds = Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'clock'>;

export function composeCredits({ database, tx, audit, events, clock }: CreditsNeeds) {
  const wallets = createWalletService({ wallets: createWalletRepository({ database }), clock });
  const creditLedger = createCreditLedgerService({
    bookings: createCreditBookingRepository({ database }),
    events,
    clock,
  });
  const creditBatches = createCreditBatches({ ledger: creditLedger, tx });
  const creditCheck = createCreditCheckService({ check: createCreditCheckRepository({ database }) });
  const transactions = createCreditTransactionService({
    operations: createCreditOperationRepository({ database }),
    wallets,
  });
  const walletOperations = createWalletOperationsService({ wallets, ledger: creditLedger, transactions, tx, audit });
  return {
    services: { wallets, creditLedger, creditBatches, creditCheck },
    controllers: { creditWallets: createWalletController({ wallets, walletOperations, transactions }) },
  };
}
