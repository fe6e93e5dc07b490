import { invariant } from '../../errors/app-error.ts';
import type { NewTaxRate, TaxRate, TaxRateFilter } from '../../types/billing/tax.ts';
import type { Context, TenantContext, TxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import { trimDecimal } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { offsetOf } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

const COLUMNS = `
  id, name, kind, country, region, percentage, behavior, rounding, round_total_to as "roundTotalTo", active, version,
  created_at as "createdAt", updated_at as "updatedAt"`;

const filters = createFilters({ country: 'country = ?', active: 'active = ?' });

const listStatement = statementFamily((given: string, direction: 'asc' | 'desc') => {
  const { text, next } = filters.clause(given);
  return `select ${COLUMNS} from tax_rates where ${text}
    order by created_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});
const countStatement = statementFamily(
  (given: string) => `select count(*) as total from tax_rates where ${filters.clause(given).text}`,
);

const FIND_CHARGED = statement(`
  select ${COLUMNS} from tax_rates
  where (active and country = coalesce($1, (select country from tenants where id = $2))) or id = any($3::uuid[])
  order by created_at, id`);
const LOCK = statement(`select ${COLUMNS} from tax_rates where id = $1 for update`);
const INSERT = statement(`
  insert into tax_rates (id, name, kind, country, region, percentage, behavior, rounding, round_total_to, active, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) returning ${COLUMNS}`);
const UPDATE = statement(`
  update tax_rates set name = $2, kind = $3, country = $4, region = $5, percentage = $6, behavior = $7, rounding = $8,
    round_total_to = $9, active = $10, updated_at = $11, version = version + 1
  where id = $1 returning ${COLUMNS}`);

type TaxRateRow = { -readonly [Key in keyof TaxRate]: TaxRate[Key] };

export type TaxRateRepository = ReturnType<typeof createTaxRateRepository>;

/** The taxes that the operator charges: rows of the platform, which every tenant reads. */
export function createTaxRateRepository({ database }: { database: Database }) {
  return {
    async list(ctx: Context, filter: TaxRateFilter): Promise<Page<TaxRate>> {
      const { names, values } = filters.given({ country: filter.country, active: filter.active });
      const direction = filter.sort.startsWith('-') ? 'desc' : 'asc';
      const [rows, counted] = await Promise.all([
        database.query<TaxRateRow>(ctx, listStatement(names, direction), [...values, filter.limit, offsetOf(filter)]),
        database.query<{ total: number }>(ctx, countStatement(names), values),
      ]);
      return { items: rows.map(toTaxRate), page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    /**
     * The rates in force in a country, and those of the ids in force or not; the oldest first.
     * @param country the tenant's own where it is null
     */
    async findCharged(ctx: TenantContext, country: string | null, ids: readonly string[]): Promise<TaxRate[]> {
      const values = [country, ctx.scope.tenantId, [...ids]];
      return (await database.query<TaxRateRow>(ctx, FIND_CHARGED, values)).map(toTaxRate);
    },

    /** Reads a rate that nobody else can change until the transaction ends. */
    async lock(ctx: TxContext, id: string): Promise<TaxRate | null> {
      const [row] = await database.query<TaxRateRow>(ctx, LOCK, [id]);
      return row === undefined ? null : toTaxRate(row);
    },

    async insert(ctx: TxContext, rate: NewTaxRate, now: string): Promise<TaxRate> {
      const [row] = await database.query<TaxRateRow>(ctx, INSERT, valuesOf(rate, now));
      return toTaxRate(invariant(row, 'An insert returns its row'));
    },

    /** Replaces a locked rate. */
    async update(ctx: TxContext, rate: NewTaxRate, now: string): Promise<TaxRate> {
      const [row] = await database.query<TaxRateRow>(ctx, UPDATE, valuesOf(rate, now));
      return toTaxRate(invariant(row, 'A locked rate can be updated'));
    },
  };
}

const valuesOf = (rate: NewTaxRate, now: string): unknown[] => [
  rate.id,
  rate.name,
  rate.kind,
  rate.country,
  rate.region,
  rate.percentage,
  rate.behavior,
  rate.rounding,
  rate.roundTotalTo,
  rate.active,
  now,
];

const toTaxRate = (row: TaxRateRow): TaxRate => ({
  ...row,
  percentage: trimDecimal(row.percentage),
  roundTotalTo: row.roundTotalTo === null ? null : trimDecimal(row.roundTotalTo),
});
