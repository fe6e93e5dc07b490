import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  anOrganization,
  createOrganization,
  hasRole,
  ORGANIZATION_PASSWORD,
  signInAdmin,
  storagesOf,
} from '../../support/organizations.ts';
import { anOperator } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app.close());

const anAddress = () => `admin-${randomUUID()}@acme.example`;

const auditOf = (resourceId: string) =>
  app.rows(
    `select action, resource_type, tenant_id::text, actor_type, actor_id::text, changes from audit_entries
     where resource_id = $1 order by occurred_at, id`,
    [resourceId],
  );

/** One of assets/passwords/common-passwords.txt. */
const COMMON_PASSWORD = 'holidaysecure123';

const PLATFORM = '00000000-0000-0000-0000-000000000000';

describe('creating', () => {
  test('answers as the seed does, and makes rows, schema and role', async () => {
    const email = anAddress();
    const answer = await app.http.post('/org/create', {
      organization_name: ' Acme   Corp ',
      email: email.toUpperCase(),
      password: 'secure123',
    });

    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ name: 'Acme   Corp', collection: 'org_acme___corp', admin_email: email });
    const [row] = await app.rows<{ id: string; admin_id: string; password_hash: string }>(
      `select o.id, o.name, o.name_key, a.id as admin_id, a.password_hash
       from organizations o join organization_admins a on a.organization_id = o.id where a.email = $1`,
      [email],
    );
    expect(row).toMatchObject({ name: 'Acme   Corp', name_key: 'acme corp' });
    expect(row?.password_hash).toMatch(/^\$2b\$04\$/);
    const storage = `org_${row?.id.replaceAll('-', '')}`;
    expect(await storagesOf(app)).toContain(storage);
    expect(await hasRole(app, storage)).toBe(true);
    expect(await auditOf(row?.id ?? '')).toEqual([
      {
        action: 'organization.created',
        resource_type: 'organization',
        tenant_id: PLATFORM,
        actor_type: 'anonymous',
        actor_id: null,
        changes: { after: { name: 'Acme   Corp', collection: 'org_acme___corp', adminId: row?.admin_id } },
      },
    ]);
  });

  test.each([
    ['another case', 'STRASSE nord', 'Straße Nord'],
    ['another width', 'ＡＢＣ halls', 'abc halls'],
    ['other spaces', 'Lake  View', 'lake view'],
    ['other invisible signs', 'Sun\u200bset', 'sunset'],
    ['other signs, and so the same collection', 'Tom & Co', 'Tom + Co'],
  ])('refuses a name that is taken in %s', async (_how, first, second) => {
    expect((await createOrganization(app.http, first, anAddress())).status).toBe(201);
    const before = await storagesOf(app);
    const answer = await createOrganization(app.http, second, anAddress());
    expect([answer.status, answer.body.error.code]).toEqual([409, 'ORGANIZATION_NAME_TAKEN']);
    expect(await storagesOf(app)).toEqual(before);
  });

  test('refuses an e-mail address that is taken', async () => {
    const { email } = await anOrganization(app);
    const answer = await createOrganization(app.http, randomUUID(), email);
    expect([answer.status, answer.body.error.code]).toEqual([409, 'EMAIL_TAKEN']);
  });

  test.each([
    ['an empty name', { organization_name: ' ' }, 400],
    ['a name that nobody sees', { organization_name: '\u200b\u2060' }, 400],
    ['a name of control characters', { organization_name: 'a\u0000b' }, 400],
    ['a long name', { organization_name: 'x'.repeat(101) }, 400],
    ['a bad address', { email: 'nobody' }, 400],
    ['a short password', { password: 'short12' }, 400],
    ['a password of 73 bytes', { password: `${'é'.repeat(36)}a` }, 400],
    ['a password that is no string', { password: { $gt: '' } }, 400],
    ['an unknown field', { role: 'admin' }, 400],
    ['a common password', { password: COMMON_PASSWORD }, 422],
    ['its name as password', { password: 'lakeview1', organization_name: 'Lakeview' }, 422],
  ])('refuses %s, and leaves nothing', async (_what, fields, status) => {
    const before = await app.rows('select count(*) from organizations');
    const valid = { organization_name: randomUUID(), email: anAddress(), password: ORGANIZATION_PASSWORD };
    const answer = await app.http.post('/org/create', { ...valid, ...fields });
    expect(answer.status).toBe(status);
    expect(await app.rows('select count(*) from organizations')).toEqual(before);
  });

  test('takes a password of 72 bytes, all of which count', async () => {
    const password = 'é'.repeat(36);
    const email = anAddress();
    const made = await app.http.post('/org/create', { organization_name: randomUUID(), email, password });
    expect(made.status).toBe(201);
    expect((await app.http.post('/admin/login', { email, password })).status).toBe(200);
    expect((await app.http.post('/admin/login', { email, password: password.slice(0, -1) })).status).toBe(401);
  });

  test('of twenty at once with one name, one wins and nineteen leave nothing', async () => {
    const name = `Race ${randomUUID()}`;
    const before = await storagesOf(app);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        createOrganization(app.http, index % 2 === 0 ? name : name.toUpperCase(), anAddress()),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
    expect(new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body.error.code))).toEqual(
      new Set(['ORGANIZATION_NAME_TAKEN']),
    );
    expect(await storagesOf(app)).toHaveLength(before.length + 1);
    expect(await app.rows('select from organizations where lower(name) = lower($1)', [name])).toHaveLength(1);
  });

  test('twenty at once with different names all come to be', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => createOrganization(app.http, `Peer ${randomUUID()}`, anAddress())),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(201));
  });
});

describe('finding', () => {
  test('is public, and knows a name in every case', async () => {
    const { name, id } = await anOrganization(app);
    const [admin] = await app.rows<{ id: string }>('select id from organization_admins where organization_id = $1', [
      id,
    ]);
    const answer = await app.http.get(`/org/get?organization_name=${encodeURIComponent(name.toUpperCase())}`);
    expect([answer.status, answer.body]).toEqual([
      200,
      { name, collection: `org_${name.toLowerCase().replaceAll(/[- ]/g, '_')}`, admin_id: admin?.id },
    ]);
  });

  test('refuses what is missing, and does not know what is not there', async () => {
    expect((await app.http.get('/org/get')).status).toBe(400);
    expect((await app.http.get('/org/get?organization_name=a&organization_name=b')).status).toBe(400);
    const answer = await app.http.get('/org/get?organization_name=nobody-is-called-so');
    expect([answer.status, answer.body.error.code]).toEqual([404, 'ORGANIZATION_NOT_FOUND']);
  });
});

const renaming = (current: string, next: string) =>
  `/org/update?${new URLSearchParams({ current_name: current, new_name: next })}`;

const deletion = (name: string) => `/org/delete?${new URLSearchParams({ org_name: name })}`;

describe('renaming', () => {
  test('changes the name and moves no document; the token goes on working', async () => {
    const { name, id, admin, storage, email } = await anOrganization(app);
    await admin.post('/org/documents', [{ n: 1 }, { n: 2 }, { n: 3 }]);
    const next = `Renamed ${randomUUID()}`;
    const collection = `org_${next.toLowerCase().replaceAll(/[- ]/g, '_')}`;

    const answer = await admin.put(renaming(name.toUpperCase(), next));

    expect([answer.status, answer.body]).toEqual([
      200,
      { old_name: name, new_name: next, new_collection: collection, moved_docs: 3 },
    ]);
    expect(await app.rows('select name, collection, version from organizations where id = $1', [id])).toEqual([
      { name: next, collection, version: 2 },
    ]);
    expect(await storagesOf(app)).toContain(storage);
    expect((await admin.get('/org/documents')).body.meta.total).toBe(3);
    expect((await app.http.get(`/org/get?organization_name=${encodeURIComponent(name)}`)).status).toBe(404);
    expect((await (await signInAdmin(app.http, email)).get('/org/documents')).body.meta.total).toBe(3);
    expect((await auditOf(id)).at(-1)).toMatchObject({
      action: 'organization.renamed',
      actor_type: 'organization_admin',
      changes: { before: { name }, after: { name: next, collection } },
    });
  });

  test('to a name that is its own in another case is no conflict', async () => {
    const { name, admin } = await anOrganization(app);
    const answer = await admin.put(renaming(name, name.toUpperCase()));
    expect([answer.status, answer.body.new_name]).toEqual([200, name.toUpperCase()]);
  });

  test('needs a token, a name that is free, and an organization of the own', async () => {
    const mine = await anOrganization(app);
    const other = await anOrganization(app);
    const refusals = [
      await app.http.put(renaming(mine.name, 'x')),
      await mine.admin.put(renaming(`unknown ${randomUUID()}`, 'x')),
      await mine.admin.put(renaming(other.name, 'x')),
      await mine.admin.put(renaming(mine.name, other.name.toUpperCase())),
      await mine.admin.put(`/org/update?current_name=${mine.name}`),
    ].map(({ status, body }) => [status, body.error.code]);
    expect(refusals).toEqual([
      [401, 'UNAUTHENTICATED'],
      [404, 'ORGANIZATION_NOT_FOUND'],
      [403, 'ORGANIZATION_ACCESS_DENIED'],
      [409, 'ORGANIZATION_NAME_TAKEN'],
      [400, 'VALIDATION_FAILED'],
    ]);
    expect(await app.rows('select name from organizations where id = any($1)', [[mine.id, other.id]])).toHaveLength(2);
  });

  test('of two at once from the same name, one finds it gone', async () => {
    const { name, admin } = await anOrganization(app);
    const answers = await Promise.all(['First', 'Second'].map((next) => admin.put(renaming(name, `${next} ${name}`))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
  });

  test('under load fails no request', async () => {
    const { name, admin } = await anOrganization(app);
    const { body } = await admin.post('/org/documents', { n: 0 });
    let current = name;
    let isRenaming = true;
    const work = async (): Promise<number[]> => {
      const statuses: number[] = [];
      while (isRenaming) {
        statuses.push((await admin.get(`/org/documents/${body.data.id}`)).status);
        statuses.push((await admin.send('PATCH', `/org/documents/${body.data.id}`, { body: { n: 1 } })).status);
        statuses.push((await admin.post('/org/documents', { n: 2 })).status);
      }
      return statuses;
    };
    const workers = Array.from({ length: 4 }, work);
    const renames: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const next = `${name} ${round}`;
      renames.push((await admin.put(renaming(current, next))).status);
      current = next;
    }
    isRenaming = false;
    const statuses = (await Promise.all(workers)).flat();
    expect(new Set(renames)).toEqual(new Set([200]));
    expect(new Set(statuses)).toEqual(new Set([200, 201]));
    expect(statuses.length).toBeGreaterThan(40);
  });
});

describe('deleting', () => {
  test('ends the organization, its admins and its tokens at once, and says that its storage is to go', async () => {
    const { name, id, admin, email } = await anOrganization(app);
    const answer = await admin.delete(deletion(name));
    expect([answer.status, answer.body.name, answer.body.deleted]).toEqual([200, name, true]);
    expect(await app.rows('select from organizations where id = $1', [id])).toEqual([]);
    expect(await app.rows('select from organization_admins where email = $1', [email])).toEqual([]);
    const refused = await admin.get('/org/documents');
    expect([refused.status, refused.body.error.code]).toEqual([401, 'TOKEN_INVALID']);
    expect((await app.http.post('/admin/login', { email, password: ORGANIZATION_PASSWORD })).status).toBe(401);
    expect(
      await app.rows(`select payload from outbox_events where type = 'organization.deleted' and subject = $1`, [id]),
    ).toEqual([{ payload: { organizationId: id } }]);
    expect((await auditOf(id)).at(-1)).toMatchObject({ action: 'organization.deleted', changes: { before: { name } } });
  });

  test('needs a token and an organization of the own', async () => {
    const mine = await anOrganization(app);
    const other = await anOrganization(app);
    const statuses = [
      await app.http.delete(deletion(mine.name)),
      await mine.admin.delete(deletion(other.name)),
      await mine.admin.delete(deletion(randomUUID())),
      await mine.admin.delete('/org/delete'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([401, 403, 404, 400]);
    expect((await other.admin.get('/org/documents')).status).toBe(200);
  });

  test('a name that has become free can be taken again, with another storage', async () => {
    const { name, admin, storage } = await anOrganization(app);
    await admin.delete(deletion(name));
    const again = await anOrganization(app, name);
    expect(again.storage).not.toBe(storage);
    expect((await again.admin.get('/org/documents')).body.meta.total).toBe(0);
  });
});

test('an operator reads what happened to organizations in the log, and has no way into their documents', async () => {
  const { id } = await anOrganization(app);
  const operator = await anOperator(app);
  const log = await operator.get(`/api/audit?resourceId=${id}`);
  expect([log.status, log.body.data[0]?.action]).toEqual([200, 'organization.created']);
  expect((await operator.get('/org/documents')).status).toBe(401);
});
