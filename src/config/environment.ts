import type { z } from 'zod';
import { environmentSchema } from './environment.schema.ts';

/** The settings of a process, checked and frozen. */
export type Environment = Readonly<z.output<typeof environmentSchema>>;

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
  if (!result.success) {
    throw new EnvironmentError(
      result.error.issues.map((issue) => `${issue.path.join('.') || 'environment'}: ${issue.message}`),
    );
  }
  return Object.freeze(result.data);
}
