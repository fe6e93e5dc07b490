import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DatabaseUrls,
  type RolePasswords,
  restrictDatabase,
  rewriteUrl,
  roleUrls,
  withClient,
} from '../../scripts/lib/database-roles.ts';
import { hasErrorCode } from '../../scripts/lib/setup-error.ts';

export interface ClonedDatabase extends DatabaseUrls {
  /** The superuser's URL of this database. */
  readonly adminUrl: string;
  readonly name: string;
  /** Disconnects whoever still uses the database and removes it. */
  drop(): Promise<void>;
}

const OBJECT_IN_USE = '55006';
const MAX_ATTEMPTS = 50;
const RETRY_INTERVAL_MS = 100;

const requireVariable = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: Jest's global set-up makes the template database.`);
  return value;
};

/** What the global set-up left for the tests. */
export const readTestServer = () => {
  const passwords: RolePasswords = JSON.parse(requireVariable('TEST_DATABASE_PASSWORDS'));
  return {
    adminUrl: requireVariable('TEST_DATABASE_ADMIN_URL'),
    template: requireVariable('TEST_DATABASE_TEMPLATE'),
    passwords,
  };
};

/** PostgreSQL refuses to copy a database while anyone, if only its own autovacuum, is connected to it. */
const copyTemplate = async (adminUrl: string, template: string, name: string, attempt = 1): Promise<void> => {
  try {
    const statement = `create database ${name} template ${template} owner rowhouse_owner`;
    await withClient(adminUrl, async (client) => {
      await client.query(statement);
      await restrictDatabase(client, name);
    });
  } catch (error) {
    if (!hasErrorCode(error, OBJECT_IN_USE) || attempt === MAX_ATTEMPTS) throw error;
    await delay(RETRY_INTERVAL_MS);
    await copyTemplate(adminUrl, template, name, attempt + 1);
  }
};

/** A migrated database for one test file, without rows, and independent of all others. */
export const cloneTemplateDatabase = async (): Promise<ClonedDatabase> => {
  const { adminUrl, template, passwords } = readTestServer();
  const name = `rowhouse_test_${randomUUID().replaceAll('-', '')}`;
  await copyTemplate(adminUrl, template, name);
  return {
    ...roleUrls({ adminUrl, database: name, passwords }),
    adminUrl: rewriteUrl(adminUrl, { database: name }),
    name,
    drop: async () => {
      await withClient(adminUrl, async (client) => await client.query(`drop database if exists ${name} with (force)`));
    },
  };
};
