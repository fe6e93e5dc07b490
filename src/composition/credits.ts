import { createWalletRepository } from '../repositories/credits/wallet.repository.ts';
import { createWalletService } from '../services/credits/wallet.service.ts';
import type { Infrastructure } from './infrastructure.ts';

export function composeCredits({ database }: Pick<Infrastructure, 'database'>) {
  return {
    services: { wallets: createWalletService({ wallets: createWalletRepository({ database }) }) },
    controllers: {},
  };
}
