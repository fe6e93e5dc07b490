import { uuidv7 } from 'uuidv7';
import type { HttpAnswer } from '../../support/http-client.ts';
import { startPlatform } from '../tenancy/tenancy-fixture.ts';

export { PASSWORD } from '../tenancy/tenancy-fixture.ts';

export const NIL = '00000000-0000-0000-0000-000000000000';
export const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';

type Fields = Readonly<Record<string, unknown>>;

/** Status and code of a refusal. */
export const failure = ({ status, body }: HttpAnswer): [number, unknown] => [status, body.error?.code];

export type SecurityFixture = Awaited<ReturnType<typeof startSecurity>>;

/** A platform with two tenants, and what the security centre shows written straight into its tables. */
export async function startSecurity() {
  const platform = await startPlatform();
  const { app } = platform;
  const lakeside = await platform.addTenant();
  const riverside = await platform.addTenant();

  /** @returns the id of the new row */
  const insert = async (table: string, row: Fields): Promise<string> => {
    const id = uuidv7();
    const columns = Object.keys(row);
    await app.rows(
      `insert into ${table} (id, ${columns.join(', ')}) values ($1, ${columns.map((_, index) => `$${index + 2}`).join(', ')})`,
      [id, ...Object.values(row)],
    );
    return id;
  };

  return {
    ...platform,
    lakeside,
    riverside,
    /** The operator on a tenant's rows. */
    operatorIn: (tenantId: string) => platform.operator.with({ 'x-tenant-id': tenantId }),

    async userId(email: string): Promise<string> {
      const [user] = await app.rows<{ id: string }>('select id from users where email = $1', [email]);
      if (user === undefined) throw new Error(`There is no ${email}`);
      return user.id;
    },

    addEvent: (tenantId: string, occurredAt: string, fields: Fields = {}) =>
      insert('security_events', { tenant_id: tenantId, type: 'password.changed', occurred_at: occurredAt, ...fields }),

    addAttempt: (tenantId: string, occurredAt: string, fields: Fields = {}) =>
      insert('login_attempts', {
        tenant_id: tenantId,
        email: 'asha@lakeside.example',
        method: 'password',
        outcome: 'failed',
        occurred_at: occurredAt,
        ...fields,
      }),

    /** A throttle that blocks for an hour, unless `fields` say something else. */
    addLockout: (userId: string | null, fields: Fields = {}) =>
      insert('throttles', {
        key: uuidv7(),
        kind: 'sign_in_account',
        user_id: userId,
        count: 7,
        blocked_until: new Date(Date.now() + 3_600_000),
        ...fields,
      }),

    addSession: (userId: string, tenantId: string | null, fields: Fields = {}) =>
      insert('sessions', {
        user_id: userId,
        home_tenant_id: tenantId,
        last_used_at: new Date(),
        expires_at: new Date(Date.now() + 3_600_000),
        ...fields,
      }),

    /** Gives somebody a second factor that works. */
    enrol: (userId: string) =>
      app.rows("insert into totp_authenticators (user_id, sealed_secret, confirmed_at) values ($1, '\\x00', now())", [
        userId,
      ]),

    /** The audit entries about an object, the oldest first. */
    auditOf: (resourceId: string) =>
      app.rows(
        'select tenant_id, action, resource_type, actor_id, changes from audit_entries where resource_id = $1 order by occurred_at, id',
        [resourceId],
      ),

    /** The security events of a type in a tenant's log, or in the platform's. */
    eventsOf: (tenantId: string, type: string) =>
      app.rows(
        'select user_id, actor_id, details from security_events where tenant_id = $1 and type = $2 order by occurred_at, id',
        [tenantId, type],
      ),

    close: () => app.close(),
  };
}
