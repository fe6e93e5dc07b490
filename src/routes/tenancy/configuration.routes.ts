import type { ConfigurationController } from '../../controllers/tenancy/configuration.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  ConfigurationParams,
  ConfigurationResponse,
  ConfigurationValueQuery,
  ConfigurationValueResponse,
  ConfigurationVersionResponse,
  ListConfigurationsQuery,
  ListConfigurationVersionsQuery,
  RestoreConfigurationRequest,
  SetConfigurationRequest,
} from '../../validators/tenancy/configuration.schema.ts';

export interface ConfigurationRouteDeps {
  readonly configurations: ConfigurationController;
}

const endpoint = endpointsFor<ConfigurationRouteDeps>();
const tags = ['Configurations'] as const;

export const listConfigurations = endpoint({
  method: 'get',
  path: '/api/configurations',
  operationId: 'listConfigurations',
  summary: 'List configurations',
  description: 'With what the rules have to say against what is stored.',
  tags,
  access: tenant('configurations:read'),
  query: ListConfigurationsQuery,
  success: { status: 200, page: ConfigurationResponse },
  handler: ({ configurations }, { query, ctx }) => configurations.list(ctx, query),
});

export const setConfiguration = endpoint({
  method: 'put',
  path: '/api/configurations',
  operationId: 'setConfiguration',
  summary: 'Make or change a configuration',
  description: [
    'What is absent stays as it is; a new one needs a data type. Value and default keep the data type and the rules.',
    'Rules that what is already stored does not keep are taken, and `problems` says so; until it does, the default is worked with.',
    'With `version` the change fails if somebody else was quicker.',
  ].join(' '),
  tags,
  access: tenant('configurations:write'),
  body: SetConfigurationRequest,
  success: { status: 200, upsert: ConfigurationResponse },
  errors: [
    'VERSION_CONFLICT',
    'VALIDATION_RULES_INVALID',
    'CONFIGURATION_VALUE_INVALID',
    'CONFIGURATION_VALUE_REQUIRED',
    'CONFIGURATION_LIMIT_REACHED',
  ],
  audit: 'configuration.updated',
  handler: ({ configurations }, { body, ctx }) => configurations.set(ctx, body),
});

export const getConfigurationValue = endpoint({
  method: 'get',
  path: '/api/configurations/:category/:key',
  operationId: 'getConfigurationValue',
  summary: 'Get the value of a configuration',
  description:
    "The tenant's own value, else the default, else `defaultValue` of the query. What does not keep its rules is passed over, and `problems` says so.",
  tags,
  access: tenant('configurations:read'),
  params: ConfigurationParams,
  query: ConfigurationValueQuery,
  success: { status: 200, schema: ConfigurationValueResponse },
  errors: ['CONFIGURATION_NOT_FOUND'],
  handler: ({ configurations }, { params, query, ctx }) => configurations.readValue(ctx, params, query),
});

export const deleteConfiguration = endpoint({
  method: 'delete',
  path: '/api/configurations/:category/:key',
  operationId: 'deleteConfiguration',
  summary: 'Delete a configuration with its history',
  tags,
  access: tenant('configurations:write'),
  params: ConfigurationParams,
  success: { status: 204 },
  errors: ['CONFIGURATION_NOT_FOUND'],
  audit: 'configuration.deleted',
  handler: ({ configurations }, { params, ctx }) => configurations.remove(ctx, params),
});

export const listConfigurationVersions = endpoint({
  method: 'get',
  path: '/api/configurations/:category/:key/history',
  operationId: 'listConfigurationVersions',
  summary: 'List what a configuration was',
  description: 'Who made it what, the newest version first.',
  tags,
  access: tenant('configurations:read'),
  params: ConfigurationParams,
  query: ListConfigurationVersionsQuery,
  success: { status: 200, slice: ConfigurationVersionResponse },
  errors: ['CONFIGURATION_NOT_FOUND'],
  handler: ({ configurations }, { params, query, ctx }) => configurations.listVersions(ctx, params, query),
});

export const restoreConfiguration = endpoint({
  method: 'post',
  path: '/api/configurations/:category/:key/rollback',
  operationId: 'restoreConfiguration',
  summary: 'Go back to an earlier version',
  description: 'It becomes the newest version, with its own rules; none is lost.',
  tags,
  access: tenant('configurations:write'),
  params: ConfigurationParams,
  body: RestoreConfigurationRequest,
  success: { status: 200, schema: ConfigurationResponse },
  errors: [
    'CONFIGURATION_NOT_FOUND',
    'CONFIGURATION_VERSION_NOT_FOUND',
    'VALIDATION_RULES_INVALID',
    'CONFIGURATION_VALUE_INVALID',
    'CONFIGURATION_VALUE_REQUIRED',
  ],
  audit: 'configuration.restored',
  handler: ({ configurations }, { params, body, ctx }) => configurations.restore(ctx, params, body),
});

export const configurationEndpoints = [
  listConfigurations,
  getConfigurationValue,
  listConfigurationVersions,
  setConfiguration,
  restoreConfiguration,
  deleteConfiguration,
] as const;
