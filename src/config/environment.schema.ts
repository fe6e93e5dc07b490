import { z } from 'zod';

const flag = (fallback: boolean) => z.stringbool().default(fallback);
const integer = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });

/** Separated by commas. */
const list = () =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter(Boolean),
    );

/** `kid:base64secret` pairs; the first signs, all verify. A secret has 32 bytes or more. */
const keyRing = z.string().transform((text, context) => {
  const keys = text.split(',').map((entry) => {
    const at = entry.indexOf(':');
    return { kid: entry.slice(0, at).trim(), secret: Buffer.from(entry.slice(at + 1), 'base64') };
  });
  for (const { kid, secret } of keys) {
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(kid))
      context.addIssue({ code: 'custom', message: 'every key needs an id: kid:base64secret' });
    if (secret.length < 32)
      context.addIssue({ code: 'custom', message: `key "${kid}" is weak: 32 random bytes or more are needed` });
    else if (new Set(secret).size < 8) context.addIssue({ code: 'custom', message: `key "${kid}" is not random` });
  }
  if (new Set(keys.map((key) => key.kid)).size !== keys.length)
    context.addIssue({ code: 'custom', message: 'key ids must differ' });
  return keys;
});

/** Every variable, each checked by itself. */
export const environmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  PORT: integer(3000, 0, 65535),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: z.url().default('http://localhost:3000'),
  ACCOUNT_URL: z.url().optional(),
  RUN_API: flag(true),
  RUN_WORKERS: flag(true),
  RUN_SCHEDULER: flag(true),
  SHUTDOWN_GRACE_SECONDS: integer(20, 1, 600),
  JOB_STALLED_AFTER_SECONDS: integer(30, 1, 3600),

  DATABASE_TENANT_URL: postgresUrl,
  DATABASE_PLATFORM_URL: postgresUrl,
  DATABASE_QUEUE_URL: postgresUrl.optional(),
  DATABASE_LANES: integer(4, 1, 64),
  DATABASE_TRANSACTIONS: integer(10, 1, 200),
  DATABASE_PIPELINE: flag(true),
  DATABASE_STATEMENT_TIMEOUT_MS: integer(10_000, 100, 600_000),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }).optional(),

  JWT_KEYS: keyRing,
  JWT_ISSUER: z.string().default('rowhouse'),
  JWT_AUDIENCE: z.string().default('rowhouse-api'),
  ACCESS_TOKEN_MINUTES: integer(15, 1, 60),
  ORGANIZATION_TOKEN_HOURS: integer(6, 1, 24),
  REFRESH_TOKEN_IDLE_DAYS: integer(14, 1, 90),
  SESSION_DAYS: integer(90, 1, 365),
  BCRYPT_COST: integer(12, 4, 16),
  AUDIT_KEYS: keyRing,
  ENCRYPTION_KEYS: keyRing,
  METRICS_TOKEN: z.string().min(16, 'must have 16 characters or more').optional(),

  CORS_ORIGINS: list(),
  TRUST_PROXY_HOPS: integer(0, 0, 10),
  BODY_LIMIT_KB: integer(256, 1, 10_240),
  FILE_LIMIT_MB: integer(50, 1, 5_000),
  TENANT_FILES_LIMIT: integer(10_000, 1, 1_000_000),
  TENANT_STORAGE_LIMIT_MB: integer(10_240, 1, 100_000_000),
  TENANT_RETENTION_DAYS: integer(30, 1, 3_650),
  RATE_LIMIT_ENABLED: flag(true),
  RATE_LIMIT_IP_PER_MINUTE: integer(1200, 1, 10_000_000),
  RATE_LIMIT_READ_PER_MINUTE: integer(600, 1, 10_000_000),
  RATE_LIMIT_WRITE_PER_MINUTE: integer(240, 1, 10_000_000),
  RATE_LIMIT_AUTH_PER_MINUTE: integer(20, 1, 10_000_000),
  RATE_LIMIT_TENANT_PER_MINUTE: integer(6000, 1, 10_000_000),

  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  SELLER_NAME: z.string().default('Rowhouse'),
  SELLER_EMAIL: z.string().default('billing@rowhouse.example'),
  SELLER_ADDRESS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split('|')
        .map((line) => line.trim())
        .filter(Boolean),
    ),
  SELLER_TAX_ID: z.string().optional(),
  SELLER_COUNTRY: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code of two letters')
    .default('IN'),
  SELLER_REGION: z
    .string()
    .regex(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, 'must be an ISO 3166-2 code such as IN-KA')
    .optional(),
  EMAIL_FROM: z.string().default('Rowhouse <no-reply@rowhouse.example>'),
  S3_BUCKET: z.string().optional(),
  S3_REGION: z.string().default('auto'),
  S3_ENDPOINT: z.url().optional(),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  S3_FORCE_PATH_STYLE: flag(false),
  PAYMENT_GATEWAY: z.enum(['sandbox', 'stripe']).default('sandbox'),
  STRIPE_SECRET_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: list(),
  STRIPE_API_URL: z.url({ protocol: /^https?$/ }).optional(),
  SANDBOX_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and 24 random bytes or more in base64')
    .optional(),
  SANDBOX_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  VAR_DIRECTORY: z.string().default('var'),

  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  LOG_ACCESS: flag(true),
  RESPONSE_CHECK: z.enum(['throw', 'log']).optional(),
});

/** The settings that could be read; a rule looks at those it is about. */
export type PartialSettings = Partial<z.output<typeof environmentSchema>>;

interface SettingsRule {
  readonly variable: keyof PartialSettings;
  readonly holds: (value: PartialSettings) => boolean;
  readonly message: string;
}

/** What settings ask of each other. */
const generalRules: readonly SettingsRule[] = [
  {
    variable: 'S3_ACCESS_KEY_ID',
    holds: (value) => (value.S3_ACCESS_KEY_ID === undefined) === (value.S3_SECRET_ACCESS_KEY === undefined),
    message: 'S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together',
  },
  {
    variable: 'STRIPE_SECRET_KEY',
    holds: (value) => value.PAYMENT_GATEWAY !== 'stripe' || value.STRIPE_SECRET_KEY !== undefined,
    message: 'must be set for PAYMENT_GATEWAY=stripe',
  },
  {
    variable: 'STRIPE_WEBHOOK_SECRET',
    holds: (value) => value.STRIPE_SECRET_KEY === undefined || (value.STRIPE_WEBHOOK_SECRET ?? []).length > 0,
    message: 'must be set with STRIPE_SECRET_KEY: without it nobody knows which events are from Stripe',
  },
  {
    variable: 'DATABASE_QUEUE_URL',
    holds: (value) => value.REDIS_URL !== undefined || value.DATABASE_QUEUE_URL !== undefined,
    message: 'set it, or REDIS_URL: the queues need one of them',
  },
];

/** What an installation that serves real people must have besides. */
const productionRules: readonly SettingsRule[] = [
  {
    variable: 'METRICS_TOKEN',
    holds: (value) => value.METRICS_TOKEN !== undefined,
    message: 'must be set in production',
  },
  {
    variable: 'PUBLIC_URL',
    holds: (value) => value.PUBLIC_URL?.startsWith('https://') ?? false,
    message: 'must be an https:// URL in production',
  },
  {
    variable: 'ACCOUNT_URL',
    holds: (value) => value.ACCOUNT_URL?.startsWith('https://') ?? true,
    message: 'must be an https:// URL in production',
  },
  {
    variable: 'SMTP_URL',
    holds: (value) => value.SMTP_URL !== undefined,
    message: 'must be set in production: e-mail would only be written to files',
  },
  {
    variable: 'S3_BUCKET',
    holds: (value) => value.S3_BUCKET !== undefined,
    message: 'must be set in production: files would only be kept on this machine',
  },
  {
    variable: 'PAYMENT_GATEWAY',
    holds: (value) => value.PAYMENT_GATEWAY !== 'sandbox',
    message: 'must be stripe in production: the sandbox only plays payments',
  },
  {
    variable: 'BCRYPT_COST',
    holds: (value) => (value.BCRYPT_COST ?? 0) >= 10,
    message: 'must be 10 or more in production',
  },
  {
    variable: 'RATE_LIMIT_ENABLED',
    holds: (value) => value.RATE_LIMIT_ENABLED ?? false,
    message: 'must not be off in production',
  },
];

/** The rules that an installation must keep. */
export const environmentRules = (isProduction: boolean): readonly SettingsRule[] =>
  isProduction ? [...generalRules, ...productionRules] : generalRules;
