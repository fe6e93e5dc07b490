import { randomUUID } from 'node:crypto';
import type { TestApp } from '../../support/test-app.ts';

const MORE_THAN_A_PAGE = 50;

/** Operators, of whom `size` have the same name and one has as many sessions, and users who are members of nothing. */
export async function operatorsScene(app: TestApp, size: number) {
  /** @returns the id of a user who can sign in, and works on the platform with a role */
  const insertUser = async (name: string, role: string | null): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      `insert into users (id, email, name, type, platform_role, password_hash, updated_at)
       values ($1, $2, $3, $4, $5, 'none', now())`,
      [id, `${name.toLowerCase()}-${id}@rowhouse.example`, name, role === null ? 'PLATFORM_USER' : 'ADMIN_USER', role],
    );
    return id;
  };

  const aSessionOf = async (userId: string): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      "insert into sessions (id, user_id, last_used_at, expires_at) values ($1, $2, now(), now() + interval '1 day')",
      [id, userId],
    );
    return id;
  };

  const busyOperatorId = await insertUser('Busy', 'admin');
  for (let count = 0; count < size; count += 1) {
    await insertUser('Colleague', 'admin');
    await aSessionOf(busyOperatorId);
  }

  await app.rows(
    `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, actor_type, actor_id, actor_name, impersonator_id, request_id)
     select $2::uuid, gen_random_uuid(), now(), 'plan.updated', 'plan', 'user', case when n % 2 = 0 then $1::uuid end, 'Busy',
       case when n % 2 = 1 then $1::uuid end, 'scene'
     from generate_series(1, $3::int) n`,
    [busyOperatorId, randomUUID(), MORE_THAN_A_PAGE + size],
  );

  return {
    /** Has `size` live sessions, and did more than a page shows. */
    busyOperatorId,
    /** Finds `size` operators. */
    colleague: 'colleague',
    anAdminUser: () => insertUser('Somebody', 'admin'),
    async anAdminUserSession(): Promise<{ id: string; sessionId: string }> {
      const id = await insertUser('Traveller', 'admin');
      return { id, sessionId: await aSessionOf(id) };
    },
    async anInvitedAdminUser(): Promise<string> {
      const id = await insertUser('Invited', 'admin');
      await app.rows("update users set status = 'pending', password_hash = null where id = $1", [id]);
      return id;
    },
    aUser: () => insertUser('Nobody', null),
    adminUserFields: () => ({ email: `${randomUUID()}@rowhouse.example`, name: 'New', platformRole: 'admin' }),
  };
}
