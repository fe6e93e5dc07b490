import pg from 'pg';
import { type DatabaseUrls, ensureDatabase, rewriteUrl, withClient } from '../../scripts/lib/database-roles.ts';
import { startEmbeddedPostgres } from '../../scripts/lib/embedded-postgres.ts';
import { applyMigrations } from '../../scripts/lib/migrations.ts';
import { projectPaths } from '../../scripts/lib/project-paths.ts';
import { migrateQueueSchema } from '../../scripts/lib/queue-schema.ts';
import { fillDatabase } from './data-set.ts';

/** A database for one run, and a superuser's connection to look at it with. */
export interface BenchDatabase {
  readonly urls: DatabaseUrls;
  /** Of a superuser, for whom no policy applies. */
  readonly superuserUrl: string;
  readonly admin: pg.Client;
  readonly version: string;
  close(): Promise<void>;
}

const DATABASE = 'rowhouse_bench';
const PASSWORDS = { owner: 'owner', tenant: 'tenant', platform: 'platform', queue: 'queue' };

/**
 * Starts a PostgreSQL of its own and fills it. Nothing outlives the run, so the server does without fsync, for every
 * contestant alike: what is compared is the work of the API, not the disk's.
 */
export async function openBenchDatabase(passwordHash: string): Promise<BenchDatabase> {
  const postgres = await startEmbeddedPostgres({ ephemeral: true });
  try {
    const { adminUrl } = postgres;
    const urls = await ensureDatabase({ adminUrl, database: DATABASE, passwords: PASSWORDS });
    await applyMigrations({ databaseUrl: urls.ownerUrl, directory: projectPaths().migrations });
    await migrateQueueSchema(urls.ownerUrl);
    const superuserUrl = rewriteUrl(adminUrl, { database: DATABASE });
    await withClient(superuserUrl, (client) => fillDatabase(client, passwordHash));
    const admin = new pg.Client({ connectionString: superuserUrl, application_name: 'rowhouse-bench' });
    admin.on('error', () => undefined);
    await admin.connect();
    const { rows } = await admin.query<{ version: string }>(`select split_part(version(), ' ', 2) as version`);
    return {
      urls,
      superuserUrl,
      admin,
      version: rows[0]?.version ?? '',
      async close() {
        await admin.end();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
