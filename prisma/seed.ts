import pg from 'pg';
import { readEnvironment } from '../src/config/environment.ts';
import { createPasswordHasher } from '../src/services/identity/password-hasher.ts';
import { startOfDay } from './seed/calendar.ts';
import { makeDemo } from './seed/demo.ts';
import { demoLogins, demoPasswords } from './seed/demo-logins.ts';
import { insertRows } from './seed/insert-rows.ts';
import { addOrganization } from './seed/organizations.ts';
import type { PasswordHashes } from './seed/users.ts';

export { demoLogins };

/** Held while seeding, so that of two processes one seeds and the other finds it done. */
const SEED_LOCK = 7_692_004;

const IS_SEEDED = 'select from users where email = $1';
const HAS_USERS = 'select from users limit 1';

/**
 * Adds the demo, all of it or nothing, unless it is there: an operator, twelve tenants with 200 people, eighteen months of
 * invoices, seven study libraries with those who come there, and an organization with storage of its own.
 * @param anchor the moment up to which the demo has lived: the same one gives the same rows, but for the salts of the passwords and the
 *   organization's ids
 * @returns false when it was there
 * @throws Error in production, whose users nobody may know the passwords of; EnvironmentError
 */
export async function seed(environment: NodeJS.ProcessEnv, anchor = startOfDay(new Date())): Promise<boolean> {
  const [operator] = demoLogins;
  return addDemo(environment, anchor, { text: IS_SEEDED, values: [operator?.email] });
}

/** Adds the demo to a database that has no user yet. Throws as `seed` does. */
export async function seedIfEmpty(environment: NodeJS.ProcessEnv): Promise<void> {
  await addDemo(environment, startOfDay(new Date()), { text: HAS_USERS });
}

/** @param presence finds a row when there is nothing to add */
async function addDemo(environment: NodeJS.ProcessEnv, anchor: Date, presence: pg.QueryConfig): Promise<boolean> {
  const settings = readEnvironment(environment);
  if (settings.NODE_ENV === 'production') throw new Error('The demo has known passwords: it is not for production.');
  const client = new pg.Client({ connectionString: settings.DATABASE_PLATFORM_URL, application_name: 'rowhouse-seed' });
  await client.connect();
  try {
    const isPresent = async (): Promise<boolean> => (await client.query(presence)).rows.length > 0;
    if (await isPresent()) return false;
    const passwords = await hashPasswords(settings);
    const demo = makeDemo(passwords, anchor);
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [SEED_LOCK]);
    if (await isPresent()) return false;
    for (const rows of demo) await insertRows(client, rows);
    await addOrganization(client, passwords.organization, anchor);
    await client.query('commit');
    return true;
  } finally {
    await client.end();
  }
}

async function hashPasswords(settings: { readonly BCRYPT_COST: number }): Promise<PasswordHashes> {
  const { hash } = createPasswordHasher({ settings });
  const [operator, owner, manager, staff, organization, everybody] = await Promise.all([
    hash(demoPasswords.operator),
    hash(demoPasswords.owner),
    hash(demoPasswords.manager),
    hash(demoPasswords.staff),
    hash(demoPasswords.organization),
    hash(demoPasswords.everybody),
  ]);
  return { operator, owner, manager, staff, organization, everybody };
}
