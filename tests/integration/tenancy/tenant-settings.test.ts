import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAnswer } from '../../support/http-client.ts';
import { type Platform, startPlatform } from './tenancy-fixture.ts';

const UNKNOWN_ID = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform.app.close());

const at = (id: string): string => `/api/tenants/${id}/settings`;
const failure = ({ status, body }: HttpAnswer) => [status, body.error.code];
const rowOf = async (id: string) =>
  (await platform.app.rows('select "values", version from tenant_settings where tenant_id = $1', [id]))[0];

describe('GET /api/tenants/:id/settings', () => {
  test('answers everything before anything was set; locale and contact are the profile’s', async () => {
    const tenant = await platform.addTenant({ name: 'Lakeside', email: 'desk@lake.example', locale: 'en-IN' });

    const answer = await tenant.owner.get(at(tenant.id));

    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({
      locale: 'en-IN',
      dateFormat: 'YYYY-MM-DD',
      weekStart: 'monday',
      notifications: { invoiceEmails: true, productNews: false, securityAlerts: true },
      invoicing: { paymentTermsDays: 14, footer: null },
      privacy: { dataRetentionDays: 730 },
      support: { name: 'Lakeside', email: 'desk@lake.example', phone: null },
      version: 0,
      updatedAt: null,
    });
  });

  test('reads a value that the rules no longer allow as its default', async () => {
    const tenant = await platform.addTenant();
    await tenant.owner.put(at(tenant.id), { weekStart: 'sunday', privacy: { dataRetentionDays: 90 } });
    await platform.app.rows(
      `update tenant_settings set "values" = jsonb_set("values", '{privacy,dataRetentionDays}', '"for ever"') where tenant_id = $1`,
      [tenant.id],
    );

    const { body } = await tenant.owner.get(at(tenant.id));

    expect(body.data).toMatchObject({ weekStart: 'sunday', privacy: { dataRetentionDays: 730 } });
  });

  test('is behind the wall', async () => {
    const [tenant, other] = [await platform.addTenant(), await platform.addTenant()];

    expect(failure(await platform.app.http.get(at(tenant.id)))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await other.owner.get(at(tenant.id)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.get(at(UNKNOWN_ID)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.get(at('nonsense')))).toEqual([400, 'VALIDATION_FAILED']);
    expect((await platform.operator.get(at(tenant.id))).status).toBe(200);
    await platform.operator.delete(`/api/tenants/${tenant.id}`);
    expect(failure(await platform.operator.get(at(tenant.id)))).toEqual([404, 'TENANT_NOT_FOUND']);
  });
});

describe('PUT /api/tenants/:id/settings', () => {
  test('absent leaves, null gives the default back, of a field and of a group', async () => {
    const tenant = await platform.addTenant();
    await tenant.owner.put(at(tenant.id), {
      locale: 'hi-IN',
      notifications: { productNews: true, invoiceEmails: false },
      invoicing: { paymentTermsDays: 30, footer: 'Thank you.\nCome again.' },
    });

    const second = await tenant.owner.put(at(tenant.id), {
      locale: null,
      notifications: { invoiceEmails: null, securityAlerts: false },
      invoicing: null,
    });

    expect(second.status).toBe(200);
    expect(second.body.data).toMatchObject({
      locale: 'en',
      notifications: { invoiceEmails: true, productNews: true, securityAlerts: false },
      invoicing: { paymentTermsDays: 14, footer: null },
      version: 2,
    });
    expect(await rowOf(tenant.id)).toEqual({
      values: { notifications: { productNews: true, securityAlerts: false } },
      version: 2,
    });
    expect((await tenant.owner.get(at(tenant.id))).body.data).toEqual(second.body.data);
    const [entry] = await platform.app.rows(
      `select action, resource_type, changes from audit_entries where tenant_id = $1 and action = 'tenant_settings.updated'
       order by occurred_at desc, id desc limit 1`,
      [tenant.id],
    );
    expect(entry).toMatchObject({
      resource_type: 'tenant_settings',
      changes: { before: { locale: 'hi-IN' }, after: { locale: 'en' } },
    });
  });

  test.each([
    [{ unknown: 1 }, 'body.unknown'],
    [{ notifications: { sms: true } }, 'body.notifications.sms'],
    [{ dateFormat: 'YY' }, 'body.dateFormat'],
    [{ invoicing: { paymentTermsDays: 366 } }, 'body.invoicing.paymentTermsDays'],
    [{ invoicing: { footer: 'x'.repeat(501) } }, 'body.invoicing.footer'],
    [{ privacy: { dataRetentionDays: 29 } }, 'body.privacy.dataRetentionDays'],
    [{ support: { email: 'nobody' } }, 'body.support.email'],
    [{ locale: 'English' }, 'body.locale'],
  ])('refuses %j and leaves nothing', async (body, path) => {
    const tenant = await platform.addTenant();

    const answer = await tenant.owner.put(at(tenant.id), body);

    expect(failure(answer)).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.error.details.map((detail: { path: string }) => detail.path)).toContain(path);
    expect(await rowOf(tenant.id)).toBeUndefined();
  });

  test('is for owners, and for operators of every tenant', async () => {
    const [tenant, other] = [await platform.addTenant(), await platform.addTenant()];
    const staff = await platform.addMember(tenant.id, 'staff');

    expect(failure(await staff.put(at(tenant.id), { weekStart: 'sunday' }))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await other.owner.put(at(tenant.id), { weekStart: 'sunday' }))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.operator.put(at(UNKNOWN_ID), {}))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(await rowOf(tenant.id)).toBeUndefined();
    expect((await platform.operator.put(at(tenant.id), { weekStart: 'sunday' })).status).toBe(200);
    expect(await rowOf(tenant.id)).toEqual({ values: { weekStart: 'sunday' }, version: 1 });
  });

  test('of several changes to the same version one wins, the first one ever included', async () => {
    const tenant = await platform.addTenant();
    for (const version of [0, 1]) {
      const answers = await platform.meetingAt(
        tenant.id,
        [10, 20, 30].map(
          (paymentTermsDays) => () => tenant.owner.put(at(tenant.id), { version, invoicing: { paymentTermsDays } }),
        ),
      );

      const [won, ...others] = answers.filter(({ status }) => status === 200);
      expect(others).toEqual([]);
      for (const lost of answers.filter(({ status }) => status !== 200)) {
        expect(failure(lost)).toEqual([409, 'VERSION_CONFLICT']);
        expect(lost.body.error.details.current).toEqual(won?.body.data);
      }
      expect((await rowOf(tenant.id))?.version).toBe(version + 1);
    }
  });

  test('changes without a version all arrive', async () => {
    const tenant = await platform.addTenant();
    await platform.meetingAt(tenant.id, [
      () => tenant.owner.put(at(tenant.id), { weekStart: 'sunday' }),
      () => tenant.owner.put(at(tenant.id), { dateFormat: 'DD.MM.YYYY' }),
      () => tenant.owner.put(at(tenant.id), { support: { name: 'Front desk' } }),
    ]);
    expect(await rowOf(tenant.id)).toEqual({
      values: { weekStart: 'sunday', dateFormat: 'DD.MM.YYYY', support: { name: 'Front desk' } },
      version: 3,
    });
  });
});
