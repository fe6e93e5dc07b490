import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { csv, type ImportSite, openImportSite, students } from './platform-user-import-fixture.ts';

const MEGABYTE = 1024 * 1024;

let site: ImportSite;

beforeAll(async () => {
  site = await openImportSite({ withWorkers: false });
});
afterAll(() => site.close());

const bytes = (...parts: ReadonlyArray<string | Buffer>): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.concat(parts.map((part) => Buffer.from(part))));

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const GOOD = 'student,Good,good@people.example';

afterEach(async () => {
  const left = await site.app.rows(
    "select 'person' from platform_users union all select 'row' from platform_user_import_rows union all select 'file' from files",
  );
  expect([left, await site.objects()]).toEqual([[], []]);
});

describe('a file is refused at once', () => {
  test.each([
    ['empty', bytes(), 'IMPORT_FILE_EMPTY', 422],
    ['in UTF-16 with a mark', bytes(Buffer.from([0xff, 0xfe]), utf16(csv(GOOD))), 'IMPORT_ENCODING_UNSUPPORTED', 422],
    [
      'in UTF-16, big-endian',
      bytes(Buffer.from([0xfe, 0xff]), utf16(csv(GOOD)).swap16()),
      'IMPORT_ENCODING_UNSUPPORTED',
      422,
    ],
    ['in UTF-16 without a mark', bytes(utf16(csv(GOOD))), 'IMPORT_ENCODING_UNSUPPORTED', 422],
    [
      'in Latin-1',
      bytes(Buffer.from(csv('student,Zoë,zoe@people.example'), 'latin1')),
      'IMPORT_ENCODING_UNSUPPORTED',
      422,
    ],
    [
      'in Latin-1 from its last row on',
      bytes(students(1000, 'x'), Buffer.from([0x73, 0xeb, 0x0a])),
      'IMPORT_ENCODING_UNSUPPORTED',
      422,
    ],
    [
      'cut in the middle of a character',
      bytes(students(1000, 'x'), Buffer.from([0xc3])),
      'IMPORT_ENCODING_UNSUPPORTED',
      422,
    ],
    [
      'with a NUL far behind',
      bytes(students(1000, 'x'), 'student,\0,a@people.example'),
      'IMPORT_ENCODING_UNSUPPORTED',
      422,
    ],
    ['a gzip bomb', bytes(gzipSync(Buffer.alloc(50 * MEGABYTE))), 'IMPORT_FORMAT_UNSUPPORTED', 422],
    [
      'an archive',
      bytes(Buffer.from('504b0304140000000800', 'hex'), Buffer.alloc(100)),
      'IMPORT_FORMAT_UNSUPPORTED',
      422,
    ],
    ['markup', bytes('<table><tr><td>kind</td></tr></table>'), 'IMPORT_FORMAT_UNSUPPORTED', 422],
    ['too large', bytes(csv(GOOD), Buffer.alloc(12 * MEGABYTE, '\n')), 'FILE_TOO_LARGE', 413],
  ])('that is %s', async (_what, content, code, status) => {
    const answer = await site.send(content);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(await site.countOf('platform_user_imports')).toBe(0);
  });

  test('that is not the only thing in its form', async () => {
    const form = new FormData();
    form.append('file', new Blob([csv(GOOD)]), 'people.csv');
    form.append('mode', 'skip_invalid');
    const answer = await site.lakeside.owner.post('/api/platform-users/bulk-import', form);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(await site.countOf('platform_user_imports')).toBe(0);
  });
});

describe('an import fails without a trace', () => {
  afterEach(() => site.app.rows('delete from platform_user_imports'));

  const failureOf = async (content: string) => {
    const id = await site.accepted(content, { mode: 'skip_invalid' });
    await site.run(id);
    const { status, failureCode, rowsImported } = await site.progressOf(id);
    expect({ status, rowsImported }).toEqual({ status: 'failed', rowsImported: 0 });
    const errors = await site.errorsOf(id);
    return [failureCode, ...errors.map(({ line, column, code }: Record<string, unknown>) => [line, column, code])];
  };

  const header = 'kind,name,email\n';
  const object = '{"kind": "student", "name": "A", "email": "a@people.example"}';

  test.each<[string, string, unknown[]]>([
    ['has a header and no rows', header, ['IMPORT_FILE_EMPTY']],
    ['is an empty list', ' [ ] ', ['IMPORT_FILE_EMPTY']],
    ['is blank', '\n\n  \n', ['IMPORT_FILE_EMPTY']],
    [
      'lacks columns',
      'name,phone\nA,123456\n',
      ['IMPORT_HEADER_INVALID', [1, 'kind', 'COLUMN_MISSING'], [1, 'email', 'COLUMN_MISSING']],
    ],
    [
      'has unknown columns',
      `\nkind,name,email,__proto__\n${GOOD},1\n`,
      ['IMPORT_HEADER_INVALID', [2, '__proto__', 'COLUMN_UNKNOWN']],
    ],
    [
      'has a column twice',
      `kind,name,email,E-Mail\n${GOOD},\n`,
      ['IMPORT_HEADER_INVALID', [1, 'E-Mail', 'COLUMN_REPEATED']],
    ],
    [
      'has semicolons',
      'kind;name;email\n',
      [
        'IMPORT_HEADER_INVALID',
        [1, 'kind;name;email', 'COLUMN_UNKNOWN'],
        [1, 'kind', 'COLUMN_MISSING'],
        [1, 'name', 'COLUMN_MISSING'],
        [1, 'email', 'COLUMN_MISSING'],
      ],
    ],
    [
      'opens a quote and never closes it',
      `${header}${GOOD}\nstudent,"A,a@people.example\n`,
      ['IMPORT_FILE_MALFORMED', [3, null, 'FILE_MALFORMED']],
    ],
    [
      'has a quote inside of a cell',
      `${header}${GOOD}\n\nstudent,A "B",a@people.example\n`,
      ['IMPORT_FILE_MALFORMED', [4, null, 'FILE_MALFORMED']],
    ],
    [
      'has a cell of 10 MB',
      `${header}student,"${'a'.repeat(10 * MEGABYTE)}",a@people.example\n`,
      ['IMPORT_FILE_MALFORMED', [2, null, 'ROW_TOO_LARGE']],
    ],
    ['never closes its list', `[\n${object},\n${object}\n`, ['IMPORT_FILE_MALFORMED', [4, null, 'FILE_MALFORMED']]],
    ['ends in an object', `[\n${object},\n{"kind": "stu`, ['IMPORT_FILE_MALFORMED', [3, null, 'FILE_MALFORMED']]],
    ['holds what is no object', `[\n${object},\n1]`, ['IMPORT_FILE_MALFORMED', [3, null, 'FILE_MALFORMED']]],
    ['lacks a comma', `[${object}\n${object}]`, ['IMPORT_FILE_MALFORMED', [2, null, 'FILE_MALFORMED']]],
    ['goes on behind its list', `[${object}]\n${object}`, ['IMPORT_FILE_MALFORMED', [2, null, 'FILE_MALFORMED']]],
    ['holds broken JSON', `[${object},\n{"kind": student}]`, ['IMPORT_FILE_MALFORMED', [2, null, 'FILE_MALFORMED']]],
    ['is a list of lists, a thousand deep', nested(1000), ['IMPORT_FILE_MALFORMED', [1, null, 'FILE_MALFORMED']]],
  ])('when its file %s', async (_what, content, expected) => {
    expect(await failureOf(content)).toEqual(expected);
  });

  test('when its file has more than 100,000 rows', async () => {
    const row = (index: number) => `student,S,s${index}@x.example`;
    const rows = Array.from({ length: 100_001 }, (_, index) => row(index));
    expect(await failureOf(csv(...rows))).toEqual(['IMPORT_TOO_MANY_ROWS', [100_002, null, 'TOO_MANY_ROWS']]);
  }, 120_000);
});

describe('rows are refused each by itself', () => {
  afterEach(() => site.app.rows('delete from platform_user_imports'));

  test('as JSON can have them: too deep, too large, with a prototype, without a field', async () => {
    const objects = [
      '{"kind": "student", "name": "A", "email": "a@people.example", "__proto__": {"kind": "owner"}}',
      `{"kind": "student", "name": ${nested(1000)}, "email": "b@people.example"}`,
      `{"kind": "student", "name": "${'a'.repeat(70_000)}", "email": "c@people.example"}`,
      '{"kind": "student", "name": null, "email": "d@people.example"}',
      '{"kind": "student", "name": {"first": "E"}, "email": "e@people.example", "constructor": 1}',
      '{"name": "F\\u0000", "email": "f@people.example"}',
      '{"kind": "parent", "name": "G", "email": "g@people.example", "studentEmails": "a@people.example"}',
    ];
    const id = await site.accepted(`[\n${objects.join(',\n')}\n]`, { mode: 'skip_invalid' }, 'people.json');
    await site.run(id);
    expect(await site.progressOf(id)).toMatchObject({
      status: 'succeeded',
      rowsRead: 7,
      rowsImported: 0,
      rowsInvalid: 7,
      errorCount: 8,
    });
    const errors = await site.errorsOf(id);
    expect(errors.map(({ line, column, code }: Record<string, unknown>) => [line, column, code])).toEqual([
      [2, '__proto__', 'COLUMN_UNKNOWN'],
      [3, null, 'ROW_NESTED_TOO_DEEP'],
      [4, null, 'ROW_TOO_LARGE'],
      [5, 'name', 'FIELD_INVALID'],
      [6, 'constructor', 'COLUMN_UNKNOWN'],
      [7, 'name', 'FIELD_INVALID'],
      [7, 'kind', 'FIELD_REQUIRED'],
      [8, 'studentEmails', 'FIELD_INVALID'],
    ]);
  });

  test('and counted exactly, of which the first 10,000 errors are kept', async () => {
    const rows = Array.from({ length: 12_000 }, (_, index) => `student,S${index},nobody`);
    const id = await site.accepted(csv(...rows), { mode: 'skip_invalid' });
    await site.run(id);
    expect(await site.progressOf(id)).toMatchObject({ rowsInvalid: 12_000, errorCount: 12_000, rowsImported: 0 });
    const [kept] = await site.app.rows(
      'select count(*)::int as count, max(position) as last from platform_user_import_errors where import_id = $1',
      [id],
    );
    expect(kept).toEqual({ count: 10_000, last: 10_000 });
  });
});
