import type { TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';

export type WalletRepository = ReturnType<typeof createWalletRepository>;

export function createWalletRepository({ database }: { database: Database }) {
  return {
    /** @throws the database's unique violation of credit_wallets_tenant_id_key for a second wallet */
    async insertEmpty(ctx: TxContext, tenantId: TenantId, id: string): Promise<void> {
      await database.orm(ctx, (orm) => orm.creditWallet.createMany({ data: [{ tenantId, id }] }));
    },
  };
}
