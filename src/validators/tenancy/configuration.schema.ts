import { z } from 'zod';
import { configurationDataTypes } from '../../types/tenancy/configuration.ts';
import { id, text, timestamp } from '../common/fields.schema.ts';
import { jsonInput, jsonObjectInput, jsonOrTextInput, jsonOutput } from '../common/json.schema.ts';
import { pageQuery, sliceQuery } from '../common/page.schema.ts';

const VALUE_LIMITS = { depth: 32, values: 2000, bytes: 16_384 };
const RULES_LIMITS = { depth: 16, values: 2000, bytes: 16_384 };

const name = () =>
  z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'Must be 1 to 64 letters, digits, dots, hyphens and underscores');

/** "all" is what all categories together are called. */
const category = () =>
  name()
    .refine((value) => value !== 'all', 'The name "all" is taken')
    .meta({ example: 'partners' });
const key = () => name().meta({ example: 'commissionRates' });
const dataType = () => z.enum(configurationDataTypes).meta({ example: 'object' });
const isRequired = () => z.boolean().meta({ example: true });
const version = () => z.number().int().min(1).max(999_999_999).meta({ example: 3 });
const description = () => text(500).nullable().meta({ example: 'Percent of a sale by partner level.' });

const RATES = { gold: 12.5, silver: 8 };
const RATE_RULES = { additionalProperties: { type: 'number', minimum: 0, maximum: 100 } };

export const ConfigurationParams = z.strictObject({ category: category(), key: key() });

export const ListConfigurationsQuery = pageQuery(['updatedAt', 'key', 'category', 'createdAt'], {
  category: category().optional(),
});

export const SetConfigurationRequest = z
  .strictObject({
    category: category(),
    key: key(),
    value: jsonInput(VALUE_LIMITS).optional().meta({ example: RATES, description: 'Null clears it.' }),
    dataType: dataType().optional(),
    defaultValue: jsonInput(VALUE_LIMITS).optional().meta({ example: {}, description: 'Null clears it.' }),
    isRequired: isRequired().optional(),
    validationRules: jsonObjectInput(RULES_LIMITS).nullable().optional().meta({
      example: RATE_RULES,
      description: 'JSON Schema 2020-12. Patterns are in the syntax of RE2; references stay within $defs.',
    }),
    description: description().optional(),
    version: version().optional(),
  })
  .meta({ id: 'SetConfigurationRequest' });

export const ConfigurationValueQuery = z.strictObject({
  defaultValue: jsonOrTextInput(VALUE_LIMITS)
    .optional()
    .meta({ example: '{"gold":10}', description: 'JSON, or else a text as it stands.' }),
});

export const ListConfigurationVersionsQuery = sliceQuery({});

export const RestoreConfigurationRequest = z
  .strictObject({ version: version() })
  .meta({ id: 'RestoreConfigurationRequest' });

const state = {
  dataType: dataType(),
  value: jsonOutput().meta({ example: RATES }),
  defaultValue: jsonOutput().meta({ example: null }),
  isRequired: isRequired(),
  validationRules: z.record(z.string(), z.unknown()).nullable().meta({ example: RATE_RULES }),
  description: z.string().nullable().meta({ example: 'Percent of a sale by partner level.' }),
};

const ConfigurationProblem = z
  .object({
    path: z.string().meta({ example: '/value/gold', description: 'A JSON pointer (RFC 6901) into the configuration.' }),
    message: z.string().meta({ example: 'must be <= 10' }),
    code: z.string().meta({ example: 'maximum' }),
  })
  .meta({ id: 'ConfigurationProblem' });

const findings = {
  valueIsValid: z
    .boolean()
    .meta({ example: true, description: 'False where the rules have changed since the value was stored.' }),
  defaultIsValid: z.boolean().meta({ example: true }),
  problems: z.array(ConfigurationProblem).meta({ example: [] }),
};

export const ConfigurationResponse = z
  .object({
    id: id(),
    category: z.string().meta({ example: 'partners' }),
    key: z.string().meta({ example: 'commissionRates' }),
    ...state,
    version: version(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
    ...findings,
  })
  .meta({ id: 'Configuration' });

export const ConfigurationValueResponse = z
  .object({
    category: z.string().meta({ example: 'partners' }),
    key: z.string().meta({ example: 'commissionRates' }),
    value: jsonOutput().meta({ example: RATES }),
    source: z.enum(['value', 'default', 'request']),
    dataType: dataType().nullable(),
    version: version().nullable(),
    ...findings,
  })
  .meta({ id: 'ConfigurationValue' });

export const ConfigurationVersionResponse = z
  .object({
    version: version(),
    ...state,
    changedBy: z
      .object({ id: id().nullable(), name: z.string().meta({ example: 'Asha Rao' }) })
      .meta({ id: 'ConfigurationAuthor' }),
    createdAt: timestamp(),
  })
  .meta({ id: 'ConfigurationVersion' });

/** What a shared text holds of a tenant's configurations. */
export const CachedConfigurations = z.array(
  z.object({
    id: z.string(),
    category: z.string(),
    key: z.string(),
    dataType: z.enum(configurationDataTypes),
    value: z.json(),
    defaultValue: z.json(),
    isRequired: z.boolean(),
    validationRules: z.record(z.string(), z.json()).nullable(),
    description: z.string().nullable(),
    version: z.number(),
    createdAt: z.string(),
    updatedAt: z.string(),
  }),
);
