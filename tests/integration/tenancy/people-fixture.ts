import { randomUUID } from 'node:crypto';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { startPlatform } from './tenancy-fixture.ts';

export const PEOPLE = '/api/platform-users';

export type People = Awaited<ReturnType<typeof startPeople>>;

/** What POST /api/platform-users takes, with an address of its own. */
export const personBody = (fields: Record<string, unknown> = {}) => ({
  kind: 'student',
  name: 'Meera Nair',
  email: `${randomUUID()}@people.example`,
  ...fields,
});

export const outcome = ({ status, body }: HttpAnswer) => [status, body?.error?.code];

/** Two tenants, and what their people are made and looked at with. */
export async function startPeople() {
  const platform = await startPlatform();
  const { rows } = platform.app;
  const lakeside = await platform.addTenant();
  const hillside = await platform.addTenant();

  return {
    platform,
    lakeside,
    hillside,

    /** @returns the id of a new person, of lakeside unless somebody else adds them */
    async addPerson(fields: Record<string, unknown> = {}, client: HttpClient = lakeside.owner): Promise<string> {
      const answer = await client.post(PEOPLE, personBody(fields));
      if (answer.status !== 201) throw new Error(`The person was refused: ${answer.text}`);
      return answer.body.data.id;
    },

    async addLibrary(client: HttpClient): Promise<string> {
      const answer = await client.post('/api/libraries', { name: 'Room', code: randomUUID().slice(0, 8), seats: 10 });
      if (answer.status !== 201) throw new Error(`The library was refused: ${answer.text}`);
      return answer.body.data.id;
    },

    rowOf: async (id: string) => (await rows('select * from platform_users where id = $1', [id]))[0],

    /** How many people have an address. */
    countOf: async (email: string): Promise<number> =>
      (await rows('select from platform_users where email = $1', [email])).length,

    /** The ids of a parent's students, in order. */
    async studentsOf(parentId: string): Promise<string[]> {
      const found = await rows<{ student_id: string }>(
        'select student_id from guardianships where parent_id = $1 order by student_id',
        [parentId],
      );
      return found.map(({ student_id }) => student_id);
    },

    async lastEntryOf(id: string) {
      const [entry] = await rows(
        `select action, resource_type, tenant_id, changes from audit_entries where resource_id = $1
         order by occurred_at desc, id desc limit 1`,
        [id],
      );
      return entry;
    },
  };
}
