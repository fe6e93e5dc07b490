import { uuidv7 } from 'uuidv7';
import type { WalletRepository } from '../../repositories/credits/wallet.repository.ts';
import type { TxContext } from '../../types/context.ts';
import type { Tenant } from '../../types/tenancy/tenant.ts';
import type { TenantProvisioner } from '../tenancy/tenant-provisioner.ts';

export interface WalletServiceDeps {
  readonly wallets: WalletRepository;
}

export type WalletService = ReturnType<typeof createWalletService>;

export function createWalletService({ wallets }: WalletServiceDeps) {
  return {
    /** Opens the one wallet of a new tenant, without credits. */
    async provision(ctx: TxContext, tenant: Tenant): Promise<void> {
      await wallets.insertEmpty(ctx, tenant.id, uuidv7());
    },
  } satisfies TenantProvisioner;
}
