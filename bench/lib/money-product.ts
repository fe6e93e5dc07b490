import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ensureDatabase, rewriteUrl } from '../../scripts/lib/database-roles.ts';
import { startEmbeddedPostgres } from '../../scripts/lib/embedded-postgres.ts';
import { applyMigrations } from '../../scripts/lib/migrations.ts';
import { projectPaths } from '../../scripts/lib/project-paths.ts';
import { migrateQueueSchema } from '../../scripts/lib/queue-schema.ts';
import { type Container, createContainer } from '../../src/composition/index.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { rowhouseEnvironment } from './contestants.ts';

/** The product's services in this process, on an empty database that keeps what it says it has: money is not measured without fsync. */
export interface MoneyProduct {
  readonly container: Container;
  /** A superuser, to fill tables and to look at the server. */
  readonly admin: pg.Client;
  readonly version: string;
  stop(): Promise<void>;
}

const DATABASE = 'rowhouse_bench';
const PASSWORDS = { owner: 'owner', tenant: 'tenant', platform: 'platform', queue: 'queue' };

export async function startMoneyProduct(): Promise<MoneyProduct> {
  const directory = await mkdtemp(join(tmpdir(), 'rowhouse-bench-'));
  // As root the server runs as somebody else, who must get through to its data.
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres') });
  const leave = async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const { adminUrl } = postgres;
    const urls = await ensureDatabase({ adminUrl, database: DATABASE, passwords: PASSWORDS });
    await applyMigrations({ databaseUrl: urls.ownerUrl, directory: projectPaths().migrations });
    await migrateQueueSchema(urls.ownerUrl);
    const { S3_BUCKET: _bucket, ...environment } = rowhouseEnvironment(urls, { kid: 'bench', secret: randomBytes(32) });
    const settings = {
      ...environment,
      NODE_ENV: 'development',
      PAYMENT_GATEWAY: 'sandbox',
      VAR_DIRECTORY: directory,
      LOG_LEVEL: 'error',
    };
    const container = createContainer(readEnvironment(settings));
    await container.start();
    const admin = new pg.Client({ connectionString: rewriteUrl(adminUrl, { database: DATABASE }) });
    admin.on('error', () => undefined);
    await admin.connect();
    const { rows } = await admin.query<{ version: string }>("select split_part(version(), ' ', 2) as version");
    return {
      container,
      admin,
      version: rows[0]?.version ?? '',
      async stop() {
        await admin.end();
        await container.close();
        await leave();
      },
    };
  } catch (error) {
    await leave();
    throw error;
  }
}
