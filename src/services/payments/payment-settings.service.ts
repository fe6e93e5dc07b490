import { uuidv7 } from 'uuidv7';
import type { Notifications } from '../../config/notifications.ts';
import { appError } from '../../errors/app-error.ts';
import { INVALIDATION_CHANNEL, invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { FeeScheduleRepository } from '../../repositories/payments/fee-schedule.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import { platformScope, systemContext, tenantIdOf } from '../../types/context-factory.ts';
import { PLATFORM_ID } from '../../types/ids.ts';
import type { PaymentMethodKind } from '../../types/payments/payment.ts';
import type { FeeSchedule, PaymentSettings, SettlementSettings } from '../../types/payments/payment-settings.ts';
import { currencyExponent } from '../../utils/currencies.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { createHeardCache } from '../base/heard-cache.ts';
import { type FeeRates, NO_FEES } from './fees.ts';

export interface PaymentSettingsServiceDeps {
  readonly schedules: FeeScheduleRepository;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly notifications: Pick<Notifications, 'connected' | 'subscribe' | 'onGap'>;
}

export type FeeScheduleInput = Omit<FeeSchedule, 'version' | 'updatedAt'> & { readonly version?: number | undefined };

const DEFAULT_SETTLEMENTS: SettlementSettings = {
  cycle: 'weekly',
  minimumAmount: '0',
  holdDays: 3,
  automatic: true,
  version: 0,
};

const PLATFORM = 'platform';
const CACHE_MS = 300_000;

const keyOf = ({ method, currency }: Pick<FeeSchedule, 'method' | 'currency'>): string => `${currency} ${method}`;

export type PaymentSettingsService = ReturnType<typeof createPaymentSettingsService>;

/** What payments cost and when they are paid out: a tenant's own settings before the platform's. */
export function createPaymentSettingsService({
  schedules,
  tx,
  audit,
  clock,
  notifications,
}: PaymentSettingsServiceDeps) {
  /** The platform's own are behind the wall of a tenant's transaction: they are read once, outside of it. */
  const platformSchedules = createHeardCache<ReadonlyMap<string, FeeSchedule>>({
    read: async () => {
      const listed = await schedules.list(systemContext(platformScope, uuidv7()), PLATFORM_ID);
      return new Map(listed.map((schedule) => [keyOf(schedule), schedule]));
    },
    notifications,
    clock,
    lifetimeMs: CACHE_MS,
    mostEntries: 1,
  });
  notifications.subscribe(INVALIDATION_CHANNEL, (payload) => {
    if (payload.startsWith('fee-schedules:')) platformSchedules.forget(PLATFORM);
  });

  return {
    /** The rates of payments of a method and currency: the tenant's own, or the platform's, or none at all. */
    async ratesOf(ctx: TenantContext, method: PaymentMethodKind, currency: string): Promise<FeeRates> {
      const own = await schedules.find(ctx, ctx.scope.tenantId, method, currency);
      return own ?? (await platformSchedules.get(PLATFORM)).get(keyOf({ method, currency })) ?? NO_FEES;
    },

    /** Days after its capture from which a collection can be paid out. */
    async holdDaysOf(ctx: TenantContext): Promise<number> {
      const settings = await schedules.findSettlementSettings(ctx, ctx.scope.tenantId);
      return (settings ?? DEFAULT_SETTLEMENTS).holdDays;
    },

    /** The settings of the tenant in scope; the platform's own for an operator without one. */
    async get(ctx: Context): Promise<PaymentSettings> {
      const tenantId = tenantIdOf(ctx) ?? PLATFORM_ID;
      const [own, platform, settlements] = await Promise.all([
        schedules.list(ctx, tenantId),
        platformSchedules.get(PLATFORM),
        schedules.findSettlementSettings(ctx, tenantId),
      ]);
      const owned = new Set(own.map(keyOf));
      const inherited = [...platform.values()].filter((schedule) => !owned.has(keyOf(schedule)));
      return {
        fees: [
          ...own.map((schedule) => ({ ...schedule, inherited: false })),
          ...(tenantId === PLATFORM_ID ? [] : inherited.map((schedule) => ({ ...schedule, inherited: true }))),
        ],
        settlements: settlements ?? DEFAULT_SETTLEMENTS,
      };
    },

    /**
     * Sets what payments of a method and currency cost from now on: of the tenant in scope, or of every tenant without rates of
     * its own when there is none.
     * @throws AppError PAYMENT_AMOUNT_REFUSED for more decimals than the currency has; VERSION_CONFLICT with the current version
     */
    async setFees(ctx: Context, { version, ...input }: FeeScheduleInput): Promise<FeeSchedule> {
      const tenantId = tenantIdOf(ctx) ?? PLATFORM_ID;
      for (const field of ['gatewayFixed', 'platformFixed'] as const) requireDecimals(input, field);
      return tx.run(ctx, async (txCtx) => {
        const before = await schedules.lock(txCtx, tenantId, input.method, input.currency);
        if (version !== undefined && version !== (before?.version ?? 0)) {
          throw appError('VERSION_CONFLICT', { details: { current: { version: before?.version ?? 0 } } });
        }
        const after = await schedules.save(txCtx, tenantId, input, clock.now().toISOString());
        audit.record(txCtx, {
          resourceType: 'fee_schedule',
          resourceId: null,
          ...(before !== null && { before: { ...before } }),
          after: { ...after },
        });
        invalidateAtCommit(txCtx, 'fee-schedules', tenantId);
        txCtx.tx.afterCommit(() => platformSchedules.forget(PLATFORM));
        return after;
      });
    },
  };
}

function requireDecimals(input: FeeScheduleInput, field: 'gatewayFixed' | 'platformFixed'): void {
  const decimals = input[field].split('.')[1]?.replace(/0+$/, '').length ?? 0;
  if (decimals <= currencyExponent(input.currency)) return;
  throw appError('PAYMENT_AMOUNT_REFUSED', {
    details: [{ path: `body.${field}`, message: 'Has more decimals than the currency' }],
  });
}
