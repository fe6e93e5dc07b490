import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { environmentSchema } from '../../src/config/environment.schema.ts';
import { EnvironmentError, readEnvironment } from '../../src/config/environment.ts';

/** Read by scripts only; the serving process never sees them. */
const SCRIPT_VARIABLES = ['DATABASE_URL', 'MIGRATE_ON_START'];

const variables = [...Object.keys(environmentSchema.shape), ...SCRIPT_VARIABLES].sort();

const keyRing = (): string => `k1:${randomBytes(32).toString('base64')}`;

/** The least that a development process must be given. */
const required = {
  DATABASE_TENANT_URL: 'postgres://tenant@localhost/rowhouse',
  DATABASE_PLATFORM_URL: 'postgres://platform@localhost/rowhouse',
  JWT_KEYS: keyRing(),
  AUDIT_KEYS: keyRing(),
  ENCRYPTION_KEYS: keyRing(),
  DATABASE_QUEUE_URL: 'postgres://queue@localhost/rowhouse',
};

const production = {
  ...required,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://api.rowhouse.example',
  METRICS_TOKEN: randomBytes(16).toString('hex'),
  SMTP_URL: 'smtps://mail.rowhouse.example',
  S3_BUCKET: 'rowhouse',
  PAYMENT_GATEWAY: 'stripe',
  STRIPE_SECRET_KEY: 'sk_live_of_a_test',
  STRIPE_WEBHOOK_SECRET: 'whsec_of_a_test',
};

function problemsOf(environment: Record<string, string>): string[] {
  try {
    readEnvironment(environment);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return [...error.problems];
    throw error;
  }
}

const namesOf = (problems: readonly string[]): string[] =>
  [...new Set(problems.map((problem) => problem.split(':', 1)[0] ?? ''))].sort();

const example = parseEnv(readFileSync('.env.example', 'utf8'));

/** The rows of the README's table: variable, default, meaning. */
const rows = [
  ...readFileSync('README.md', 'utf8').matchAll(/^\| `([A-Z0-9_]+)` \|(?: `([^`]*)`)? \| (.*?) ?\|$/gm),
].map(([, name = '', fallback = '', meaning = '']) => ({ name, fallback, meaning }));

describe('.env.example', () => {
  test('lists every variable once, and none that is not read', () => {
    const named = [...readFileSync('.env.example', 'utf8').matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(variables);
  });

  test('holds the defaults', () => {
    expect(readEnvironment({ ...example, ...required })).toEqual(readEnvironment(required));
  });
});

describe("the README's table", () => {
  test('has the variables of .env.example, in its groups, with the same defaults', () => {
    const byName = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort();
    expect(byName(rows)).toEqual(variables);
    expect(Object.fromEntries(rows.map(({ name, fallback }) => [name, fallback]))).toEqual(example);
  });

  test('marks what production must have', () => {
    const marked = rows.filter(({ meaning }) => meaning.startsWith('**P**')).map(({ name }) => name);
    expect(marked.sort()).toEqual(namesOf(problemsOf({ NODE_ENV: 'production' })));
  });
});

describe('production', () => {
  test('starts with what it must have', () => {
    expect(problemsOf(production)).toEqual([]);
  });

  test('names everything that is missing or weak at once', () => {
    const weak = { JWT_KEYS: 'k1:c2hvcnQ=', BCRYPT_COST: '4', RATE_LIMIT_ENABLED: 'false', METRICS_TOKEN: 'short' };
    expect(namesOf(problemsOf({ NODE_ENV: 'production', ...weak }))).toEqual([
      'AUDIT_KEYS',
      'BCRYPT_COST',
      'DATABASE_PLATFORM_URL',
      'DATABASE_QUEUE_URL',
      'DATABASE_TENANT_URL',
      'ENCRYPTION_KEYS',
      'JWT_KEYS',
      'METRICS_TOKEN',
      'PAYMENT_GATEWAY',
      'PUBLIC_URL',
      'RATE_LIMIT_ENABLED',
      'S3_BUCKET',
      'SMTP_URL',
    ]);
  });

  const refused: [string, Record<string, string>, string][] = [
    ['a short key', { JWT_KEYS: `k1:${randomBytes(31).toString('base64')}` }, 'JWT_KEYS'],
    ['a key that is not random', { AUDIT_KEYS: `k1:${Buffer.alloc(32, 'ab').toString('base64')}` }, 'AUDIT_KEYS'],
    ['a key without an id', { JWT_KEYS: randomBytes(32).toString('base64') }, 'JWT_KEYS'],
    ['one id for two keys', { JWT_KEYS: `${keyRing()},${keyRing()}` }, 'JWT_KEYS'],
    ['a metrics token that can be guessed', { METRICS_TOKEN: 'metrics' }, 'METRICS_TOKEN'],
    ['an address without TLS', { PUBLIC_URL: 'http://api.rowhouse.example' }, 'PUBLIC_URL'],
    ['cheap password hashes', { BCRYPT_COST: '9' }, 'BCRYPT_COST'],
    ['no rate limits', { RATE_LIMIT_ENABLED: 'false' }, 'RATE_LIMIT_ENABLED'],
    ['e-mail into files', { SMTP_URL: '' }, 'SMTP_URL'],
    ['files on this machine', { S3_BUCKET: '' }, 'S3_BUCKET'],
    ['payments that are only played', { PAYMENT_GATEWAY: 'sandbox' }, 'PAYMENT_GATEWAY'],
    ['Stripe without its key', { STRIPE_SECRET_KEY: '' }, 'STRIPE_SECRET_KEY'],
    ['events of Stripe that anybody could send', { STRIPE_WEBHOOK_SECRET: '' }, 'STRIPE_WEBHOOK_SECRET'],
    ['a secret that is none', { SANDBOX_WEBHOOK_SECRET: 'whsec_short' }, 'SANDBOX_WEBHOOK_SECRET'],
    ['half of the S3 credentials', { S3_ACCESS_KEY_ID: 'id' }, 'S3_ACCESS_KEY_ID'],
    ['no queues', { DATABASE_QUEUE_URL: '' }, 'DATABASE_QUEUE_URL'],
    ['another kind of database', { DATABASE_TENANT_URL: 'mysql://localhost/rowhouse' }, 'DATABASE_TENANT_URL'],
  ];

  test.each(refused)('refuses %s', (_what, change, name) => {
    expect(namesOf(problemsOf({ ...production, ...change }))).toEqual([name]);
  });

  test('does not show a secret that it refuses', () => {
    const problems = problemsOf({ ...production, JWT_KEYS: 'k1:c2VjcmV0', METRICS_TOKEN: 'hush' }).join('\n');
    expect(problems).not.toMatch(/c2VjcmV0|secret|hush/);
  });

  test('takes Redis in place of the queue database', () => {
    const { DATABASE_QUEUE_URL: _left, ...others } = production;
    expect(problemsOf({ ...others, REDIS_URL: 'rediss://cache.rowhouse.example' })).toEqual([]);
  });
});

test.each([
  ['PORT', '70000'],
  ['RUN_API', 'perhaps'],
  ['DATABASE_LANES', '0'],
  ['LOG_LEVEL', 'loud'],
  ['REDIS_URL', 'http://localhost'],
])('%s=%s is refused by name', (name, value) => {
  expect(namesOf(problemsOf({ ...required, [name]: value }))).toEqual([name]);
});
