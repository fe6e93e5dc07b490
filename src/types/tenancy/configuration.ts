import type { Json, JsonObject } from '../json.ts';
import type { PageRequest } from '../page.ts';

export const configurationDataTypes = ['string', 'number', 'integer', 'boolean', 'object', 'array'] as const;

export type ConfigurationDataType = (typeof configurationDataTypes)[number];

/** What a version of a configuration says. */
export interface ConfigurationState {
  readonly dataType: ConfigurationDataType;
  /** Null while there is none: no data type has null among its values. */
  readonly value: Json;
  readonly defaultValue: Json;
  /** Whether there must be a value or a default. */
  readonly isRequired: boolean;
  /** A JSON Schema of draft 2020-12 that value and default keep besides the data type. */
  readonly validationRules: JsonObject | null;
  readonly description: string | null;
}

/** Where a configuration stands in its tenant. */
export interface ConfigurationKey {
  readonly category: string;
  readonly key: string;
}

/** A value that changes how the product works for a tenant, with the rules that it keeps. */
export interface Configuration extends ConfigurationKey, ConfigurationState {
  readonly id: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What is absent stays as it is, null clears. */
export type ConfigurationChanges = Partial<ConfigurationState>;

/** What a configuration was from a version on, and who made it so. */
export interface ConfigurationVersion extends ConfigurationState {
  readonly version: number;
  readonly changedBy: { readonly id: string | null; readonly name: string };
  readonly createdAt: string;
}

/** Something that does not keep the rules. */
export interface ConfigurationProblem {
  /** A JSON pointer (RFC 6901) into the configuration: `/value/seats/0`. */
  readonly path: string;
  readonly message: string;
  readonly code: string;
}

/** How what is stored stands to the rules; they may have changed after it. */
export interface ConfigurationFindings {
  readonly valueIsValid: boolean;
  readonly defaultIsValid: boolean;
  readonly problems: readonly ConfigurationProblem[];
}

export type ReportedConfiguration = Configuration & ConfigurationFindings;

/** The value to work with: the tenant's own, else the default, else what the caller falls back on. */
export interface ConfiguredValue extends ConfigurationKey, ConfigurationFindings {
  readonly value: Json;
  readonly source: 'value' | 'default' | 'request';
  /** Null where there is no such configuration. */
  readonly dataType: ConfigurationDataType | null;
  readonly version: number | null;
}

export interface ConfigurationFilter extends PageRequest {
  readonly category?: string | undefined;
}
