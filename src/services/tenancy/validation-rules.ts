import { createHash } from 'node:crypto';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import canonicalize from 'canonicalize';
import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import { invariant } from '../../errors/app-error.ts';
import type { Json, JsonObject } from '../../types/json.ts';
import type { ConfigurationProblem } from '../../types/tenancy/configuration.ts';
import { createCpuLimit } from '../../utils/cpu-limit.ts';

/** The code of a value that could not be checked in time. */
export const TOO_LONG = 'too_long';

const MOST_RULES = 500;
const MOST_PROBLEMS = 20;
/** Milliseconds for compiling rules, and for checking a value against them. */
const TIME_LIMIT_MS = 250;

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const LOCAL_REFERENCE = /^#(?:\/\$defs\/[^#]*)?$/;

type Check = (value: Json) => readonly ConfigurationProblem[];

/** Rules that can be applied, or what is wrong with them. */
export type CompiledRules = { readonly check: Check } | { readonly problems: readonly ConfigurationProblem[] };

/** A pattern as ajv wants it. RE2 knows no backtracking: a text takes time in proportion to its length, whatever the pattern. */
const linearPattern = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text: string): boolean => compiled.test(text), toString: () => pattern };
  },
  { code: 'linearPattern' },
);

export type ValidationRules = ReturnType<typeof createValidationRules>;

/**
 * Validation rules that tenants write: JSON Schema 2020-12 that refers to nothing outside of itself, with patterns in the
 * syntax of RE2. Unknown keywords and formats are mistakes. Compiled rules are kept by their content.
 */
export function createValidationRules() {
  const limit = createCpuLimit(TIME_LIMIT_MS);
  const compiled = new LRUCache<string, CompiledRules>({ max: MOST_RULES });
  const dialect = new Ajv2020({ logger: false, allErrors: true });

  const compile = (rules: JsonObject): CompiledRules => {
    const foreign = foreignKeyword(rules, '');
    if (foreign !== null) return { problems: [foreign] };
    try {
      if (dialect.validateSchema(rules) !== true) return { problems: problemsOf(dialect.errors) };
      const validate = limit.run(() => newCompiler().compile(structuredClone(rules)));
      return {
        check(value) {
          try {
            return limit.run(() => (validate(value) ? [] : problemsOf(validate.errors)));
          } catch {
            return [{ path: '', message: 'takes too long to check', code: TOO_LONG }];
          }
        },
      };
    } catch (error) {
      return { problems: [{ path: '', message: messageOf(error), code: 'rules' }] };
    }
  };

  return {
    /** Never throws: rules that were fine once may be read by a later release. Paths of problems begin at the rules or the value. */
    compile(rules: JsonObject): CompiledRules {
      const key = createHash('sha256')
        .update(invariant(canonicalize(rules), 'JSON has a canonical form'))
        .digest('base64');
      const known = compiled.get(key);
      if (known !== undefined) return known;
      const made = compile(rules);
      compiled.set(key, made);
      return made;
    },
  };
}

/** One for each compilation: it would keep every schema, and know one by the name that another gave itself. */
const newCompiler = (): Ajv2020 =>
  new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    code: { regExp: linearPattern },
    formats: fullFormats,
    inlineRefs: false,
    logger: false,
    meta: false,
    ownProperties: true,
    strictTuples: false,
    strictTypes: false,
    validateSchema: false,
  });

/** What makes a schema more than rules for a value: other documents, names for itself, answers that come later. */
function foreignKeyword(node: Json, path: string): ConfigurationProblem | null {
  if (typeof node !== 'object' || node === null) return null;
  for (const [name, inner] of Object.entries(node)) {
    const at = `${path}/${pointerPart(name)}`;
    if (name.startsWith('$') && !isOfThisDocument(name, inner)) {
      return { path: at, message: 'is not allowed: rules refer to their own $defs only', code: 'reference' };
    }
    const found = foreignKeyword(inner, at);
    if (found !== null) return found;
  }
  return null;
}

function isOfThisDocument(name: string, value: unknown): boolean {
  switch (name) {
    case '$defs':
    case '$comment':
      return true;
    case '$schema':
      return value === DIALECT;
    case '$ref':
      return typeof value === 'string' && LOCAL_REFERENCE.test(value);
    default:
      return false;
  }
}

const pointerPart = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

const problemsOf = (errors: readonly ErrorObject[] | null | undefined): ConfigurationProblem[] =>
  (errors ?? []).slice(0, MOST_PROBLEMS).map(({ instancePath, message, keyword }) => ({
    path: instancePath,
    message: message ?? 'is not valid',
    code: keyword,
  }));

/** What ends work in time is an error of the frame it runs in, and none of this one's. */
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'takes too long to compile');
