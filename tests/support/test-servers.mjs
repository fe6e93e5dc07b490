/**
 * The servers that a test run needs, started once for all test files: PostgreSQL with a migrated template database, and
 * Redis where it is installed. What tests have to know of them stands in the environment.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from '../../scripts/lib/prepare.mjs';
import { startRedis } from './redis-server.mjs';

const TEMPLATE = 'rowhouse_template';

/** The functions that `npm start` uses too, as compiled by `prepare`. */
const importBuilt = async (name) =>
  await import(pathToFileURL(join(root, 'dist', 'scripts', 'lib', `${name}.js`)).href);

const usePostgres = async () => {
  const adminUrl = process.env.TEST_DATABASE_ADMIN_URL;
  if (adminUrl) return { adminUrl, stop: async () => undefined };
  const { startEmbeddedPostgres } = await importBuilt('embedded-postgres');
  return await startEmbeddedPostgres({ ephemeral: true });
};

const randomPasswords = () => {
  const password = () => randomBytes(16).toString('hex');
  return { owner: password(), tenant: password(), platform: password(), queue: password() };
};

/** No one may connect to the finished template: PostgreSQL copies only a database that nobody uses. */
const makeTemplate = async (adminUrl, passwords) => {
  const { ensureDatabase, withClient } = await importBuilt('database-roles');
  const { applyMigrations } = await importBuilt('migrations');
  const { migrateQueueSchema } = await importBuilt('queue-schema');
  await withClient(adminUrl, async (client) => await client.query(`drop database if exists ${TEMPLATE} with (force)`));
  const { ownerUrl } = await ensureDatabase({ adminUrl, database: TEMPLATE, passwords });
  await applyMigrations({ databaseUrl: ownerUrl, directory: join(root, 'prisma', 'migrations') });
  await migrateQueueSchema(ownerUrl);
  await withClient(
    adminUrl,
    async (client) => await client.query(`alter database ${TEMPLATE} allow_connections false`),
  );
};

const useRedis = async () => {
  if (process.env.TEST_REDIS_URL) return undefined;
  const { findFreePort } = await importBuilt('free-port');
  const redis = await startRedis(await findFreePort());
  if (redis) process.env.TEST_REDIS_URL = redis.url;
  else console.warn('There is no redis-server: the tests of that back end are skipped (apt-get install redis-server).');
  return redis;
};

let running = [];

export const startTestServers = async () => {
  prepare({ toleratesTypeErrors: true });
  const postgres = await usePostgres();
  running.push(postgres);
  const passwords = randomPasswords();
  await makeTemplate(postgres.adminUrl, passwords);
  process.env.TEST_DATABASE_ADMIN_URL = postgres.adminUrl;
  process.env.TEST_DATABASE_TEMPLATE = TEMPLATE;
  process.env.TEST_DATABASE_PASSWORDS = JSON.stringify(passwords);
  const redis = await useRedis();
  if (redis) running.push(redis);
};

export const stopTestServers = async () => {
  const servers = running;
  running = [];
  await Promise.all(servers.map(async (server) => await server.stop()));
};
