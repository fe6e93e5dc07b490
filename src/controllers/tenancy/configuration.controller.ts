import type { z } from 'zod';
import type { ConfigurationService } from '../../services/tenancy/configuration.service.ts';
import type { TenantContext } from '../../types/context.ts';
import type { Page, Slice, SliceRequest } from '../../types/page.ts';
import type {
  ConfigurationFindings,
  ConfigurationKey,
  ConfigurationVersion,
  ConfiguredValue,
  ReportedConfiguration,
} from '../../types/tenancy/configuration.ts';
import type {
  ConfigurationResponse,
  ConfigurationValueQuery,
  ConfigurationValueResponse,
  ConfigurationVersionResponse,
  ListConfigurationsQuery,
  RestoreConfigurationRequest,
  SetConfigurationRequest,
} from '../../validators/tenancy/configuration.schema.ts';

type ConfigurationAnswer = z.input<typeof ConfigurationResponse>;
type ConfigurationValueAnswer = z.input<typeof ConfigurationValueResponse>;
type ConfigurationVersionAnswer = z.input<typeof ConfigurationVersionResponse>;

export type ConfigurationController = ReturnType<typeof createConfigurationController>;

export function createConfigurationController({ configurations }: { readonly configurations: ConfigurationService }) {
  return {
    async list(
      ctx: TenantContext,
      query: z.output<typeof ListConfigurationsQuery>,
    ): Promise<Page<ConfigurationAnswer>> {
      const page = await configurations.list(ctx, query);
      return { ...page, items: page.items.map(toConfigurationAnswer) };
    },

    async set(
      ctx: TenantContext,
      { category, key, version, ...changes }: z.output<typeof SetConfigurationRequest>,
    ): Promise<{ created: boolean; item: ConfigurationAnswer }> {
      const { created, configuration } = await configurations.set(ctx, { category, key }, version, changes);
      return { created, item: toConfigurationAnswer(configuration) };
    },

    async readValue(
      ctx: TenantContext,
      at: ConfigurationKey,
      { defaultValue }: z.output<typeof ConfigurationValueQuery>,
    ): Promise<ConfigurationValueAnswer> {
      return withProblems<ConfiguredValue>(await configurations.readValue(ctx, at, defaultValue));
    },

    async remove(ctx: TenantContext, at: ConfigurationKey): Promise<undefined> {
      await configurations.remove(ctx, at);
    },

    async listVersions(
      ctx: TenantContext,
      at: ConfigurationKey,
      request: SliceRequest,
    ): Promise<Slice<ConfigurationVersionAnswer>> {
      const slice = await configurations.listVersions(ctx, at, request);
      return { ...slice, items: slice.items.map(toVersionAnswer) };
    },

    async restore(
      ctx: TenantContext,
      at: ConfigurationKey,
      { version }: z.output<typeof RestoreConfigurationRequest>,
    ): Promise<ConfigurationAnswer> {
      return toConfigurationAnswer(await configurations.restore(ctx, at, version));
    },
  };
}

const withProblems = <Found extends ConfigurationFindings>(found: Found) => ({
  ...found,
  problems: [...found.problems],
});

const toConfigurationAnswer = (configuration: ReportedConfiguration): ConfigurationAnswer =>
  withProblems(configuration);

const toVersionAnswer = (version: ConfigurationVersion): ConfigurationVersionAnswer => ({ ...version });
