import type { z } from 'zod';
import { environmentRules, environmentSchema, type PartialSettings } from './environment.schema.ts';

/** The settings of a process, checked and frozen. */
export type Environment = Readonly<
  Omit<z.output<typeof environmentSchema>, 'RESPONSE_CHECK'> & { readonly RESPONSE_CHECK: 'throw' | 'log' }
>;

/** Thrown at start; `problems` names every missing or weak setting at once. */
export class EnvironmentError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'EnvironmentError';
    this.problems = problems;
  }
}

/**
 * Reads the settings from environment variables (`.env.example` lists them all).
 * Empty variables count as absent.
 * @throws EnvironmentError with all problems, not only the first
 */
export function readEnvironment(source: Record<string, string | undefined>): Environment {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const result = environmentSchema.safeParse(present);
  const isProduction = present.NODE_ENV === 'production';
  const unreadable = result.success
    ? []
    : result.error.issues.map(({ path, message }) => ({ variable: String(path[0]), message }));
  const readable = result.success ? result.data : readableOf(present);
  const named = new Set(unreadable.map(({ variable }) => variable));
  const broken = environmentRules(isProduction).filter(
    ({ variable, holds }) => !named.has(variable) && !holds(readable),
  );
  const problems = [...unreadable, ...broken].map(({ variable, message }) => `${variable}: ${message}`);
  if (!result.success || problems.length > 0) throw new EnvironmentError(problems);
  return Object.freeze({
    ...result.data,
    RESPONSE_CHECK: result.data.RESPONSE_CHECK ?? (isProduction ? 'log' : 'throw'),
  });
}

/** The settings that are fine by themselves, so that the rules can be checked although others are not. */
function readableOf(present: Record<string, string | undefined>): PartialSettings {
  const anyOfThem = environmentSchema.partial();
  const isReadable = ([name, value]: [string, string | undefined]) => anyOfThem.safeParse({ [name]: value }).success;
  return anyOfThem.parse(Object.fromEntries(Object.entries(present).filter(isReadable)));
}
