import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAnswer } from '../../support/http-client.ts';
import { type MadeTenant, type Platform, startPlatform } from './tenancy-fixture.ts';

const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform.app.close());

const at = (id: string): string => `/api/tenants/${id}/onboarding`;
const failure = ({ status, body }: HttpAnswer) => [status, body.error.code];
const complete = ({ id, owner }: MadeTenant, step: string) => owner.post(at(id), { step });

const missingOf = (answer: HttpAnswer): string[] => {
  expect(failure(answer)).toEqual([409, 'ONBOARDING_STEP_NOT_READY']);
  return answer.body.error.details.missing;
};

const stepOf = (answer: HttpAnswer, step: string) =>
  answer.body.data.steps.find((state: { step: string }) => state.step === step);

const rowsOf = (id: string) =>
  platform.app.rows('select step, completed_by, completed_at from onboarding_steps where tenant_id = $1 order by 3', [
    id,
  ]);

const addLibrary = (id: string) =>
  platform.app.rows(
    `insert into libraries (tenant_id, id, name, code, seats, time_zone, updated_at)
     values ($1, gen_random_uuid(), 'Main hall', $2, 40, 'Asia/Kolkata', now())`,
    [id, randomUUID()],
  );

const addInvitation = (id: string, expires: string, status = 'pending') =>
  platform.app.rows(
    `insert into invitations (tenant_id, id, email, role, status, invited_by, expires_at, updated_at)
     select $1, gen_random_uuid(), gen_random_uuid() || '@visitors.example', 'staff', $3, user_id, now() + $2::interval, now()
     from memberships where tenant_id = $1 limit 1`,
    [id, expires, status],
  );

const addProfile = ({ id, owner }: MadeTenant) =>
  owner.put(`/api/tenants/${id}`, { phone: '+91 80 4718 2200', addressLines: ['14 Lake Road'] });

describe('POST /api/tenants/:id/onboarding', () => {
  test('goes through every step, each when its facts hold', async () => {
    const tenant = await platform.addTenant();

    expect(missingOf(await complete(tenant, 'profile'))).toEqual(['profile.address', 'profile.phone']);
    await addProfile(tenant);
    expect(missingOf(await complete(tenant, 'branding'))).toEqual(['step.profile', 'branding.set']);
    expect((await complete(tenant, 'profile')).status).toBe(200);

    expect(missingOf(await complete(tenant, 'branding'))).toEqual(['branding.set']);
    await tenant.owner.put(`/api/tenants/${tenant.id}/branding`, {});
    expect(missingOf(await complete(tenant, 'branding'))).toEqual(['branding.set']);
    await tenant.owner.put(`/api/tenants/${tenant.id}/branding`, { font: 'lora' });
    expect((await complete(tenant, 'branding')).status).toBe(200);

    expect(missingOf(await complete(tenant, 'first_library'))).toEqual(['library.created']);
    await addLibrary(tenant.id);
    expect((await complete(tenant, 'first_library')).status).toBe(200);

    await addInvitation(tenant.id, '-1 hour');
    await addInvitation(tenant.id, '1 day', 'revoked');
    expect(missingOf(await complete(tenant, 'team'))).toEqual(['team.second_person']);
    await addInvitation(tenant.id, '1 day');
    expect((await complete(tenant, 'team')).status).toBe(200);

    await platform.app.rows("update subscriptions set status = 'canceled', ended_at = now() where tenant_id = $1", [
      tenant.id,
    ]);
    expect(missingOf(await complete(tenant, 'plan'))).toEqual(['plan.subscribed']);
    expect(missingOf(await complete(tenant, 'done'))).toEqual(['step.plan']);
    await platform.app.rows("update subscriptions set status = 'trialing', ended_at = null where tenant_id = $1", [
      tenant.id,
    ]);
    expect((await complete(tenant, 'plan')).status).toBe(200);

    const last = await complete(tenant, 'done');
    expect(last.body.data.progress).toEqual({ completed: 6, total: 6 });
    expect(last.body.data.completedAt).toBe(stepOf(last, 'done').completedAt);
    expect((await tenant.owner.get(at(tenant.id))).body.data).toEqual(last.body.data);
    expect((await rowsOf(tenant.id)).map(({ step }) => step)).toEqual([
      'profile',
      'branding',
      'first_library',
      'team',
      'plan',
      'done',
    ]);
  });

  test('a second member is a team, a suspended one is none', async () => {
    const tenant = await platform.addTenant();
    await addProfile(tenant);
    await addLibrary(tenant.id);
    await complete(tenant, 'profile');
    await complete(tenant, 'first_library');
    await platform.addMember(tenant.id, 'staff');
    const suspend = "update memberships set status = $2::membership_status where tenant_id = $1 and role = 'staff'";
    await platform.app.rows(suspend, [tenant.id, 'suspended']);

    expect(missingOf(await complete(tenant, 'team'))).toEqual(['team.second_person']);
    await platform.app.rows(suspend, [tenant.id, 'active']);
    expect((await complete(tenant, 'team')).status).toBe(200);
  });

  test('twice, also at once, is the same checklist and one row', async () => {
    const tenant = await platform.addTenant();
    await addProfile(tenant);

    const answers = await platform.meetingAt(
      tenant.id,
      [1, 2, 3].map(() => () => complete(tenant, 'profile')),
    );
    const again = await complete(tenant, 'profile');

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const answer of answers) expect(answer.body.data).toEqual(again.body.data);
    const [owner] = await platform.app.rows('select id from users where email = $1', [tenant.ownerEmail]);
    const rows = await rowsOf(tenant.id);
    expect(rows).toMatchObject([{ step: 'profile', completed_by: owner?.id }]);
    expect(
      await platform.app.rows(
        `select changes from audit_entries where tenant_id = $1 and action = 'onboarding.step_completed'
           and changes <> '{"before": {}, "after": {}}'`,
        [tenant.id],
      ),
    ).toEqual([{ changes: { before: { profile: false }, after: { profile: true } } }]);
  });

  test('what is completed stays so when its facts no longer hold', async () => {
    const tenant = await platform.addTenant();
    await addProfile(tenant);
    await complete(tenant, 'profile');
    await tenant.owner.put(`/api/tenants/${tenant.id}`, { phone: null });

    expect(stepOf(await tenant.owner.get(at(tenant.id)), 'profile')).toMatchObject({ status: 'done', missing: [] });
    expect((await complete(tenant, 'profile')).status).toBe(200);
  });

  test('is for owners and operators, and behind the wall', async () => {
    const [tenant, other] = [await platform.addTenant(), await platform.addTenant()];
    await addProfile(tenant);
    const staff = await platform.addMember(tenant.id, 'staff');

    expect(failure(await platform.app.http.post(at(tenant.id), { step: 'profile' }))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await staff.post(at(tenant.id), { step: 'profile' }))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await other.owner.post(at(tenant.id), { step: 'profile' }))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.post(at(UNKNOWN_ID), { step: 'profile' }))).toEqual([
      404,
      'TENANT_NOT_FOUND',
    ]);
    expect(failure(await complete(tenant, 'everything'))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await rowsOf(tenant.id)).toEqual([]);
    expect((await platform.operator.post(at(tenant.id), { step: 'profile' })).status).toBe(200);
  });
});

describe('GET /api/tenants/:id/onboarding', () => {
  test('says of each step what it waits for', async () => {
    const tenant = await platform.addTenant();
    const member = await platform.addMember(tenant.id, 'member');

    const { body } = await member.get(at(tenant.id));

    expect(body.data).toMatchObject({ progress: { completed: 0, total: 6 }, completedAt: null });
    expect(body.data.steps.map(({ missing }: { missing: string[] }) => missing)).toEqual([
      ['profile.address', 'profile.phone'],
      ['step.profile', 'branding.set'],
      ['step.profile', 'library.created'],
      ['step.first_library'],
      ['step.profile'],
      ['step.branding', 'step.team', 'step.plan'],
    ]);
  });

  test('knows no other tenant', async () => {
    const [tenant, other] = [await platform.addTenant(), await platform.addTenant()];

    expect(failure(await other.owner.get(at(tenant.id)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.get(at(UNKNOWN_ID)))).toEqual([404, 'TENANT_NOT_FOUND']);
  });
});
