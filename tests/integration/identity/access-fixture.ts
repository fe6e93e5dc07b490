import { uuidv7 } from 'uuidv7';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, signIn, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../../support/test-app.ts';

export const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';

/** A password that no policy refuses. */
export const NEW_PASSWORD = 'seventeen quiet herons at dawn';

/** Somebody who works for a tenant, signed in. */
export interface TestMember {
  readonly userId: string;
  readonly email: string;
  readonly client: HttpClient;
}

export interface TestRole {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

export type AccessFixture = Awaited<ReturnType<typeof startAccess>>;

/** An app with an operator, and with what roles, members and invitations are tested with. */
export async function startAccess(options: TestAppOptions = {}) {
  const app = await startTestApp(options);
  const operator = await anOperator(app);
  await aPlan(app);
  const passwordHash = await app.container.services.passwords.hash(NEW_PASSWORD);
  let count = 0;

  const addUser = async (email: string, status = 'active'): Promise<string> => {
    const id = uuidv7();
    await app.rows(
      `insert into users (id, email, name, type, status, password_hash, updated_at)
       values ($1, $2, $2, 'PLATFORM_USER', $3::user_status, $4, now())`,
      [id, email, status, passwordHash],
    );
    return id;
  };

  const addMembership = async (tenantId: string, userId: string, role: string): Promise<void> => {
    await app.rows(
      'insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, $2, $3, $4, now())',
      [tenantId, uuidv7(), userId, role],
    );
  };

  return {
    app,
    operator,
    addUser,
    addMembership,

    addTenant: (): Promise<TestTenant> => aTenant(app, operator),

    signIn: (email: string, at: TestApp = app): Promise<HttpClient> => signIn(at, email, NEW_PASSWORD),

    async addMember(tenantId: string, role: string): Promise<TestMember> {
      count += 1;
      const email = `${role}-${count}@people.example`;
      const userId = await addUser(email);
      await addMembership(tenantId, userId, role);
      return { userId, email, client: await signIn(app, email, NEW_PASSWORD) };
    },

    async ownerIdOf({ ownerEmail }: TestTenant): Promise<string> {
      const [row] = await app.rows<{ id: string }>('select id from users where email = $1', [ownerEmail]);
      return row?.id ?? '';
    },

    /** A role of the tenant's own, made by its owner. */
    async addRole({ owner }: TestTenant, permissions: readonly string[]): Promise<TestRole> {
      count += 1;
      const answer = await owner.post('/api/rbac/roles', { name: `Role ${count}`, permissions });
      if (answer.status !== 201) throw new Error(`The role was refused: ${answer.text}`);
      return answer.body.data;
    },

    async giveRole({ owner }: TestTenant, userId: string, roleId: string): Promise<void> {
      const answer = await owner.post(`/api/rbac/users/${userId}/roles`, { roleId });
      if (answer.status !== 200) throw new Error(`The role was not given: ${answer.text}`);
    },

    /** Invites an address in the owner's name, or another client's. @returns the invitation's id */
    async invite(tenant: TestTenant, email: string, role = 'staff', by: HttpClient = tenant.owner): Promise<string> {
      const answer = await by.post(`/api/tenants/${tenant.id}/members/invite`, { email, role });
      if (answer.status !== 201) throw new Error(`The invitation was refused: ${answer.text}`);
      return answer.body.data.id;
    },

    /** The token that the mail would bring. */
    mailedToken(purpose: 'invitation' | 'operator_invitation', subjectId: string): Promise<string> {
      const { infrastructure, services } = app.container;
      return infrastructure.tx.run(systemContext(platformScope, 'mail'), (txCtx) =>
        services.oneTimeTokens.issue(txCtx, purpose, subjectId),
      );
    },

    accept: (token: string, fields: Record<string, unknown> = {}): Promise<HttpAnswer> =>
      app.http.post('/api/auth/accept-invitation', { token, ...fields }),

    /** The system role of each member, by user. */
    async rolesIn(tenantId: string): Promise<Record<string, string>> {
      const rows = await app.rows<{ user_id: string; role: string }>(
        'select user_id, role from memberships where tenant_id = $1',
        [tenantId],
      );
      return Object.fromEntries(rows.map(({ user_id, role }) => [user_id, role]));
    },

    async activeOwners(tenantId: string): Promise<number> {
      const rows = await app.rows(
        "select 1 from memberships where tenant_id = $1 and role = 'owner' and status = 'active'",
        [tenantId],
      );
      return rows.length;
    },

    /** The newest audit entry of a tenant with this action. */
    async auditEntry(tenantId: string, action: string) {
      const [row] = await app.rows(
        `select resource_type, resource_id, actor_id, changes from audit_entries
         where tenant_id = $1 and action = $2 order by occurred_at desc, id desc limit 1`,
        [tenantId, action],
      );
      return row;
    },

    async securityEvents(tenantId: string, userId: string): Promise<string[]> {
      const rows = await app.rows<{ type: string }>(
        'select type from security_events where tenant_id = $1 and user_id = $2 order by occurred_at, id',
        [tenantId, userId],
      );
      return rows.map(({ type }) => type);
    },
  };
}

/** Status and code of a refusal. */
export const failure = ({ status, body }: HttpAnswer): unknown[] => [status, body?.error?.code];

/** Status, and the code where there is one, of answers in the order of their statuses. */
export const outcomes = (answers: readonly HttpAnswer[]): string[] =>
  answers.map(({ status, body }) => `${status} ${body?.error?.code ?? ''}`.trim()).sort();
