import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { formWith } from '../../support/forms.ts';
import { csv, IMPORTS, type ImportSite, openImportSite, students } from './platform-user-import-fixture.ts';

let site: ImportSite;

beforeAll(async () => {
  site = await openImportSite({ withWorkers: true });
});
afterAll(() => site.close());

const unique = () => randomUUID().slice(0, 8);

describe('a CSV file', () => {
  test('becomes people with their students, all at once, and leaves nothing behind', async () => {
    const tag = unique();
    const libraryId = await site.addLibrary();
    const { body } = await site.lakeside.owner.post('/api/platform-users', {
      kind: 'student',
      name: 'Already there',
      email: `there-${tag}@people.example`,
    });
    const content = [
      '\uFEFFName,E-Mail,kind,student_emails,Library ID,phone,notes,status',
      `Ravi Nair,ravi-${tag}@people.example,parent,meera-${tag}@people.example; there-${tag}@people.example,,'+91 80 4718 2200,,`,
      `Meera Nair,Meera-${tag}@People.example,student,,${libraryId},,"A seat at the window,`,
      'and ""quiet""",inactive',
      '',
    ].join('\r\n');
    const id = await site.accepted(content, { mode: 'all_or_nothing' }, '../../etc/passwd.csv');
    const progress = await site.ended(id);

    expect(progress).toEqual({
      id,
      format: 'csv',
      mode: 'all_or_nothing',
      fileName: 'passwd.csv',
      sha256: createHash('sha256').update(content).digest('hex'),
      status: 'succeeded',
      fileSize: Buffer.byteLength(content),
      bytesRead: Buffer.byteLength(content),
      rowsRead: 2,
      rowsImported: 2,
      rowsInvalid: 0,
      errorCount: 0,
      failureCode: null,
      createdBy: expect.any(String),
      createdAt: expect.any(String),
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
    });
    const [meera, ravi] = await site.peopleOf(id);
    expect(meera).toMatchObject({
      tenant_id: site.lakeside.id,
      kind: 'student',
      name: 'Meera Nair',
      email: `meera-${tag}@people.example`,
      status: 'inactive',
      library_id: libraryId,
      notes: 'A seat at the window,\r\nand "quiet"',
      version: 1,
    });
    expect(ravi).toMatchObject({ kind: 'parent', phone: '+91 80 4718 2200', status: 'active', library_id: null });
    const links = await site.app.rows('select student_id from guardianships where parent_id = $1', [ravi?.id]);
    expect(new Set(links.map(({ student_id }) => student_id))).toEqual(new Set([meera?.id, body.data.id]));

    expect(await site.countOf('platform_user_import_rows')).toBe(0);
    await eventually(async () => (await site.objects()).length === 0, 'the file is removed');
    const entries = await site.app.rows<{ action: string; changes: unknown; actor_type: string }>(
      'select action, changes, actor_type from audit_entries where resource_id = $1 order by occurred_at, id',
      [id],
    );
    expect(entries).toEqual([
      expect.objectContaining({ action: 'platform_user_import.requested', actor_type: 'user' }),
      {
        action: 'platform_user_import.completed',
        actor_type: 'system',
        changes: {
          after: {
            fileName: 'passwd.csv',
            mode: 'all_or_nothing',
            status: 'succeeded',
            rowsRead: 2,
            rowsImported: 2,
            rowsInvalid: 0,
            failureCode: null,
            createdBy: progress.createdBy,
          },
        },
      },
    ]);
    const events = await site.app.rows('select type, payload from outbox_events where subject = $1 order by id', [id]);
    expect(events).toEqual([
      { type: 'platform_user_import.requested', payload: { importId: id } },
      { type: 'platform_user_import.completed', payload: { importId: id } },
    ]);
  });

  const withErrors = (tag: string, libraryId: string) =>
    [
      'kind,name,email,library_id,student_emails',
      `student,Good,good-${tag}@people.example,,`,
      `teacher,,nobody,,`,
      `student,"Two`,
      `lines",good-${tag}@people.example,,`,
      `student,No such library,library-${tag}@people.example,${libraryId},`,
      `parent,Of nobody,parent-${tag}@people.example,,nobody-${tag}@people.example`,
      `student,Too short`,
      '',
      `staff,Taken,taken-${tag}@people.example,,`,
      `student,Students of a student,s-${tag}@people.example,,good-${tag}@people.example`,
    ].join('\n');

  const expectedErrors = [
    { line: 3, column: 'name', code: 'FIELD_REQUIRED' },
    { line: 3, column: 'email', code: 'FIELD_INVALID' },
    { line: 3, column: 'kind', code: 'FIELD_INVALID' },
    { line: 4, column: 'name', code: 'FIELD_INVALID' },
    { line: 6, column: 'library_id', code: 'LIBRARY_UNKNOWN' },
    { line: 8, column: null, code: 'CELL_COUNT_WRONG' },
    { line: 10, column: 'email', code: 'EMAIL_TAKEN' },
    { line: 11, column: 'student_emails', code: 'FIELD_INVALID' },
    { line: 7, column: 'student_emails', code: 'STUDENT_UNKNOWN' },
  ];

  const prepare = async () => {
    const tag = unique();
    const person = { kind: 'staff', name: 'First', email: `taken-${tag}@people.example` };
    await site.lakeside.owner.post('/api/platform-users', person);
    return withErrors(tag, await site.addLibrary(site.hillside.owner));
  };

  test('with errors is imported without the rows that have them, if so wished', async () => {
    const progress = await site.imported(await prepare(), { mode: 'skip_invalid' });
    expect(progress).toMatchObject({
      status: 'succeeded',
      rowsRead: 8,
      rowsImported: 1,
      rowsInvalid: 7,
      errorCount: 9,
      failureCode: null,
    });
    expect(await site.peopleOf(progress.id)).toEqual([expect.objectContaining({ name: 'Good' })]);
    const errors = await site.errorsOf(progress.id);
    expect(errors.map(({ line, column, code }: Record<string, unknown>) => ({ line, column, code }))).toEqual(
      expectedErrors,
    );
  });

  test('with errors is not imported at all otherwise, and all of them are reported', async () => {
    const before = await site.countOf('platform_users');
    const content = await prepare();
    const progress = await site.imported(content);
    expect(progress).toMatchObject({
      status: 'failed',
      failureCode: 'IMPORT_ROWS_INVALID',
      rowsImported: 0,
      rowsInvalid: 7,
      errorCount: 9,
    });
    expect(await site.countOf('platform_users')).toBe(before + 1);
    expect(await site.countOf('platform_user_import_rows')).toBe(0);
    expect(await site.errorsOf(progress.id)).toHaveLength(9);
    const [event] = await site.app.rows('select type from outbox_events where subject = $1 order by id desc limit 1', [
      progress.id,
    ]);
    expect(event?.type).toBe('platform_user_import.failed');
  });

  test('that says one address twice keeps the first', async () => {
    const [tag, other] = [unique(), unique()];
    const content = `${students(1100, tag)}student,Again,${tag}-3@people.example\nstudent,A,${other}@x.example\nstudent,B,${other}@X.example\n`;
    const progress = await site.imported(content, { mode: 'skip_invalid' });
    expect(progress).toMatchObject({ rowsRead: 1103, rowsImported: 1101, rowsInvalid: 2 });
    expect(await site.errorsOf(progress.id)).toMatchObject([
      { position: 1, line: 1102, column: 'email', code: 'EMAIL_REPEATED' },
      { position: 2, line: 1104, column: 'email', code: 'EMAIL_REPEATED' },
    ]);
  });
});

describe.each([
  ['an array', (people: readonly object[]) => JSON.stringify(people, null, 2)],
  ['an array on one line', (people: readonly object[]) => JSON.stringify(people)],
  ['lines', (people: readonly object[]) => people.map((person) => JSON.stringify(person)).join('\n')],
])('JSON, %s', (_form, write) => {
  test('becomes people too', async () => {
    const tag = unique();
    const progress = await site.imported(
      write([
        { kind: 'student', name: 'Zoë "]}" {[', email: `zoe-${tag}@people.example`, notes: 'Back\\slash\nline' },
        { kind: 'parent', name: 'P', email: `p-${tag}@people.example`, studentEmails: [`zoe-${tag}@people.example`] },
      ]),
      {},
      'people.json',
    );
    expect(progress).toMatchObject({ format: 'json', status: 'succeeded', rowsImported: 2 });
    const [parent, zoe] = await site.peopleOf(progress.id);
    expect(zoe).toMatchObject({ name: 'Zoë "]}" {[', notes: 'Back\\slash\nline' });
    expect(await site.app.rows('select student_id from guardianships where parent_id = $1', [parent?.id])).toEqual([
      { student_id: zoe?.id },
    ]);
  });
});

describe('an import id', () => {
  test('makes fifty requests at once one import', async () => {
    const [importId, content] = [randomUUID(), students(20, unique())];
    const answers = await Promise.all(Array.from({ length: 50 }, () => site.send(content, { importId })));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(202));
    expect(new Set(answers.map(({ body }) => body.data.id))).toEqual(new Set([importId]));
    expect(await site.ended(importId)).toMatchObject({ status: 'succeeded', rowsImported: 20 });
    expect((await site.send(content, { importId })).body.data).toMatchObject({ id: importId, status: 'succeeded' });
    expect(await site.peopleOf(importId)).toHaveLength(20);
    await eventually(async () => (await site.objects()).length === 0, 'no file is left');
    expect(await site.app.rows('select from files where tenant_id = $1', [site.lakeside.id])).toEqual([]);
  });

  test('is not for another file or mode, and each tenant has its own', async () => {
    const [importId, content] = [randomUUID(), students(1, unique())];
    await site.imported(content, { importId });
    for (const [other, mode] of [
      [`${content}\n`, 'all_or_nothing'],
      [content, 'skip_invalid'],
    ] as const) {
      const { status, body } = await site.send(other, { importId, mode });
      expect([status, body.error.code]).toEqual([409, 'IMPORT_ID_TAKEN']);
    }
    const elsewhere = await site.imported(content, { importId, client: site.hillside.owner });
    expect(elsewhere).toMatchObject({ id: importId, status: 'succeeded', rowsImported: 1 });
  });
});

describe('reports', () => {
  test('are read slice by slice, and as one CSV file', async () => {
    const rows = Array.from({ length: 5 }, (_, index) => `student,=cmd ${index},nobody`);
    const { id } = await site.imported(csv(...rows), { mode: 'skip_invalid' });
    const first = await site.lakeside.owner.get(`${IMPORTS}/${id}/errors?limit=3`);
    const { nextCursor } = first.body.meta;
    const second = await site.lakeside.owner.get(`${IMPORTS}/${id}/errors?limit=3&cursor=${nextCursor}`);
    const positions = [...first.body.data, ...second.body.data].map(({ position }) => position);
    expect([positions, second.body.meta.nextCursor]).toEqual([[1, 2, 3, 4, 5], null]);
    expect((await site.lakeside.owner.get(`${IMPORTS}/${id}/errors?cursor=x`)).status).toBe(400);

    const file = await site.lakeside.owner.get(`${IMPORTS}/${id}/errors/csv`);
    expect(file.headers.get('content-type')).toContain('text/csv');
    expect(file.text.split('\r\n').slice(0, 2)).toEqual([
      'line,column,code,message',
      '2,email,FIELD_INVALID,Invalid email address',
    ]);
  });

  test('hold what a spreadsheet would run as text', async () => {
    const { id } = await site.imported('kind,name,email,=HYPERLINK("x")\n'.replaceAll('"', ''));
    const file = await site.lakeside.owner.get(`${IMPORTS}/${id}/errors/csv`);
    expect(file.text).toContain("1,'=HYPERLINK(x),COLUMN_UNKNOWN,");
  });
});

describe('access', () => {
  test('is for those who may add people; others see nothing', async () => {
    const { id } = await site.imported(students(1, unique()));
    const form = () => formWith('people.csv', students(1, unique()));
    const post = '/api/platform-users/bulk-import';
    const reads = [IMPORTS, `${IMPORTS}/${id}`, `${IMPORTS}/${id}/errors`, `${IMPORTS}/${id}/errors/csv`];

    expect((await site.app.http.post(post, form())).status).toBe(401);
    for (const path of reads) expect((await site.app.http.get(path)).status).toBe(401);
    const viewer = await site.addMember(site.lakeside.id, 'student');
    expect((await viewer.post(post, form())).status).toBe(403);
    for (const path of reads) expect((await viewer.get(path)).status).toBe(403);
    for (const path of reads.slice(1)) {
      const { status, body } = await site.hillside.owner.get(path);
      expect([path, status, body.error.code]).toEqual([path, 404, 'IMPORT_NOT_FOUND']);
    }
    const listed = await site.hillside.owner.get(`${IMPORTS}?limit=100`);
    expect(listed.body.data.map((item: { id: string }) => item.id)).not.toContain(id);
    const own = await site.lakeside.owner.get(`${IMPORTS}?limit=1`);
    expect([own.body.data[0].id, own.body.meta.limit]).toEqual([id, 1]);
  });

  test.each(['mode=some', 'importId=1', 'other=1'])('refuses ?%s', async (query) => {
    const answer = await site.lakeside.owner.post(
      `/api/platform-users/bulk-import?${query}`,
      formWith('people.csv', students(1, unique())),
    );
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
  });
});
