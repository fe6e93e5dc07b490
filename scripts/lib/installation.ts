import { join, resolve } from 'node:path';
import { type DatabaseUrls, ensureDatabase, type RolePasswords } from './database-roles.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { generateKeyRing, generatePassword, keepSecrets, type SecretGenerators } from './local-secrets.ts';
import { applyMigrations } from './migrations.ts';
import { projectPaths } from './project-paths.ts';
import { migrateQueueSchema } from './queue-schema.ts';

export type Installation = {
  /** The environment with all that was missing in it. */
  environment: NodeJS.ProcessEnv;
  /** Whether the database is the embedded one, which belongs to this checkout. */
  embedded: boolean;
  /** Stops what was started. */
  close(): Promise<void>;
};

const DATABASE = 'rowhouse';

/** Environment variables whose value is made at the first start without configuration. */
const SECRETS: SecretGenerators = {
  JWT_KEYS: generateKeyRing,
  AUDIT_KEYS: generateKeyRing,
  ENCRYPTION_KEYS: generateKeyRing,
};

const PASSWORDS = {
  ROWHOUSE_OWNER_PASSWORD: generatePassword,
  ROWHOUSE_TENANT_PASSWORD: generatePassword,
  ROWHOUSE_PLATFORM_PASSWORD: generatePassword,
  ROWHOUSE_QUEUE_PASSWORD: generatePassword,
} satisfies SecretGenerators;

const passwordsOf = (secrets: Record<string, string>): RolePasswords => ({
  owner: secrets.ROWHOUSE_OWNER_PASSWORD ?? '',
  tenant: secrets.ROWHOUSE_TENANT_PASSWORD ?? '',
  platform: secrets.ROWHOUSE_PLATFORM_PASSWORD ?? '',
  queue: secrets.ROWHOUSE_QUEUE_PASSWORD ?? '',
});

const migrate = async (ownerUrl: string): Promise<void> => {
  await applyMigrations({ databaseUrl: ownerUrl, directory: projectPaths().migrations });
  await migrateQueueSchema(ownerUrl);
};

const toVariables = (urls: DatabaseUrls): Record<string, string> => ({
  DATABASE_URL: urls.ownerUrl,
  DATABASE_TENANT_URL: urls.tenantUrl,
  DATABASE_PLATFORM_URL: urls.platformUrl,
  DATABASE_QUEUE_URL: urls.queueUrl,
});

const openEmbedded = async (environment: NodeJS.ProcessEnv): Promise<Installation> => {
  const directory = resolve(projectPaths().root, environment.VAR_DIRECTORY ?? 'var');
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres') });
  try {
    const secrets = keepSecrets(join(directory, 'secrets.json'), { ...SECRETS, ...PASSWORDS });
    const { adminUrl } = postgres;
    const urls = await ensureDatabase({ adminUrl, database: DATABASE, passwords: passwordsOf(secrets) });
    await migrate(urls.ownerUrl);
    const generated = Object.fromEntries(Object.keys(SECRETS).map((name) => [name, secrets[name]]));
    return {
      environment: {
        ...generated,
        PUBLIC_URL: `http://localhost:${environment.PORT ?? 3000}`,
        ...environment,
        ...toVariables(urls),
      },
      embedded: true,
      close: postgres.stop,
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
};

/** An empty variable, as a copied `.env.example` has many, counts as absent. */
const withoutEmptyVariables = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

/**
 * What the programs run on. With DATABASE_URL, or in production, that is what the environment says, and the database is
 * migrated only if MIGRATE_ON_START is `true`. Otherwise it is an embedded PostgreSQL with its data and secrets under
 * var/, up to date.
 */
export const openInstallation = async (variables: NodeJS.ProcessEnv): Promise<Installation> => {
  const environment = withoutEmptyVariables(variables);
  if (!environment.DATABASE_URL && environment.NODE_ENV !== 'production') return await openEmbedded(environment);
  if (environment.DATABASE_URL && environment.MIGRATE_ON_START === 'true') await migrate(environment.DATABASE_URL);
  return { environment, embedded: false, close: async () => undefined };
};
