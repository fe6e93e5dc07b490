import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import type { ChannelBalance, WalletBalance, WalletRepository } from '../../repositories/credits/wallet.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type {
  CreditBalance,
  CreditBalances,
  CreditChannel,
  CreditWallet,
  CreditWalletDetails,
  CreditWalletFilter,
  CreditWalletSummary,
  ExpectedBalance,
} from '../../types/credits/credit.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { Tenant } from '../../types/tenancy/tenant.ts';
import type { TenantProvisioner } from '../tenancy/tenant-provisioner.ts';

export interface WalletServiceDeps {
  readonly wallets: WalletRepository;
  readonly clock: Clock;
}

export type WalletService = ReturnType<typeof createWalletService>;

/** The wallets and what they hold. What changes them is the credit ledger's. */
export function createWalletService({ wallets, clock }: WalletServiceDeps) {
  const withDetails = async (ctx: Context, wallet: CreditWallet): Promise<CreditWalletDetails> => {
    const now = clock.now();
    const [balances, grants] = await Promise.all([
      wallets.balances(ctx, wallet.tenantId, now),
      wallets.grants(ctx, wallet.tenantId, now),
    ]);
    return { ...wallet, balances: expectedByChannel(balances), grants };
  };

  const find = async (ctx: Context, id: string): Promise<CreditWallet> => {
    const wallet = await wallets.findById(ctx, id);
    if (wallet === null) throw appError('CREDIT_WALLET_NOT_FOUND');
    return wallet;
  };

  const findMaster = async (ctx: Context<PlatformScope>): Promise<CreditWallet> => {
    const wallet = await wallets.findOfTenant(ctx, PLATFORM_ID);
    if (wallet !== null) return wallet;
    await wallets.openMaster(ctx, uuidv7(), clock.now().toISOString());
    return invariant(await wallets.findOfTenant(ctx, PLATFORM_ID), 'The master wallet was just opened');
  };

  return {
    /** Opens the one wallet of a new tenant, without credits. */
    async provision(ctx: TxContext, tenant: Tenant): Promise<void> {
      await wallets.insertEmpty(ctx, tenant.id, uuidv7());
    },

    /** @throws AppError CREDIT_WALLET_NOT_FOUND */
    find,

    /** The operator's own stock. It is opened when it is first asked for; of several who ask at once all get the same one. */
    findMaster,

    /** The wallets of tenants with what they hold now, which is read for the whole page at once. */
    async list(ctx: Context, filter: CreditWalletFilter): Promise<Page<CreditWalletSummary>> {
      const page = await wallets.list(ctx, filter);
      const balances = await wallets.balancesOfMany(
        ctx,
        page.items.map(({ tenantId }) => tenantId),
        clock.now(),
      );
      const items = page.items.map((wallet) => ({
        ...wallet,
        balances: byChannel(balances.filter(({ tenantId }) => tenantId === wallet.tenantId)),
      }));
      return { ...page, items };
    },

    /** @throws AppError CREDIT_WALLET_NOT_FOUND */
    async get(ctx: Context, id: string): Promise<CreditWalletDetails> {
      return withDetails(ctx, await find(ctx, id));
    },

    async getMaster(ctx: Context<PlatformScope>): Promise<CreditWalletDetails> {
      return withDetails(ctx, await findMaster(ctx));
    },

    /**
     * What a tenant's wallet holds: now from what is left of its grants, which costs the same however long its history is; at any
     * other moment, before or after, from its entries.
     */
    async balances(ctx: Context, tenantId: TenantId, at?: Date): Promise<CreditBalances> {
      return byChannel(
        at === undefined
          ? await wallets.balances(ctx, tenantId, clock.now())
          : await wallets.balancesAt(ctx, tenantId, at),
      );
    },
  } satisfies TenantProvisioner & Record<string, unknown>;
}

/** A channel without a row has nothing. */
function byChannel(balances: readonly ChannelBalance[]): CreditBalances {
  const of = (wanted: CreditChannel): CreditBalance => {
    const { available = 0, reserved = 0 } = balances.find(({ channel }) => channel === wanted) ?? {};
    return { available, reserved };
  };
  return { sms: of('sms'), whatsapp: of('whatsapp'), email: of('email') };
}

function expectedByChannel(balances: readonly WalletBalance[]): CreditWalletDetails['balances'] {
  const of = (wanted: CreditChannel): ExpectedBalance => {
    const balance = balances.find(({ channel }) => channel === wanted);
    const { available = 0, reserved = 0, expiringIn7Days = 0, expiringIn30Days = 0 } = balance ?? {};
    return { available, reserved, expiringIn7Days, expiringIn30Days };
  };
  return { sms: of('sms'), whatsapp: of('whatsapp'), email: of('email') };
}
