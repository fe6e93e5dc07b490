import { appError } from '../../errors/app-error.ts';
import type { Json } from '../../types/json.ts';
import type {
  ConfigurationDataType,
  ConfigurationFindings,
  ConfigurationProblem,
  ConfigurationState,
} from '../../types/tenancy/configuration.ts';
import { TOO_LONG, type ValidationRules } from './validation-rules.ts';

type CheckedField = 'value' | 'defaultValue';

const CHECKED_FIELDS: readonly CheckedField[] = ['value', 'defaultValue'];

/** Beyond the safe integers JavaScript rounds: what is read back would not be what was given. */
const HAS_TYPE: Readonly<Record<ConfigurationDataType, (value: Json) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: (value) => Array.isArray(value),
};

export type ConfigurationRules = ReturnType<typeof createConfigurationRules>;

/** Whether configurations keep their data type and their own rules. */
export function createConfigurationRules({ rules }: { readonly rules: ValidationRules }) {
  const problemsOf = (state: ConfigurationState, field: CheckedField): readonly ConfigurationProblem[] => {
    const value = state[field];
    if (value === null) return [];
    if (!HAS_TYPE[state.dataType](value)) {
      return [{ path: `/${field}`, message: `must be of the data type ${state.dataType}`, code: 'data_type' }];
    }
    if (state.validationRules === null) return [];
    const compiled = rules.compile(state.validationRules);
    if ('problems' in compiled) return withPaths('/validationRules', compiled.problems);
    return withPaths(`/${field}`, compiled.check(value));
  };

  const findingsOf = (state: ConfigurationState): ConfigurationFindings => {
    const ofValue = problemsOf(state, 'value');
    const ofDefault = problemsOf(state, 'defaultValue');
    return {
      valueIsValid: ofValue.length === 0,
      defaultIsValid: ofDefault.length === 0,
      problems: [...ofValue, ...ofDefault],
    };
  };

  return {
    /** How what is stored stands to its rules. Never throws. */
    findingsOf,

    /**
     * Makes sure that a state may be written. What the caller gives keeps the rules; what was there before may break them,
     * for that is what a change of rules does, but not make them impossible to check.
     * @throws AppError VALIDATION_RULES_INVALID, CONFIGURATION_VALUE_INVALID, CONFIGURATION_VALUE_REQUIRED
     */
    refuseUnlessWritable(state: ConfigurationState, given: ReadonlySet<string>): void {
      if (state.validationRules !== null) {
        const compiled = rules.compile(state.validationRules);
        if ('problems' in compiled) {
          throw appError('VALIDATION_RULES_INVALID', { details: withPaths('/validationRules', compiled.problems) });
        }
      }
      const broken = CHECKED_FIELDS.filter((field) => given.has(field)).flatMap((field) => problemsOf(state, field));
      if (broken.length > 0) throw appError('CONFIGURATION_VALUE_INVALID', { details: broken });
      const unchecked = findingsOf(state).problems.filter(({ code }) => code === TOO_LONG);
      if (unchecked.length > 0) throw appError('VALIDATION_RULES_INVALID', { details: unchecked });
      if (state.isRequired && state.value === null && state.defaultValue === null) {
        throw appError('CONFIGURATION_VALUE_REQUIRED');
      }
    },
  };
}

const withPaths = (prefix: string, problems: readonly ConfigurationProblem[]): ConfigurationProblem[] =>
  problems.map(({ path, ...problem }) => ({ ...problem, path: `${prefix}${path}` }));
