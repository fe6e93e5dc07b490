import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAnswer } from '../../support/http-client.ts';
import { type Platform, startPlatform } from './tenancy-fixture.ts';

const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';

const DEFAULTS = {
  colors: {
    primary: '#1d4ed8',
    onPrimary: '#ffffff',
    background: '#ffffff',
    text: '#111827',
    accent: '#b45309',
  },
  font: 'system',
  cornerRadius: 8,
};

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform.app.close());

const at = (id: string): string => `/api/tenants/${id}/branding`;
const failure = ({ status, body }: HttpAnswer) => [status, body.error.code];
const rowOf = async (id: string) =>
  (await platform.app.rows('select tokens, version from tenant_brandings where tenant_id = $1', [id]))[0];

describe('GET /api/tenants/:id/branding', () => {
  test('answers the defaults before anything was set, to everybody in the tenant', async () => {
    const tenant = await platform.addTenant();
    const member = await platform.addMember(tenant.id, 'member');

    const answer = await member.get(at(tenant.id));

    expect(answer.body.data).toEqual({ ...DEFAULTS, logoUrl: null, version: 0, updatedAt: null });
  });

  test('is behind the wall', async () => {
    const [tenant, other] = [await platform.addTenant(), await platform.addTenant()];

    expect(failure(await platform.app.http.get(at(tenant.id)))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await other.owner.get(at(tenant.id)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.get(at(UNKNOWN_ID)))).toEqual([404, 'TENANT_NOT_FOUND']);
  });
});

describe('PUT /api/tenants/:id/branding', () => {
  test('absent leaves, null gives the default back', async () => {
    const tenant = await platform.addTenant();
    await tenant.owner.put(at(tenant.id), {
      colors: { primary: '#004400', accent: '#ABCDEF' },
      font: 'lora',
      cornerRadius: 0,
    });

    const answer = await tenant.owner.put(at(tenant.id), { version: 1, colors: { primary: null }, font: null });

    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({
      colors: { ...DEFAULTS.colors, accent: '#abcdef' },
      font: 'system',
      cornerRadius: 0,
      version: 2,
    });
    expect(await rowOf(tenant.id)).toEqual({ tokens: { colors: { accent: '#abcdef' }, cornerRadius: 0 }, version: 2 });
    expect(
      await platform.app.rows(
        `select resource_type, changes -> 'after' as after from audit_entries
         where tenant_id = $1 and action = 'tenant_branding.updated' order by occurred_at desc, id desc limit 1`,
        [tenant.id],
      ),
    ).toMatchObject([{ resource_type: 'tenant_branding', after: { font: 'system' } }]);
  });

  test('refuses colours that are hard to read, with the ratio, against those that stay too', async () => {
    const tenant = await platform.addTenant();

    const grey = await tenant.owner.put(at(tenant.id), { colors: { text: '#777777' } });
    const both = await tenant.owner.put(at(tenant.id), { colors: { text: '#cccccc', primary: '#ffff00' } });
    const enough = await tenant.owner.put(at(tenant.id), { colors: { text: '#767676' } });
    const darker = await tenant.owner.put(at(tenant.id), { colors: { background: '#eeeeee' } });

    expect(failure(grey)).toEqual([422, 'CONTRAST_TOO_LOW']);
    expect(grey.body.error.details).toEqual([
      { path: 'body.colors.text', against: 'background', ratio: 4.47, required: 4.5 },
    ]);
    expect(both.body.error.details).toMatchObject([{ path: 'body.colors.text' }, { path: 'body.colors.onPrimary' }]);
    expect(enough.status).toBe(200);
    expect(failure(darker)).toEqual([422, 'CONTRAST_TOO_LOW']);
    expect(await rowOf(tenant.id)).toEqual({ tokens: { colors: { text: '#767676' } }, version: 1 });
  });

  test.each([
    [{ colors: { primary: 'red' } }],
    [{ colors: { primary: '#fff' } }],
    [{ colors: { primary: 'url(https://evil.example)' } }],
    [{ colors: { border: '#000000' } }],
    [{ font: 'comic-sans' }],
    [{ cornerRadius: 33 }],
    [{ css: 'body { display: none }' }],
  ])('takes tokens only: %j', async (body) => {
    const tenant = await platform.addTenant();

    expect(failure(await tenant.owner.put(at(tenant.id), body))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await rowOf(tenant.id)).toBeUndefined();
  });

  test('is for owners and operators', async () => {
    const [tenant, other] = [await platform.addTenant(), await platform.addTenant()];
    const manager = await platform.addMember(tenant.id, 'manager');

    expect(failure(await manager.put(at(tenant.id), { font: 'inter' }))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await other.owner.put(at(tenant.id), { font: 'inter' }))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect((await platform.operator.put(at(tenant.id), { font: 'inter' })).status).toBe(200);
    expect(await rowOf(other.id)).toBeUndefined();
  });

  test('of several changes to the same version one wins', async () => {
    const tenant = await platform.addTenant();

    const answers = await platform.meetingAt(
      tenant.id,
      [1, 2, 3].map((cornerRadius) => () => tenant.owner.put(at(tenant.id), { version: 0, cornerRadius })),
    );

    const won = answers.filter(({ status }) => status === 200);
    const lost = answers.filter(({ status }) => status !== 200);
    expect(won).toHaveLength(1);
    expect(lost.map(failure)).toEqual([
      [409, 'VERSION_CONFLICT'],
      [409, 'VERSION_CONFLICT'],
    ]);
    expect(lost[0]?.body.error.details.current).toMatchObject({
      version: 1,
      cornerRadius: won[0]?.body.data.cornerRadius,
    });
  });
});
