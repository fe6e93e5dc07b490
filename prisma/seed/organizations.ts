import type { ClientBase } from 'pg';
import { uuidv7 } from 'uuidv7';
import { collectionOf, nameKeyOf } from '../../src/services/tenancy/organization-name.ts';
import { daysAfter, daysBefore } from './calendar.ts';
import { demoLogins } from './demo-logins.ts';
import { createRandom } from './random.ts';

const NAME = 'Marigold Weddings';
const WEDDINGS = 60;

const COUPLES = [
  ['Lena', 'Asha', 'Mia', 'Priya', 'Sofia', 'Nadia', 'Emma', 'Kavya'],
  ['Tom', 'Ravi', 'Noah', 'Arjun', 'Luca', 'Farid', 'Jonas', 'Dev'],
] as const;
const VENUES = [
  { city: 'Udaipur', hall: 'Lake pavilion' },
  { city: 'Goa', hall: 'Palm court' },
  { city: 'Jaipur', hall: 'Old fort' },
  { city: 'Bengaluru', hall: 'Garden house' },
] as const;
const WISHES = ['vegetarian menu', 'live band', 'fireworks', 'photographer', 'guest house', 'horse'] as const;

/** The demo's organization as documents: the weddings that it plans, and those that are over. */
function makeWeddings(anchor: Date) {
  const random = createRandom(7);
  return Array.from({ length: WEDDINGS }, (_, index) => {
    const at = daysAfter(anchor, random.integer(-300, 240));
    return {
      id: uuidv7(),
      body: {
        couple: COUPLES.map((names) => random.pick(names)).join(' and '),
        date: at.toISOString().slice(0, 10),
        guests: random.integer(4, 60) * 10,
        venue: random.pick(VENUES),
        wishes: random.shuffled(WISHES).slice(0, random.integer(0, 3)),
        paid: at < anchor || random.chance(30),
      },
      createdAt: daysBefore(anchor, 320 - index * 5).toISOString(),
    };
  });
}

/**
 * Adds an organization with storage of its own. Its ids are new in every installation, unlike those of the other rows: its
 * role belongs to the whole server, where another installation may have one.
 * @param client in a transaction, as the platform's role
 */
export async function addOrganization(client: ClientBase, passwordHash: string, anchor: Date): Promise<void> {
  const id = uuidv7();
  const storage = `org_${id.replaceAll('-', '')}`;
  const email = demoLogins.find(({ role }) => role === 'organization')?.email;
  const createdAt = daysBefore(anchor, 330).toISOString();
  await client.query(
    `insert into organizations (id, name, name_key, collection, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)`,
    [id, NAME, nameKeyOf(NAME), collectionOf(NAME), createdAt],
  );
  await client.query(
    `insert into organization_admins (id, organization_id, email, password_hash, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)`,
    [uuidv7(), id, email, passwordHash, createdAt],
  );
  await client.query('select create_organization_storage($1)', [id]);
  await client.query(`set local role ${storage}`);
  await client.query(
    `insert into ${storage}.documents (id, body, created_at, updated_at)
     select id, body, "createdAt", "createdAt" from jsonb_to_recordset($1::jsonb) as given (id uuid, body jsonb, "createdAt" timestamptz)`,
    [JSON.stringify(makeWeddings(anchor))],
  );
  await client.query('set local role none');
}
