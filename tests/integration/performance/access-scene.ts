import { randomUUID } from 'node:crypto';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { TestTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';

const REGULAR = 'regular reader';

/** A tenant's own roles, of which there are `size`, as many members with the same name, and as many invitations. */
export async function accessScene(app: TestApp, tenant: TestTenant, size: number) {
  const { tx } = app.container.infrastructure;
  const { oneTimeTokens } = app.container.services;

  const insertPerson = async (email: string, name: string): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      "insert into users (id, email, name, type, password_hash, updated_at) values ($1, $2, $3, 'PLATFORM_USER', 'none', now())",
      [id, email, name],
    );
    return id;
  };

  const insertMember = async (name: string): Promise<{ userId: string; membershipId: string }> => {
    const userId = await insertPerson(`${randomUUID()}@readers.example`, name);
    const membershipId = randomUUID();
    await app.rows(
      "insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, $2, $3, 'staff', now())",
      [tenant.id, membershipId, userId],
    );
    return { userId, membershipId };
  };

  const insertRole = async (name: string): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      "insert into roles (tenant_id, id, name, permissions, updated_at) values ($1, $2, $3, '{members:read}', now())",
      [tenant.id, id, name],
    );
    return id;
  };

  /** @returns its id */
  const insertInvitation = async (email: string): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      `insert into invitations (tenant_id, id, email, role, invited_by, expires_at, updated_at)
       select $1, $2, $3, 'staff', id, now() + interval '7 days', now() from users where email = $4`,
      [tenant.id, id, email, tenant.ownerEmail],
    );
    return id;
  };

  for (let count = 0; count < size; count += 1) {
    const { membershipId } = await insertMember('Regular reader');
    const roleId = await insertRole(`Role ${count}`);
    await app.rows('insert into role_assignments (tenant_id, membership_id, role_id) values ($1, $2, $3)', [
      tenant.id,
      membershipId,
      roleId,
    ]);
    await insertInvitation(`waiting-${randomUUID()}@visitors.example`);
  }

  return {
    /** Finds `size` members. */
    regular: REGULAR,
    roleFields: () => ({ name: randomUUID(), permissions: ['members:read'] }),
    /** A role that nobody has. */
    aRole: () => insertRole(randomUUID()),
    /** A member of the staff. */
    aReader: () => insertMember('Passing reader'),
    /** The address of somebody with no invitation; the invitations sent so far are forgotten. */
    async aGuest(): Promise<string> {
      await app.rows("delete from security_events where tenant_id = $1 and type = 'member.invited'", [tenant.id]);
      return `guest-${randomUUID()}@visitors.example`;
    },
    /** An invitation of somebody who has an account. */
    async anInvitation(): Promise<{ id: string; token: string }> {
      const email = `coming-${randomUUID()}@visitors.example`;
      await insertPerson(email, 'Coming');
      const id = await insertInvitation(email);
      const ctx = systemContext(platformScope, 'mail', 'mail.made');
      return { id, token: await tx.run(ctx, (txCtx) => oneTimeTokens.issue(txCtx, 'invitation', id)) };
    },
  };
}
