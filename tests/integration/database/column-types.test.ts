import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { statement } from '../../../src/repositories/base/statement.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import { type DatabaseFixture, openFixture, platformContext } from './database-fixture.ts';

let clone: ClonedDatabase;
let fixture: DatabaseFixture;

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  fixture = openFixture(clone);
});

afterAll(async () => {
  await fixture.close();
  await clone.drop();
});

const readBack = async (type: string, value: unknown): Promise<unknown> => {
  const rows = await fixture.database.query<{ value: unknown }>(
    platformContext(),
    statement(`select $1::${type} as value`),
    [value],
  );
  return rows[0]?.value;
};

test.each([
  ['2026-11-20T12:55:43Z', '2026-11-20T12:55:43.000Z'],
  ['2026-11-20T12:55:43.1Z', '2026-11-20T12:55:43.100Z'],
  ['2026-11-20T12:55:43.123456Z', '2026-11-20T12:55:43.123Z'],
  ['2026-11-20T23:30:00-05:30', '2026-11-21T05:00:00.000Z'],
  ['0099-12-31T23:59:59.999Z', '0099-12-31T23:59:59.999Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ['10000-01-01T00:00:00Z', '+010000-01-01T00:00:00.000Z'],
])('the time %s is read as %s', async (written, read) => {
  expect(await readBack('timestamptz', written)).toBe(read);
});

test('numerics keep every digit, counts are numbers, and null is null', async () => {
  expect(await readBack('numeric', '12345678901234567890.1200')).toBe('12345678901234567890.1200');
  expect(await readBack('bigint', '9007199254740991')).toBe(9007199254740991);
  expect(await readBack('timestamptz', null)).toBeNull();
});

test.each([
  ['jsonb', { a: [1, null, 'x'] }],
  ['jsonb', {}],
  ['text[]', ['a', 'b,c', '{"d"}', null]],
  ['uuid[]', ['0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11']],
  ['bytea', Buffer.from([0, 255, 7])],
  ['bytea[]', [Buffer.from([0, 255]), Buffer.from([7])]],
  ['boolean', false],
])('a value of type %s comes back as it was written', async (type, value) => {
  expect(await readBack(type, value)).toEqual(value);
});

test('a Date and a list of objects are written as PostgreSQL reads them', async () => {
  expect(await readBack('timestamptz', new Date('2026-11-20T12:00:00.500Z'))).toBe('2026-11-20T12:00:00.500Z');
  expect(await readBack('jsonb[]', [{ a: 1 }, { b: 2 }])).toEqual([{ a: 1 }, { b: 2 }]);
});
