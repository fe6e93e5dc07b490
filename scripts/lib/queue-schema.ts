import { runMigrations } from 'bullmq';
import { withClient } from './database-roles.ts';

const SCHEMA = 'bullmq';
const ROLE = 'rowhouse_queue';

/** BullMQ makes a sequence of its own for each queue's job ids, hence `create`. */
const GRANTS = [
  `grant usage, create on schema ${SCHEMA} to ${ROLE}`,
  `grant select, insert, update, delete on all tables in schema ${SCHEMA} to ${ROLE}`,
  `grant usage, select, update on all sequences in schema ${SCHEMA} to ${ROLE}`,
  `revoke all on all functions in schema ${SCHEMA} from public`,
  `grant execute on all functions in schema ${SCHEMA} to ${ROLE}`,
].join(';');

/**
 * Brings the tables of BullMQ's PostgreSQL back end to the version of the installed BullMQ, in a schema of their own,
 * and lets `rowhouse_queue` use them and nothing else. `ownerUrl` logs in as the owner of the database.
 */
export const migrateQueueSchema = async (ownerUrl: string): Promise<void> => {
  await withClient(ownerUrl, async (client) => {
    await runMigrations(client, SCHEMA);
    await client.query(GRANTS);
  });
};
