import type { Context, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { PaymentMethodKind } from '../../types/payments/payment.ts';
import type { FeeSchedule, SettlementSettings } from '../../types/payments/payment-settings.ts';
import { formatUnitPrice, trimDecimal } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

type ScheduleRow = { -readonly [Key in keyof FeeSchedule]: FeeSchedule[Key] };

const COLUMNS = `method, currency, gateway_percentage as "gatewayPercentage", gateway_fixed as "gatewayFixed",
  platform_percentage as "platformPercentage", platform_fixed as "platformFixed", version, updated_at as "updatedAt"`;

const LIST = statement(
  `select ${COLUMNS} from fee_schedules where tenant_id = $1 order by currency, method limit 2000`,
);
const FIND = statement(
  `select ${COLUMNS} from fee_schedules where tenant_id = $1 and method = $2 and currency = $3 for update`,
);
const UPSERT = statement(`
  insert into fee_schedules (tenant_id, method, currency, gateway_percentage, gateway_fixed, platform_percentage,
    platform_fixed, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (tenant_id, method, currency) do update set gateway_percentage = excluded.gateway_percentage,
    gateway_fixed = excluded.gateway_fixed, platform_percentage = excluded.platform_percentage,
    platform_fixed = excluded.platform_fixed, updated_at = excluded.updated_at, version = fee_schedules.version + 1
  returning ${COLUMNS}`);

const FIND_RATES = statement(
  `select ${COLUMNS} from fee_schedules where tenant_id = $1 and method = $2 and currency = $3`,
);

const FIND_SETTLEMENT_SETTINGS = statement(`
  select cycle, minimum_amount as "minimumAmount", hold_days as "holdDays", automatic, version
  from settlement_settings where tenant_id = $1`);

export type FeeScheduleRepository = ReturnType<typeof createFeeScheduleRepository>;

export function createFeeScheduleRepository({ database }: { database: Database }) {
  return {
    /** The schedules of a tenant, or of the platform by its own id: a method and currency each. */
    async list(ctx: Context, tenantId: TenantId): Promise<FeeSchedule[]> {
      return (await database.query<ScheduleRow>(ctx, LIST, [tenantId])).map(toSchedule);
    },

    async find(
      ctx: Context,
      tenantId: TenantId,
      method: PaymentMethodKind,
      currency: string,
    ): Promise<FeeSchedule | null> {
      const [row] = await database.query<ScheduleRow>(ctx, FIND_RATES, [tenantId, method, currency]);
      return row === undefined ? null : toSchedule(row);
    },

    /** Reads a schedule that nobody else can change until the transaction ends. */
    async lock(
      ctx: TxContext,
      tenantId: TenantId,
      method: PaymentMethodKind,
      currency: string,
    ): Promise<FeeSchedule | null> {
      const [row] = await database.query<ScheduleRow>(ctx, FIND, [tenantId, method, currency]);
      return row === undefined ? null : toSchedule(row);
    },

    async save(
      ctx: TxContext,
      tenantId: TenantId,
      schedule: Omit<FeeSchedule, 'version' | 'updatedAt'>,
      now: string,
    ): Promise<FeeSchedule> {
      const { method, currency, gatewayPercentage, gatewayFixed, platformPercentage, platformFixed } = schedule;
      const rates = [gatewayPercentage, gatewayFixed, platformPercentage, platformFixed];
      const [row] = await database.query<ScheduleRow>(ctx, UPSERT, [tenantId, method, currency, ...rates, now]);
      if (row === undefined) throw new Error('A fee schedule that was written is there');
      return toSchedule(row);
    },

    async findSettlementSettings(ctx: Context, tenantId: TenantId): Promise<SettlementSettings | null> {
      const [row] = await database.query<Pick<SettlementSettings, keyof SettlementSettings>>(
        ctx,
        FIND_SETTLEMENT_SETTINGS,
        [tenantId],
      );
      return row === undefined ? null : { ...row, minimumAmount: trimDecimal(row.minimumAmount) };
    },
  };
}

function toSchedule(row: ScheduleRow): FeeSchedule {
  row.gatewayPercentage = trimDecimal(row.gatewayPercentage);
  row.platformPercentage = trimDecimal(row.platformPercentage);
  row.gatewayFixed = formatUnitPrice(row.gatewayFixed, row.currency);
  row.platformFixed = formatUnitPrice(row.platformFixed, row.currency);
  return row;
}
