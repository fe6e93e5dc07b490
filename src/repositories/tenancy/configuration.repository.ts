import { invariant } from '../../errors/app-error.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type {
  Configuration,
  ConfigurationKey,
  ConfigurationState,
  ConfigurationVersion,
} from '../../types/tenancy/configuration.ts';
import type { Database } from '../base/database.ts';
import { statement, statementFamily } from '../base/statement.ts';

const STATE_COLUMNS = `data_type as "dataType", value, default_value as "defaultValue", is_required as "isRequired",
  validation_rules as "validationRules", description`;
const COLUMNS = `id, category, key, ${STATE_COLUMNS}, version, created_at as "createdAt", updated_at as "updatedAt"`;

const LIST = statement(`select ${COLUMNS} from configurations where tenant_id = $1 order by category, key`);
const LIST_CATEGORY = statement(
  `select ${COLUMNS} from configurations where tenant_id = $1 and category = $2 order by key`,
);
const FIND_BY_KEY = statement(
  `select ${COLUMNS} from configurations where tenant_id = $1 and category = $2 and key = $3`,
);
const COUNT = statement('select count(*) as total from configurations where tenant_id = $1');
const LOCK_ALL = statement("select pg_advisory_xact_lock(hashtextextended('configurations ' || $1, 0))");

/** Writes a configuration and what it now is into its history: $1 tenant, $2 id, $3 category, $4 key, $5 to $10 state, $11 now, $12 and $13 who. */
const SAVE = statement(`
  with saved as (
    insert into configurations (tenant_id, id, category, key, data_type, value, default_value, is_required, validation_rules,
      description, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9::jsonb, $10, $11, $11)
    on conflict (tenant_id, category, key) do update set data_type = excluded.data_type, value = excluded.value,
      default_value = excluded.default_value, is_required = excluded.is_required,
      validation_rules = excluded.validation_rules, description = excluded.description, updated_at = excluded.updated_at,
      version = configurations.version + 1
    returning *
  ), kept as (
    insert into configuration_versions (tenant_id, configuration_id, version, data_type, value, default_value, is_required,
      validation_rules, description, changed_by, changed_by_name, created_at)
    select tenant_id, id, version, data_type, value, default_value, is_required, validation_rules, description, $12, $13, $11
    from saved
  )
  select ${COLUMNS} from saved`);

const DELETE = statement('delete from configurations where tenant_id = $1 and id = $2');

const VERSION_COLUMNS = `version, ${STATE_COLUMNS}, changed_by as "changedById", changed_by_name as "changedByName",
  created_at as "createdAt"`;

const listVersionsStatement = statementFamily(
  (goesOn: boolean) => `
    select ${VERSION_COLUMNS} from configuration_versions
    where tenant_id = $1 and configuration_id = $2 ${goesOn ? 'and version < $4' : ''} order by version desc limit $3`,
);

const FIND_VERSION = statement(`
  select ${VERSION_COLUMNS} from configuration_versions where tenant_id = $1 and configuration_id = $2 and version = $3`);

type ConfigurationRow = Pick<Configuration, keyof Configuration>;
type VersionRow = Pick<ConfigurationVersion, keyof ConfigurationState | 'version' | 'createdAt'> & {
  readonly changedById: string | null;
  readonly changedByName: string;
};

export type ConfigurationRepository = ReturnType<typeof createConfigurationRepository>;

export function createConfigurationRepository({ database }: { database: Database }) {
  return {
    /** Everything the tenant has, or its category; there is no more of it than the service lets in. */
    list(ctx: TenantContext, category: string | null): Promise<Configuration[]> {
      const { tenantId } = ctx.scope;
      return category === null
        ? database.query<ConfigurationRow>(ctx, LIST, [tenantId])
        : database.query<ConfigurationRow>(ctx, LIST_CATEGORY, [tenantId, category]);
    },

    async findByKey(ctx: TenantContext, { category, key }: ConfigurationKey): Promise<Configuration | null> {
      const [row] = await database.query<ConfigurationRow>(ctx, FIND_BY_KEY, [ctx.scope.tenantId, category, key]);
      return row ?? null;
    },

    async count(ctx: TenantContext): Promise<number> {
      const [row] = await database.query<{ total: number }>(ctx, COUNT, [ctx.scope.tenantId]);
      return row?.total ?? 0;
    },

    /** Keeps everybody else from changing the tenant's configurations until the transaction ends. */
    async lockAll(ctx: TenantTxContext): Promise<void> {
      await database.query(ctx, LOCK_ALL, [ctx.scope.tenantId]);
    },

    /** Inserts a configuration or replaces what it is, and keeps it as a version. */
    async replace(
      ctx: TenantTxContext,
      { id, category, key, ...state }: ConfigurationKey & ConfigurationState & { readonly id: string },
      now: string,
    ): Promise<Configuration> {
      const [row] = await database.query<ConfigurationRow>(ctx, SAVE, [
        ctx.scope.tenantId,
        id,
        category,
        key,
        state.dataType,
        jsonOf(state.value),
        jsonOf(state.defaultValue),
        state.isRequired,
        jsonOf(state.validationRules),
        state.description,
        now,
        ctx.actor.id,
        ctx.actor.name,
      ]);
      return invariant(row, 'What was saved is returned');
    },

    /** Deletes a configuration and its versions. */
    async delete(ctx: TenantTxContext, id: string): Promise<void> {
      await database.execute(ctx, DELETE, [ctx.scope.tenantId, id]);
    },

    /** The newest versions first; with `before`, those that precede this one. */
    async listVersions(
      ctx: TenantContext,
      id: string,
      { limit, before }: { readonly limit: number; readonly before: number | undefined },
    ): Promise<ConfigurationVersion[]> {
      const rows = await database.query<VersionRow>(ctx, listVersionsStatement(before !== undefined), [
        ctx.scope.tenantId,
        id,
        limit,
        ...(before === undefined ? [] : [before]),
      ]);
      return rows.map(toVersion);
    },

    async findVersion(ctx: TenantContext, id: string, version: number): Promise<ConfigurationVersion | null> {
      const [row] = await database.query<VersionRow>(ctx, FIND_VERSION, [ctx.scope.tenantId, id, version]);
      return row === undefined ? null : toVersion(row);
    },
  };
}

/** JSON's null is the absence of a value. */
const jsonOf = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

const toVersion = ({ changedById, changedByName, ...version }: VersionRow): ConfigurationVersion => ({
  ...version,
  changedBy: { id: changedById, name: changedByName },
});
