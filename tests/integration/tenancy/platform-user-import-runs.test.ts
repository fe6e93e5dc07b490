import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { eventually } from '../../support/eventually.ts';
import { csv, type ImportSite, openImportSite, students } from './platform-user-import-fixture.ts';

const ROWS = 6000;

let site: ImportSite;

beforeAll(async () => {
  site = await openImportSite({ withWorkers: false });
});
afterAll(() => site.close());

const stagedOf = async (id: string): Promise<number> =>
  (await site.app.rows('select from platform_user_import_rows where import_id = $1', [id])).length;

const clean = () => site.app.container.services.importCleaner.clean(systemContext(platformScope, 'clean'), 100);

const isBlocked = () =>
  eventually(
    async () =>
      (
        await site.app.rows(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
      ).length > 0,
    'the import waits',
  );

/** Does something while the import's last transaction waits for what `hold` has locked. */
async function whileHeld(id: string, hold: string, work: (holder: pg.Client) => Promise<void>): Promise<void> {
  const holder = new pg.Client({ connectionString: site.app.database.adminUrl });
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query(hold);
    const running = site.run(id);
    running.catch(() => undefined);
    await isBlocked();
    await work(holder);
    await holder.query('commit');
    await running;
  } finally {
    await holder.end();
  }
}

const LOCK_PEOPLE = 'lock table platform_users in share row exclusive mode';

test('progress is read while nobody sees a single row', async () => {
  const id = await site.accepted(students(ROWS, randomUUID()));
  expect(await site.progressOf(id)).toMatchObject({ status: 'queued', rowsRead: 0, startedAt: null });
  await whileHeld(id, LOCK_PEOPLE, async () => {
    const { fileSize, ...progress } = await site.progressOf(id);
    expect(progress).toMatchObject({
      status: 'running',
      bytesRead: fileSize,
      rowsRead: ROWS,
      rowsImported: 0,
      startedAt: expect.any(String),
      finishedAt: null,
    });
    expect(await stagedOf(id)).toBe(ROWS);
    expect(await site.peopleOf(id)).toEqual([]);
  });
  expect(await site.progressOf(id)).toMatchObject({ status: 'succeeded', rowsImported: ROWS });
  expect(await site.peopleOf(id)).toHaveLength(ROWS);
});

test('a run that is stopped leaves nobody, and the next one begins anew', async () => {
  const id = await site.accepted(students(ROWS, randomUUID()));
  const stop = new AbortController();
  const stopped = site.run(id, stop.signal);
  stopped.catch(() => undefined);
  await eventually(async () => (await site.progressOf(id)).rowsRead > 0, 'the first rows are staged');
  stop.abort(new Error('Stopped'));
  await expect(stopped).rejects.toThrow('Stopped');
  expect(await site.peopleOf(id)).toEqual([]);
  expect(await stagedOf(id)).toBeGreaterThan(0);

  await site.run(id);
  expect(await site.progressOf(id)).toMatchObject({ status: 'succeeded', rowsRead: ROWS, rowsImported: ROWS });
  expect([(await site.peopleOf(id)).length, await stagedOf(id)]).toEqual([ROWS, 0]);
});

test('an import that has ended is not done again', async () => {
  const id = await site.accepted(students(3, randomUUID()));
  await site.run(id);
  const before = await site.peopleOf(id);
  await site.run(id);
  expect(await site.peopleOf(id)).toEqual(before);
  const entries = await site.app.rows("select from audit_entries where resource_id = $1 and action like '%completed'", [
    id,
  ]);
  expect(entries).toHaveLength(1);
});

test('five runs at once import once', async () => {
  const id = await site.accepted(students(ROWS, randomUUID()));
  await Promise.all(Array.from({ length: 5 }, () => site.run(id)));
  await site.run(id);
  expect(await site.progressOf(id)).toMatchObject({ status: 'succeeded', rowsRead: ROWS, errorCount: 0 });
  expect([(await site.peopleOf(id)).length, await stagedOf(id)]).toEqual([ROWS, 0]);
});

describe('somebody who gets an address of the file while it is imported', () => {
  const insertTaken = (email: string) =>
    `insert into platform_users (tenant_id, id, kind, name, email, updated_at)
     values ('${site.lakeside.id}', gen_random_uuid(), 'staff', 'Quicker', '${email}', now())`;

  test.each([
    ['keeps it, and is reported', 'skip_invalid', { status: 'succeeded', rowsImported: 1, rowsInvalid: 2 }],
    ['stops all of it', 'all_or_nothing', { status: 'failed', rowsImported: 0, failureCode: 'IMPORT_ROWS_INVALID' }],
  ])('%s', async (_what, mode, expected) => {
    const tag = randomUUID();
    const content = `kind,name,email,student_emails
student,Slower,taken-${tag}@x.example,
parent,Parent,parent-${tag}@x.example,taken-${tag}@x.example
student,Other,other-${tag}@x.example,
`;
    const id = await site.accepted(content, { mode });
    await whileHeld(id, insertTaken(`taken-${tag}@x.example`), async () => undefined);
    const progress = await site.progressOf(id);
    expect(progress).toMatchObject(expected);
    expect(await site.errorsOf(id)).toMatchObject([
      { line: 2, column: 'email', code: 'EMAIL_TAKEN' },
      { line: 3, column: 'student_emails', code: 'STUDENT_UNKNOWN' },
    ]);
    const people = await site.peopleOf(id);
    expect(people.map(({ name }) => name)).toEqual(mode === 'skip_invalid' ? ['Other'] : []);
  });
});

test('two imports of the same people at once add each of them once', async () => {
  const tag = randomUUID();
  const ids = await Promise.all([1, 2].map(() => site.accepted(students(3000, tag), { mode: 'skip_invalid' })));
  await Promise.all(ids.map((id) => site.run(id)));
  const imported = await Promise.all(ids.map(async (id) => (await site.progressOf(id)).rowsImported));
  expect(imported.reduce((sum, count) => sum + count, 0)).toBe(3000);
});

describe('an import that can not be finished', () => {
  test('fails after its last attempt, not before', async () => {
    const id = await site.accepted(csv(`student,A,${randomUUID()}@x.example`));
    await site.app.rows("update platform_user_imports set storage_key = storage_key || '-gone' where id = $1", [id]);
    await expect(site.run(id)).rejects.toThrow();
    expect(await site.progressOf(id)).toMatchObject({ status: 'running', failureCode: null });
    await expect(site.run(id, undefined, 5)).rejects.toThrow();
    expect(await site.progressOf(id)).toMatchObject({ status: 'failed', failureCode: 'INTERNAL_ERROR' });
    await site.app.rows(
      "update platform_user_imports set storage_key = replace(storage_key, '-gone', '') where id = $1",
      [id],
    );
    await site.run(id);
    expect([(await site.progressOf(id)).status, await site.peopleOf(id)]).toEqual(['failed', []]);
  });

  test('is failed by the clean-up after a day, with its rows and file', async () => {
    const id = await site.accepted(students(1500, randomUUID()));
    const ended = await site.accepted(students(1, randomUUID()));
    await site.run(ended);
    const stop = new AbortController();
    const stopped = site.run(id, stop.signal);
    stopped.catch(() => undefined);
    await eventually(async () => (await stagedOf(id)) > 0, 'rows are staged');
    stop.abort(new Error('Stopped'));
    await stopped.catch(() => undefined);
    const progress = await site.progressOf(id);
    expect(progress.status).toBe('running');

    expect(await clean()).toBe(0);
    await site.app.rows("update platform_user_imports set updated_at = now() - interval '25 hours'");
    expect(await clean()).toBe(1);
    expect(await site.progressOf(id)).toMatchObject({ status: 'failed', failureCode: 'IMPORT_ABANDONED' });
    expect([await stagedOf(id), await site.peopleOf(id), await site.objects()]).toEqual([0, [], []]);
    expect((await site.progressOf(ended)).status).toBe('succeeded');
    const [entry] = await site.app.rows(
      "select action, tenant_id from audit_entries where resource_id = $1 and actor_type = 'system'",
      [id],
    );
    expect(entry).toEqual({ action: 'platform_user_import.failed', tenant_id: site.lakeside.id });
    expect(await clean()).toBe(0);
  });

  test('another tenant can neither run nor see', async () => {
    const id = await site.accepted(students(1, randomUUID()), { client: site.hillside.owner });
    await expect(site.run(id)).rejects.toMatchObject({ code: 'IMPORT_NOT_FOUND' });
    expect(await site.peopleOf(id)).toEqual([]);
  });
});
