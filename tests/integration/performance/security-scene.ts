import { randomUUID } from 'node:crypto';
import type { TestTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';

/** What the security centre shows: a member with `size` live sessions and lock-outs, and as many events and tries to sign in. */
export async function securityScene(app: TestApp, tenant: TestTenant, size: number) {
  const wayfarerId = randomUUID();
  const wayfarer = `wayfarer-${wayfarerId}@rowhouse.example`;
  await app.rows(
    "insert into users (id, email, name, type, updated_at) values ($1, $2, 'Wayfarer', 'PLATFORM_USER', now())",
    [wayfarerId, wayfarer],
  );
  await app.rows(
    "insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, 'member', now())",
    [tenant.id, wayfarerId],
  );

  /** Inserts what `text` selects of the wayfarer's `user_id` and `tenant_id`. @returns its id */
  const insert = async (text: string): Promise<string> => {
    const [row] = await app.rows<{ id: string }>(
      `insert into ${text} from (values ($1::uuid, $2::uuid)) as given (user_id, tenant_id) returning id`,
      [wayfarerId, tenant.id],
    );
    if (row === undefined) throw new Error(`Nothing was inserted: ${text}`);
    return row.id;
  };

  const aLockout = () =>
    insert(
      `throttles (id, key, kind, user_id, count, blocked_until)
       select gen_random_uuid(), gen_random_uuid(), 'two_factor', user_id, 5, now() + interval '1 hour'`,
    );
  const aSession = () =>
    insert(
      `sessions (id, user_id, home_tenant_id, last_used_at, expires_at)
       select gen_random_uuid(), user_id, tenant_id, now(), now() + interval '1 day'`,
    );

  for (let count = 0; count < size; count += 1) {
    await aLockout();
    await aSession();
    await insert(
      "security_events (tenant_id, id, type, user_id) select tenant_id, gen_random_uuid(), 'password.changed', user_id",
    );
    await insert(
      `login_attempts (tenant_id, id, user_id, email, method, outcome)
       select tenant_id, gen_random_uuid(), user_id, 'wayfarer@rowhouse.example', 'password', 'failed'`,
    );
  }

  return {
    /** The member's e-mail address. */
    wayfarer,
    aLockout,
    aSession,
  };
}
