import { type Contestant, startContestant } from './contestant.ts';
import type { BenchDatabase } from './database.ts';
import type { BenchOptions } from './options.ts';
import type { JwtKey } from './workloads.ts';

const ENOUGH = '10000000';

/** Settings of a production server with everything on. Mail and files are configured and, without workers, never used. */
export const rowhouseEnvironment = (
  urls: { readonly tenantUrl: string; readonly platformUrl: string; readonly queueUrl: string },
  { kid, secret }: JwtKey,
): Record<string, string> => ({
  PORT: '0',
  HOST: '127.0.0.1',
  PUBLIC_URL: 'https://api.rowhouse.example',
  RUN_WORKERS: 'false',
  RUN_SCHEDULER: 'false',
  DATABASE_TENANT_URL: urls.tenantUrl,
  DATABASE_PLATFORM_URL: urls.platformUrl,
  DATABASE_QUEUE_URL: urls.queueUrl,
  JWT_KEYS: `${kid}:${secret.toString('base64')}`,
  AUDIT_KEYS: `${kid}:${secret.toString('base64')}`,
  ENCRYPTION_KEYS: `${kid}:${secret.toString('base64')}`,
  METRICS_TOKEN: 'the token of the bench',
  SMTP_URL: 'smtp://127.0.0.1:25',
  S3_BUCKET: 'bench',
  PAYMENT_GATEWAY: 'stripe',
  STRIPE_SECRET_KEY: 'sk_test_bench',
  STRIPE_WEBHOOK_SECRET: 'whsec_bench',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  RATE_LIMIT_IP_PER_MINUTE: ENOUGH,
  RATE_LIMIT_READ_PER_MINUTE: ENOUGH,
  RATE_LIMIT_WRITE_PER_MINUTE: ENOUGH,
  RATE_LIMIT_AUTH_PER_MINUTE: ENOUGH,
  RATE_LIMIT_TENANT_PER_MINUTE: ENOUGH,
});

export interface Contestants {
  readonly limit: Contestant;
  readonly rowhouse: Contestant;
  /** Rowhouse on a superuser's connections, without a tenant in front of its statements. */
  readonly withoutWall: Contestant;
  readonly bcrypt: Contestant;
  stop(): Promise<void>;
}

export async function startContestants(
  database: BenchDatabase,
  key: JwtKey,
  passwordHash: string,
  options: BenchOptions,
): Promise<Contestants> {
  const { superuserUrl, urls } = database;
  const profiling =
    options.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${options.profile}`];
  const started = await Promise.allSettled([
    startContestant({
      name: 'the limit',
      program: 'limit',
      environment: {
        BENCH_SUPERUSER_URL: superuserUrl,
        BENCH_JWT_KEY: key.secret.toString('base64'),
        BENCH_LIMIT: options.limit,
      },
    }),
    startContestant({
      name: 'Rowhouse',
      program: 'rowhouse',
      environment: rowhouseEnvironment(urls, key),
      nodeOptions: profiling,
    }),
    startContestant({
      name: 'Rowhouse without RLS',
      program: 'rowhouse',
      environment: {
        ...rowhouseEnvironment({ ...urls, tenantUrl: superuserUrl, platformUrl: superuserUrl }, key),
        BENCH_WITHOUT_WALL: 'true',
      },
    }),
    startContestant({ name: 'bare bcrypt', program: 'bcrypt', environment: { BENCH_PASSWORD_HASH: passwordHash } }),
  ]);
  const stop = async () => {
    await Promise.all(started.map((result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)));
  };
  const [limit, rowhouse, withoutWall, bcrypt] = started;
  if (
    limit.status === 'fulfilled' &&
    rowhouse.status === 'fulfilled' &&
    withoutWall.status === 'fulfilled' &&
    bcrypt.status === 'fulfilled'
  ) {
    return { limit: limit.value, rowhouse: rowhouse.value, withoutWall: withoutWall.value, bcrypt: bcrypt.value, stop };
  }
  await stop();
  throw started.find((result) => result.status === 'rejected')?.reason;
}
