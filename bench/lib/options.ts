import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Of each measurement. */
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  /** W1, W2, ...; all of them when empty. */
  readonly only: readonly string[];
  /** How the limit talks to PostgreSQL. */
  readonly limit: 'pool' | 'pipeline';
  /** Where Rowhouse's CPU profile is written, if one is wanted. */
  readonly profile: string | undefined;
}

const positive = (name: string, text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`--${name} must be a positive number`);
  return value;
};

/** @throws RangeError or TypeError for an option that can't be used */
export function readOptions(
  parameters: readonly string[],
  defaults: { seconds: string; rounds: string },
): BenchOptions {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      seconds: { type: 'string', default: defaults.seconds },
      rounds: { type: 'string', default: defaults.rounds },
      connections: { type: 'string', default: '16' },
      only: { type: 'string', default: '' },
      limit: { type: 'string', default: 'pipeline' },
      profile: { type: 'string' },
    },
  });
  if (values.limit !== 'pool' && values.limit !== 'pipeline') throw new RangeError('--limit is pool or pipeline');
  return {
    seconds: positive('seconds', values.seconds),
    rounds: positive('rounds', values.rounds),
    connections: positive('connections', values.connections),
    only: values.only.split(',').filter(Boolean),
    limit: values.limit,
    profile: values.profile,
  };
}
