import { randomUUID } from 'node:crypto';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { aPlan, aTenant, signIn, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestAppOptions } from '../../support/test-app.ts';

export const PASSWORD = 'a password for tests only';

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly client: HttpClient;
}

interface OperatorFields {
  readonly role?: 'super_admin' | 'admin';
  readonly permissions?: readonly string[];
}

export type OperatorsFixture = Awaited<ReturnType<typeof startOperators>>;

/** The app with a super admin and a tenant, and what tests of operators need to fill it. */
export async function startOperators(options: TestAppOptions = {}) {
  const app = await startTestApp(options);
  const passwordHash = await app.container.services.passwords.hash(PASSWORD);

  /** @returns the id of a user who has a password */
  const insertUser = async (fields: { email: string; role: string | null; permissions: string | null }) => {
    const id = randomUUID();
    await app.rows(
      `insert into users (id, email, name, type, platform_role, platform_permissions, password_hash, email_verified_at, updated_at)
       values ($1, $2, 'Person', $3, $4, $5, $6, now(), now())`,
      [
        id,
        fields.email,
        fields.role === null ? 'PLATFORM_USER' : 'ADMIN_USER',
        fields.role,
        fields.permissions,
        passwordHash,
      ],
    );
    return id;
  };

  const addOperator = async ({ role = 'admin', permissions }: OperatorFields = {}): Promise<Person> => {
    const email = `operator-${randomUUID()}@rowhouse.example`;
    const id = await insertUser({ email, role, permissions: permissions ? JSON.stringify(permissions) : null });
    return { id, email, client: await signIn(app, email) };
  };

  await aPlan(app);
  const root = await addOperator({ role: 'super_admin' });
  const tenant = await aTenant(app, root.client);

  return {
    app,
    root,
    tenant,
    addOperator,
    addTenant: (): Promise<TestTenant> => aTenant(app, root.client),

    async addMember(tenantId: string = tenant.id, role = 'staff'): Promise<Person> {
      const email = `member-${randomUUID()}@lakeside.example`;
      const id = await insertUser({ email, role: null, permissions: null });
      await app.rows(
        `insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, $3, now())`,
        [tenantId, id, role],
      );
      return { id, email, client: await signIn(app, email) };
    },

    /** Somebody who was invited and has not answered. */
    async invite(role: 'super_admin' | 'admin' = 'admin'): Promise<string> {
      const email = `invited-${randomUUID()}@rowhouse.example`;
      const answer = await root.client.post('/api/admin-users', { email, name: 'Invited', platformRole: role });
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.body.data.id;
    },

    /** Gives a user an authenticator, without going through its set-up. */
    giveSecondFactor: (userId: string) =>
      app.rows(`insert into totp_authenticators (user_id, sealed_secret, confirmed_at) values ($1, '\\x00', now())`, [
        userId,
      ]),

    ownerOf: async ({ ownerEmail }: TestTenant): Promise<string> => {
      const [row] = await app.rows<{ id: string }>('select id from users where email = $1', [ownerEmail]);
      if (row === undefined) throw new Error('The tenant has no owner');
      return row.id;
    },

    /** The audit entries of an action about a thing, oldest first. */
    auditOf: (action: string, resourceId: string) =>
      app.rows(
        `select tenant_id, actor_id, impersonator_id, changes from audit_entries
         where action = $1 and resource_id = $2 order by occurred_at, id`,
        [action, resourceId],
      ),

    eventsOf: (type: string, subject: string) =>
      app.rows('select tenant_id, payload from outbox_events where type = $1 and subject = $2', [type, subject]),

    liveSessions: async (userId: string): Promise<number> =>
      (await app.rows('select 1 from sessions where user_id = $1 and revoked_at is null', [userId])).length,
  };
}

/** What an answer is refused with. */
export const refusal = ({ status, body }: HttpAnswer): unknown[] => [status, body?.error?.code];
