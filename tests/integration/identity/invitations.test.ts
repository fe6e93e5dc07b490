import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import type { TestTenant } from '../../support/people.ts';
import { type AccessFixture, failure, outcomes, startAccess, UNKNOWN_ID } from './access-fixture.ts';

const DAY_MS = 86_400_000;

let fixture: AccessFixture;
let tenant: TestTenant;
let other: TestTenant;
let count = 0;

beforeAll(async () => {
  fixture = await startAccess();
  other = await fixture.addTenant();
});
afterAll(() => fixture.app.close());
beforeEach(async () => {
  tenant = await fixture.addTenant();
});

const anAddress = (): string => `guest-${++count}@visitors.example`;
const listPath = (): string => `/api/tenants/${tenant.id}/invitations`;
const invite = (client: HttpClient, body: unknown, id = tenant.id) =>
  client.post(`/api/tenants/${id}/members/invite`, body);
const emails = ({ body }: HttpAnswer): string[] => body.data.map(({ email }: { email: string }) => email);

const invitationRows = (id: string) =>
  fixture.app.rows('select status, role, accepted_by from invitations where id = $1', [id]);

const publishedFor = (id: string) =>
  fixture.app.rows("select payload from outbox_events where type = 'invitation.created' and subject = $1", [id]);

describe('POST /api/tenants/:id/members/invite', () => {
  test('makes an invitation for seven days, tells of it and writes it down, without any secret', async () => {
    const email = anAddress();
    const answer = await invite(tenant.owner, { email: email.toUpperCase(), role: 'staff' });
    const made = answer.body.data;

    expect(answer.status).toBe(201);
    expect(made).toMatchObject({ email, role: 'staff', status: 'pending', acceptedAt: null });
    expect(made.invitedBy).toEqual({ id: await fixture.ownerIdOf(tenant), name: 'Owner' });
    expect(Math.round((Date.parse(made.expiresAt) - Date.now()) / DAY_MS)).toBe(7);
    expect(await publishedFor(made.id)).toEqual([{ payload: { tenantId: tenant.id, invitationId: made.id } }]);
    expect(await fixture.app.rows('select 1 from one_time_tokens where subject_id = $1', [made.id])).toEqual([]);
    expect(await fixture.auditEntry(tenant.id, 'invitation.created')).toMatchObject({
      resource_id: made.id,
      changes: { after: { email, role: 'staff' } },
    });
    expect(emails(await tenant.owner.get(listPath()))).toEqual([email]);
  });

  test('renews one that waits: one row, another link, and the one before is dead', async () => {
    const email = anAddress();
    const id = await fixture.invite(tenant, email, 'member');
    const before = await fixture.mailedToken('invitation', id);
    await fixture.app.rows("update invitations set expires_at = now() + interval '1 minute' where id = $1", [id]);

    const again = await invite(tenant.owner, { email, role: 'staff' });

    expect(again.body.data).toMatchObject({ id, role: 'staff', status: 'pending' });
    expect(Date.parse(again.body.data.expiresAt)).toBeGreaterThan(Date.now() + 6 * DAY_MS);
    expect(await fixture.app.rows('select 1 from invitations where tenant_id = $1', [tenant.id])).toHaveLength(1);
    expect(await publishedFor(id)).toHaveLength(2);
    const account = { name: 'Ravi', password: 'seventeen quiet herons at dawn' };
    expect(failure(await fixture.accept(before, account))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
  });

  test('parallel ones for the same address are one', async () => {
    const email = anAddress();
    const answers = await Promise.all(Array.from({ length: 3 }, () => invite(tenant.owner, { email, role: 'staff' })));
    expect(outcomes(answers)).toEqual(['201', '201', '201']);
    expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1);
  });

  test('refuses who is a member already', async () => {
    const { email } = await fixture.addMember(tenant.id, 'member');
    expect(failure(await invite(tenant.owner, { email, role: 'staff' }))).toEqual([409, 'ALREADY_MEMBER']);
    expect((await invite(other.owner, { email, role: 'staff' }, other.id)).status).toBe(201);
  });

  test('nobody invites above their rank, beyond their permissions, or over who ranks above', async () => {
    const keeper = await fixture.addMember(tenant.id, 'manager');
    const role = await fixture.addRole(tenant, ['members:write']);
    await fixture.giveRole(tenant, keeper.userId, role.id);
    const email = anAddress();
    expect(failure(await invite(keeper.client, { email, role: 'owner' }))).toEqual([403, 'RANK_TOO_LOW']);
    expect((await invite(keeper.client, { email, role: 'manager' })).status).toBe(201);

    const coming = anAddress();
    const id = await fixture.invite(tenant, coming, 'owner');
    expect(failure(await invite(keeper.client, { email: coming, role: 'member' }))).toEqual([403, 'RANK_TOO_LOW']);
    expect(failure(await keeper.client.delete(`${listPath()}/${id}`))).toEqual([403, 'RANK_TOO_LOW']);
    expect(await invitationRows(id)).toEqual([{ status: 'pending', role: 'owner', accepted_by: null }]);

    const limited = await fixture.addUser(`limited-${tenant.id}@rowhouse.example`);
    await fixture.app.rows(
      `update users set type = 'ADMIN_USER', platform_role = 'admin', platform_permissions = '["members:write"]' where id = $1`,
      [limited],
    );
    const operator = await fixture.signIn(`limited-${tenant.id}@rowhouse.example`);
    expect(failure(await invite(operator, { email: anAddress(), role: 'staff' }))).toEqual([
      403,
      'PERMISSION_NOT_HELD',
    ]);
  });

  test('sends fifty a day and three an hour to one address, for parallel requests too', async () => {
    await fixture.app.rows(
      `insert into security_events (tenant_id, id, type, occurred_at)
       select $1, gen_random_uuid(), 'member.invited', now() - interval '2 hours' from generate_series(1, 47)`,
      [tenant.id],
    );
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => invite(tenant.owner, { email: anAddress(), role: 'member' })),
    );
    expect(outcomes(answers)).toEqual([...Array(3).fill('201'), ...Array(3).fill('429 INVITATION_LIMIT_REACHED')]);
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(21 * 3600);
    expect(Number(refused?.headers.get('retry-after'))).toBeLessThanOrEqual(22 * 3600);

    const email = anAddress();
    const toOne = () => invite(other.owner, { email, role: 'member' }, other.id);
    for (let sent = 0; sent < 3; sent += 1) expect((await toOne()).status).toBe(201);
    expect(failure(await toOne())).toEqual([429, 'INVITATION_LIMIT_REACHED']);
    await fixture.app.rows(
      "update security_events set occurred_at = occurred_at - interval '1 hour' where tenant_id = $1",
      [other.id],
    );
    expect((await toOne()).status).toBe(201);
  });

  test('refuses everything else', async () => {
    const member = await fixture.addMember(tenant.id, 'manager');
    const body = { email: anAddress(), role: 'staff' };
    expect(failure(await invite(fixture.app.http, body))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await invite(member.client, body))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await invite(other.owner, body))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await invite(fixture.operator, body, UNKNOWN_ID))).toEqual([404, 'TENANT_NOT_FOUND']);
    for (const wrong of [
      { ...body, role: 'admin' },
      { ...body, email: 'nobody' },
      { role: 'staff' },
      { ...body, tenantId: UNKNOWN_ID },
    ]) {
      expect(failure(await invite(tenant.owner, wrong))).toEqual([400, 'VALIDATION_FAILED']);
    }
    expect(await fixture.app.rows('select 1 from invitations where tenant_id = $1', [tenant.id])).toEqual([]);
  });
});

describe('GET /api/tenants/:id/invitations', () => {
  test('lists them by status, the newest first', async () => {
    const [waiting, over, taken] = [anAddress(), anAddress(), anAddress()];
    const ids = [];
    for (const email of [waiting, over, taken]) ids.push(await fixture.invite(tenant, email));
    await fixture.app.rows("update invitations set expires_at = now() - interval '1 second' where id = $1", [ids[1]]);
    await tenant.owner.delete(`${listPath()}/${ids[2]}`);
    const get = (query: string, client = tenant.owner) => client.get(`${listPath()}${query}`);

    expect(emails(await get(''))).toEqual([taken, over, waiting]);
    expect(emails(await get('?sort=createdAt&limit=2', fixture.operator))).toEqual([waiting, over]);
    expect(emails(await get('?status=pending'))).toEqual([waiting]);
    expect(emails(await get('?status=expired'))).toEqual([over]);
    expect(emails(await get('?status=revoked', tenant.operator))).toEqual([taken]);
    expect((await get('?status=accepted')).body.meta.total).toBe(0);
    expect(failure(await get('?status=gone'))).toEqual([400, 'VALIDATION_FAILED']);
    expect(failure(await get('', other.owner))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await get('', fixture.app.http))).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('DELETE /api/tenants/:id/invitations/:invitationId', () => {
  test('takes it back, with its link', async () => {
    const id = await fixture.invite(tenant, anAddress());
    const token = await fixture.mailedToken('invitation', id);
    const answers = await Promise.all([1, 2, 3].map(() => tenant.owner.delete(`${listPath()}/${id}`)));

    expect(outcomes(answers)).toEqual(['204', '409 INVITATION_NOT_PENDING', '409 INVITATION_NOT_PENDING']);
    expect(await invitationRows(id)).toMatchObject([{ status: 'revoked' }]);
    expect(await fixture.app.rows('select 1 from one_time_tokens where subject_id = $1', [id])).toEqual([]);
    expect(failure(await fixture.accept(token))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    expect(await fixture.auditEntry(tenant.id, 'invitation.revoked')).toMatchObject({ resource_id: id });
  });

  test('finds none but those of the tenant', async () => {
    const foreign = await fixture.invite(other, anAddress());
    expect(failure(await tenant.owner.delete(`${listPath()}/${foreign}`))).toEqual([404, 'INVITATION_NOT_FOUND']);
    expect(failure(await tenant.owner.delete(`${listPath()}/${UNKNOWN_ID}`))).toEqual([404, 'INVITATION_NOT_FOUND']);
    expect(failure(await fixture.operator.delete(`${listPath()}/${foreign}`))).toEqual([404, 'INVITATION_NOT_FOUND']);
    expect(failure(await fixture.app.http.delete(`${listPath()}/${foreign}`))).toEqual([401, 'UNAUTHENTICATED']);
    expect(await invitationRows(foreign)).toMatchObject([{ status: 'pending' }]);
  });
});

describe('what the mail says', () => {
  test('is there as long as the invitation can be accepted, for its own tenant', async () => {
    const email = anAddress();
    const id = await fixture.invite(tenant, email, 'manager');
    const { invitations } = fixture.app.container.services;
    const ctx = systemContext(tenantScope(asTenantId(tenant.id)), 'mail');
    const find = (tenantId: string) => invitations.find(ctx, asTenantId(tenantId), id);

    expect(await find(tenant.id)).toEqual({
      tenantName: expect.stringMatching(/^Tenant /),
      inviterName: 'Owner',
      role: 'manager',
      email,
      expiresAt: expect.any(String),
    });
    expect(await find(other.id)).toBeNull();
    await tenant.owner.delete(`${listPath()}/${id}`);
    expect(await find(tenant.id)).toBeNull();
  });
});
