import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { ConfigurationRepository } from '../../repositories/tenancy/configuration.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Json } from '../../types/json.ts';
import type { Page, Slice, SliceRequest } from '../../types/page.ts';
import type {
  Configuration,
  ConfigurationChanges,
  ConfigurationFilter,
  ConfigurationFindings,
  ConfigurationKey,
  ConfigurationState,
  ConfigurationVersion,
  ConfiguredValue,
  ReportedConfiguration,
} from '../../types/tenancy/configuration.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { TenantCache } from '../base/tenant-cache.ts';
import type { ConfigurationRules } from './configuration-rules.ts';
import { decodeNumberCursor, encodeNumberCursor } from './number-cursor.ts';

/** What the cache calls all categories together; no category has this name. */
export const ALL_CATEGORIES = 'all';

/** Configurations of one tenant: what one read of the cache may hold. */
export const MOST_CONFIGURATIONS = 500;

export interface ConfigurationServiceDeps {
  readonly configurations: ConfigurationRepository;
  /** The configurations of a category, or of ALL_CATEGORIES. */
  readonly cache: TenantCache<readonly Configuration[]>;
  readonly rules: ConfigurationRules;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

export interface SavedConfiguration {
  readonly created: boolean;
  readonly configuration: ReportedConfiguration;
}

export type ConfigurationService = ReturnType<typeof createConfigurationService>;

export function createConfigurationService(deps: ConfigurationServiceDeps) {
  const { configurations, cache, rules, tx, audit, clock } = deps;
  const findings = new WeakMap<Configuration, ConfigurationFindings>();

  /** Of what the cache holds, each is checked once. */
  const findingsOf = (configuration: Configuration): ConfigurationFindings => {
    const known = findings.get(configuration);
    if (known !== undefined) return known;
    const found = rules.findingsOf(configuration);
    findings.set(configuration, found);
    return found;
  };

  const reported = (configuration: Configuration): ReportedConfiguration => ({
    ...configuration,
    ...findingsOf(configuration),
  });

  const findKnown = async (ctx: TenantContext, { category, key }: ConfigurationKey): Promise<Configuration | null> =>
    (await cache.get(ctx, category)).find((configuration) => configuration.key === key) ?? null;

  const findOrRefuse = async (ctx: TenantContext, at: ConfigurationKey): Promise<Configuration> => {
    const found = await configurations.findByKey(ctx, at);
    if (found === null) throw appError('CONFIGURATION_NOT_FOUND');
    return found;
  };

  const lockOrRefuse = async (ctx: TenantTxContext, at: ConfigurationKey): Promise<Configuration> => {
    await configurations.lockAll(ctx);
    return findOrRefuse(ctx, at);
  };

  const refuseOneTooMany = async (ctx: TenantTxContext): Promise<void> => {
    if ((await configurations.count(ctx)) >= MOST_CONFIGURATIONS) {
      throw appError('CONFIGURATION_LIMIT_REACHED', { details: { limit: MOST_CONFIGURATIONS } });
    }
  };

  const replace = async (
    ctx: TenantTxContext,
    at: ConfigurationKey,
    before: Configuration | null,
    state: ConfigurationState,
  ): Promise<Configuration> => {
    const { category, key } = at;
    const after = await configurations.replace(
      ctx,
      { ...state, category, key, id: before?.id ?? uuidv7() },
      clock.now().toISOString(),
    );
    cache.forgetAtCommit(ctx);
    audit.record(ctx, {
      resourceType: 'configuration',
      resourceId: after.id,
      after: auditedFields(after),
      ...(before === null ? { action: 'configuration.created' } : { before: auditedFields(before) }),
    });
    return after;
  };

  return {
    async list(
      ctx: TenantContext,
      { category, page, limit, sort }: ConfigurationFilter,
    ): Promise<Page<ReportedConfiguration>> {
      const all = [...(await cache.get(ctx, category ?? ALL_CATEGORIES))].sort(inOrder(sort));
      const items = all.slice((page - 1) * limit, page * limit);
      return { items: items.map(reported), page, limit, total: all.length };
    },

    /**
     * The value to work with. A value or default that breaks its rules, because they have changed since, is passed over.
     * @param fallback what the caller makes do with where nothing is configured; undefined without one
     * @throws AppError CONFIGURATION_NOT_FOUND when there is no value, no default and no fallback
     */
    async readValue(ctx: TenantContext, at: ConfigurationKey, fallback?: Json): Promise<ConfiguredValue> {
      const known = await findKnown(ctx, at);
      const answer = { category: at.category, key: at.key };
      if (known !== null) {
        const { dataType, version, value, defaultValue } = known;
        const found = { ...answer, dataType, version, ...findingsOf(known) };
        if (value !== null && found.valueIsValid) return { ...found, value, source: 'value' };
        if (defaultValue !== null && found.defaultIsValid) {
          return { ...found, value: defaultValue, source: 'default' };
        }
        if (fallback !== undefined) return { ...found, value: fallback, source: 'request' };
      } else if (fallback !== undefined) {
        const nothing = { dataType: null, version: null, valueIsValid: true, defaultIsValid: true, problems: [] };
        return { ...answer, ...nothing, value: fallback, source: 'request' };
      }
      throw appError('CONFIGURATION_NOT_FOUND');
    },

    /**
     * Makes a configuration or changes what there is of it: what is absent stays as it is.
     * A change of rules that the stored value breaks is taken, and reported with the answer.
     * @throws AppError VERSION_CONFLICT with the current state (null where it is gone), VALIDATION_FAILED without a data type
     *   for a new one, VALIDATION_RULES_INVALID, CONFIGURATION_VALUE_INVALID, CONFIGURATION_VALUE_REQUIRED,
     *   CONFIGURATION_LIMIT_REACHED
     */
    async set(
      ctx: TenantContext,
      at: ConfigurationKey,
      version: number | undefined,
      changes: ConfigurationChanges,
    ): Promise<SavedConfiguration> {
      return tx.run(ctx, async (txCtx) => {
        await configurations.lockAll(txCtx);
        const before = await configurations.findByKey(txCtx, at);
        if (version !== undefined && version !== before?.version) {
          throw appError('VERSION_CONFLICT', { details: { current: before === null ? null : reported(before) } });
        }
        if (before === null) await refuseOneTooMany(txCtx);
        const state = changedState(before, changes);
        rules.refuseUnlessWritable(state, new Set(Object.keys(changes)));
        const configuration = await replace(txCtx, at, before, state);
        return { created: before === null, configuration: reported(configuration) };
      });
    },

    /**
     * Deletes a configuration with its history.
     * @throws AppError CONFIGURATION_NOT_FOUND
     */
    async remove(ctx: TenantContext, at: ConfigurationKey): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lockOrRefuse(txCtx, at);
        await configurations.delete(txCtx, before.id);
        cache.forgetAtCommit(txCtx);
        audit.record(txCtx, {
          resourceType: 'configuration',
          resourceId: before.id,
          before: auditedFields(before),
        });
      });
    },

    /**
     * What the configuration was, the newest version first.
     * @throws AppError CONFIGURATION_NOT_FOUND, VALIDATION_FAILED for a cursor that no answer gave
     */
    async listVersions(
      ctx: TenantContext,
      at: ConfigurationKey,
      { limit, cursor }: SliceRequest,
    ): Promise<Slice<ConfigurationVersion>> {
      const before = cursor === undefined ? undefined : decodeNumberCursor(cursor);
      const { id } = await findOrRefuse(ctx, at);
      const found = await configurations.listVersions(ctx, id, { limit: limit + 1, before });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const goesOn = found.length > limit && last !== undefined;
      return { items, limit, nextCursor: goesOn ? encodeNumberCursor(last.version) : null };
    },

    /**
     * Makes an earlier version the newest one, by that version's own rules.
     * @throws AppError CONFIGURATION_NOT_FOUND, CONFIGURATION_VERSION_NOT_FOUND, VALIDATION_RULES_INVALID,
     *   CONFIGURATION_VALUE_INVALID when the version did not keep its rules
     */
    async restore(ctx: TenantContext, at: ConfigurationKey, version: number): Promise<ReportedConfiguration> {
      return tx.run(ctx, async (txCtx) => {
        const before = await lockOrRefuse(txCtx, at);
        const earlier = await configurations.findVersion(txCtx, before.id, version);
        if (earlier === null) throw appError('CONFIGURATION_VERSION_NOT_FOUND');
        rules.refuseUnlessWritable(earlier, EVERY_FIELD);
        return reported(await replace(txCtx, at, before, earlier));
      });
    },
  };
}

const EVERY_FIELD: ReadonlySet<string> = new Set(['value', 'defaultValue']);

/** @throws AppError VALIDATION_FAILED for a new one without a data type */
function changedState(before: ConfigurationState | null, changes: ConfigurationChanges): ConfigurationState {
  const dataType = changes.dataType ?? before?.dataType;
  if (dataType === undefined) {
    throw appError('VALIDATION_FAILED', {
      details: [{ path: 'body.dataType', message: 'Is required for a new configuration' }],
    });
  }
  const nothing = { value: null, defaultValue: null, isRequired: false, validationRules: null, description: null };
  return { ...nothing, ...before, ...changes, dataType };
}

/** By a field and then by category and key, so that the order is the same each time. */
function inOrder(sort: string): (a: Configuration, b: Configuration) => number {
  const sign = sort.startsWith('-') ? -1 : 1;
  const fields = [sort.replace('-', ''), 'category', 'key'];
  const textOf = (configuration: Configuration, field: string): string => {
    if (field === 'updatedAt' || field === 'createdAt') return configuration[field];
    return field === 'category' ? configuration.category : configuration.key;
  };
  return (a, b) => {
    for (const field of fields) {
      const [first, second] = [textOf(a, field), textOf(b, field)];
      if (first !== second) return first < second ? -sign : sign;
    }
    return 0;
  };
}

const auditedFields = (configuration: Configuration) => ({
  category: configuration.category,
  key: configuration.key,
  dataType: configuration.dataType,
  value: configuration.value,
  defaultValue: configuration.defaultValue,
  isRequired: configuration.isRequired,
  validationRules: configuration.validationRules,
  description: configuration.description,
  version: configuration.version,
});
