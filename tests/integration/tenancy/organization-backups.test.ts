import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import {
  anOrganization,
  ORGANIZATION_PASSWORD,
  signInAdmin,
  storagesOf,
  type TestOrganization,
} from '../../support/organizations.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let here: TestApp;
let there: TestApp;

beforeAll(async () => {
  [here, there] = await Promise.all([startTestApp(), startTestApp()]);
});

afterAll(() => Promise.all([here.close(), there.close()]));

async function dumpOf(app: TestApp, name: string): Promise<string[]> {
  const chunks: string[] = [];
  await app.container.services.organizationBackups.dump(
    systemContext(platformScope, 'dump-test'),
    name,
    async (text) => {
      chunks.push(text);
    },
  );
  return chunks.join('').trimEnd().split('\n');
}

async function* given(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

const restore = (app: TestApp, lines: readonly string[]) =>
  app.container.services.organizationBackups.restore(
    systemContext(platformScope, 'restore-test', 'organization.restored'),
    given(lines),
  );

/** Count and checksum of what really stands in the table. */
async function contentOf(app: TestApp, email: string): Promise<{ count: number; checksum: string }> {
  const [organization] = await app.rows<{ storage: string }>(
    'select organization_schema(organization_id)::text as storage from organization_admins where email = $1',
    [email],
  );
  const rows = await app.rows<{ line: string }>(
    `select concat_ws('|', id, version, created_at, updated_at, body) as line from ${organization?.storage}.documents order by id`,
  );
  return {
    count: rows.length,
    checksum: createHash('sha256')
      .update(rows.map(({ line }) => line).join('\n'))
      .digest('hex'),
  };
}

async function aFullOrganization(): Promise<TestOrganization> {
  const organization = await anOrganization(here);
  await here.rows(
    `insert into ${organization.storage}.documents (id, body, version, created_at, updated_at)
     select gen_random_uuid(),
       jsonb_build_object('n', n, 'price', n::numeric / 7, 'whole', 1.0, 'text', E'Zeile 1\\nZeile 2 "ü" 𝄞 \\\\', 'list', jsonb_build_array(null, true, 12345678901234567890), 'long', repeat(md5(n::text), n % 200)),
       n % 5 + 1, now() - n * interval '1.001 second', now() - n * interval '0.5 second'
     from generate_series(1, 3000) n`,
  );
  return organization;
}

describe('a backup', () => {
  test('restored into another database is the same: rows, checksums, admins, and a storage never used before', async () => {
    const { name, email, storage } = await aFullOrganization();
    await here.rows(
      `insert into organization_admins (id, organization_id, email, password_hash, updated_at)
       select $1, organization_id, $2, password_hash, now() from organization_admins where email = $3`,
      [randomUUID(), `second-${email}`, email],
    );
    const lines = await dumpOf(here, name.toUpperCase());
    expect(lines).toHaveLength(3002);

    const outcome = await restore(there, lines);

    expect(outcome).toMatchObject({ name, documents: 3000 });
    const [before, after] = await Promise.all([contentOf(here, email), contentOf(there, email)]);
    expect(before.count).toBe(3000);
    expect(after).toEqual(before);
    expect(await storagesOf(there)).not.toContain(storage);
    const admins = 'select id::text, email, password_hash from organization_admins order by email';
    const both = await Promise.all([here, there].map((app) => app.rows(`${admins}`)));
    expect(both[1]).toEqual(both[0]?.filter((admin) => String(admin.email).includes(email)));
    const admin = await signInAdmin(there.http, email);
    expect((await admin.get('/org/documents')).body.meta.total).toBe(3000);
    expect((await dumpOf(there, name)).slice(1)).toEqual(lines.slice(1));
    expect(await there.rows(`select action from audit_entries where action = 'organization.restored'`)).toHaveLength(1);
  });

  test('shows one moment, whatever is written meanwhile', async () => {
    const { name, admin, storage } = await aFullOrganization();
    const chunks: string[] = [];
    let hasWritten = false;
    const outcome = await here.container.services.organizationBackups.dump(
      systemContext(platformScope, 'dump-test'),
      name,
      async (text) => {
        chunks.push(text);
        if (hasWritten) return;
        hasWritten = true;
        await admin.post('/org/documents', { late: true });
        await here.rows(`update ${storage}.documents set body = '{"late": true}'`);
      },
    );
    expect(outcome.documents).toBe(3000);
    expect(chunks.join('')).not.toContain('late');
  });

  test.each<[string, (lines: string[]) => string[]]>([
    ['without its end', (lines) => lines.slice(0, -1)],
    ['without its beginning', (lines) => lines.slice(1)],
    ['of nothing', () => []],
    ['with a document less', (lines) => [...lines.slice(0, 5), ...lines.slice(6)]],
    ['with a document twice', (lines) => [...lines.slice(0, 5), lines[4] ?? '', ...lines.slice(5)]],
    [
      'with a changed document',
      (lines) => lines.map((line, index) => (index === 7 ? line.replace('Zeile 1', 'Zeile 3') : line)),
    ],
    ['with a line that is no JSON', (lines) => lines.map((line, index) => (index === 7 ? `${line}}` : line))],
    [
      'with a body that is no object',
      (lines) => lines.map((line, index) => (index === 7 ? line.replace(/"body":.*/, '"body":7}') : line)),
    ],
    [
      'of another version',
      (lines) => lines.map((line) => line.replace('"version":1,"takenAt"', '"version":2,"takenAt"')),
    ],
  ])('%s is refused, and leaves nothing', async (_what, spoil) => {
    const { name, email } = await aFullOrganization();
    const spoilt = spoil(await dumpOf(here, name));
    const before = await storagesOf(there);
    await expect(restore(there, spoilt)).rejects.toThrow(/backup/);
    expect(await storagesOf(there)).toEqual(before);
    expect(await there.rows('select from organization_admins where email = $1', [email])).toEqual([]);
  });

  test('is refused where its name or its admin is there', async () => {
    const { name, email, admin } = await anOrganization(here);
    const lines = await dumpOf(here, name);
    await expect(restore(here, lines)).rejects.toMatchObject({ code: 'ORGANIZATION_NAME_TAKEN' });
    await admin.put(`/org/update?${new URLSearchParams({ current_name: name, new_name: `${name} again` })}`);
    await expect(restore(here, lines)).rejects.toMatchObject({ code: 'EMAIL_TAKEN' });
    expect((await here.http.post('/admin/login', { email, password: ORGANIZATION_PASSWORD })).status).toBe(200);
  });

  test('of an organization that is not there is none', async () => {
    await expect(dumpOf(here, randomUUID())).rejects.toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
  });
});
