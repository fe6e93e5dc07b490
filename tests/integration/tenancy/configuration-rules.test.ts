import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const PATH = '/api/configurations';

let app: TestApp;
let tenant: TestTenant;
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  tenant = await aTenant(app, await anOperator(app));
});

afterAll(() => app.close());

const aKey = () => ({ category: 'rules', key: `key${++count}` });
const set = (body: unknown) => tenant.owner.put(PATH, body);
const configured = async ({ category, key }: { category: string; key: string }) =>
  (await tenant.owner.get(`${PATH}/${category}/${key}`)).body.data;
const stored = (key: string) => app.rows('select value from configurations where key = $1', [key]);

describe('what a data type takes', () => {
  test.each([
    ['string', '', 1],
    ['number', 1.5, '1.5'],
    ['integer', -3, 1.5],
    ['integer', 9_007_199_254_740_991, 9_007_199_254_740_992],
    ['boolean', false, 0],
    ['object', { a: [null] }, [1]],
    ['array', [], {}],
  ])('%s: %j and not %j', async (dataType, good, bad) => {
    const at = aKey();
    for (const field of ['value', 'defaultValue']) {
      const refused = await set({ ...at, dataType, [field]: bad });
      expect(refused.body.error).toMatchObject({
        code: 'CONFIGURATION_VALUE_INVALID',
        statusCode: 422,
        details: [{ path: `/${field}`, message: `must be of the data type ${dataType}`, code: 'data_type' }],
      });
    }
    expect(await stored(at.key)).toEqual([]);
    expect((await set({ ...at, dataType, value: good })).status).toBe(201);
    expect((await configured(at)).value).toEqual(good);
  });
});

describe('validation rules', () => {
  test('say where a value does not keep them, by JSON pointers', async () => {
    const validationRules = {
      properties: { 'a/b': { items: { type: 'integer', minimum: 1 } }, name: { pattern: '^[A-Z]{2}$' } },
      required: ['name'],
      additionalProperties: false,
    };
    const at = aKey();
    const value = { 'a/b': [1, 0, 'x'], name: 'ab', extra: 1 };
    const { status, body } = await set({ ...at, dataType: 'object', value, validationRules });
    expect(status).toBe(422);
    expect(body.error.code).toBe('CONFIGURATION_VALUE_INVALID');
    const paths = body.error.details.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`);
    expect(paths.sort()).toEqual([
      '/value additionalProperties',
      '/value/a~1b/1 minimum',
      '/value/a~1b/2 type',
      '/value/name pattern',
    ]);
    expect(await stored(at.key)).toEqual([]);
    expect((await set({ ...at, dataType: 'object', value: { name: 'AB' }, validationRules })).status).toBe(201);
  });

  test('know 2020-12, formats, and definitions of their own', async () => {
    const validationRules = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $defs: { mail: { type: 'string', format: 'email' } },
      prefixItems: [{ $ref: '#/$defs/mail' }],
      items: false,
    };
    const at = aKey();
    expect((await set({ ...at, dataType: 'array', value: ['asha@lakeside.example'], validationRules })).status).toBe(
      201,
    );
    expect((await set({ ...at, value: ['asha'] })).body.error.details).toMatchObject([
      { path: '/value/0', code: 'format' },
    ]);
    expect((await set({ ...at, value: ['asha@lakeside.example', 1] })).status).toBe(422);
  });

  test.each([
    ['another document', { $ref: 'https://rowhouse.example/schema.json' }],
    ['a file', { properties: { a: { $ref: 'other.json#/a' } } }],
    ['a name of its own', { $id: 'https://rowhouse.example/schema.json' }],
    ['an anchor', { $defs: { a: { $anchor: 'a' } } }],
    ['answers that come later', { $async: true }],
    ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }],
    ['a definition that is not there', { $ref: '#/$defs/none' }],
    ['a keyword that nobody knows', { minlength: 3 }],
    ['a format that nobody knows', { format: 'colour' }],
    ['a type that is none', { type: 'date' }],
    ['a pattern that is none', { pattern: '[' }],
    ['a pattern that looks ahead', { pattern: '^(?=.*a)b' }],
    ['a pattern that looks back at a group', { patternProperties: { '(a)\\1': true } }],
    ['a pattern too large', { pattern: '((a{100}){100}){100}' }],
  ])('are refused with %s', async (_name, validationRules) => {
    const at = aKey();
    const { status, body } = await set({ ...at, dataType: 'string', validationRules });
    expect([status, body.error?.code]).toEqual([422, 'VALIDATION_RULES_INVALID']);
    expect(body.error.details[0].path).toMatch(/^\/validationRules/);
    expect(await stored(at.key)).toEqual([]);
  });

  test('of every kind of pattern take a time in proportion to the text', async () => {
    const value = `${'a'.repeat(16_000)}!`;
    for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a*)*b', '(x+x+)+y', '^([a-z]+)*[a-z]+$']) {
      const startedAt = performance.now();
      const answer = await set({ ...aKey(), dataType: 'string', value, validationRules: { pattern } });
      expect([pattern, answer.status]).toEqual([pattern, 422]);
      expect(performance.now() - startedAt).toBeLessThan(2000);
    }
  });

  test('that never come to an end are not waited for', async () => {
    const nested = JSON.parse(`${'['.repeat(30)}${']'.repeat(30)}`);
    for (const validationRules of [{ items: { allOf: [{ $ref: '#' }, { $ref: '#' }] } }, { allOf: [{ $ref: '#' }] }]) {
      const at = aKey();
      await set({ ...at, dataType: 'array', value: nested });
      const changed = await set({ ...at, validationRules });
      expect(changed.body.error).toMatchObject({ code: 'VALIDATION_RULES_INVALID', details: [{ code: 'too_long' }] });
      const together = await set({ ...aKey(), dataType: 'array', value: nested, validationRules });
      expect(together.body.error).toMatchObject({ code: 'CONFIGURATION_VALUE_INVALID' });
      expect((await configured(at)).value).toEqual(nested);
    }
  });

  test('that change are taken, and what no longer keeps them is reported and passed over', async () => {
    const at = aKey();
    await set({ ...at, dataType: 'integer', value: 50, defaultValue: 5 });
    const changed = await set({ ...at, validationRules: { maximum: 10 } });
    expect(changed.status).toBe(200);
    const report = [{ path: '/value', message: 'must be <= 10', code: 'maximum' }];
    expect(changed.body.data).toMatchObject({ value: 50, valueIsValid: false, defaultIsValid: true, problems: report });
    expect(await configured(at)).toMatchObject({ value: 5, source: 'default', valueIsValid: false, problems: report });
    const list = await tenant.owner.get(`${PATH}?category=rules&limit=100`);
    expect(list.body.data).toContainEqual(expect.objectContaining({ ...at, valueIsValid: false, problems: report }));

    await set({ ...at, dataType: 'string' });
    expect(await configured(at)).toBeUndefined();
    const fallback = await tenant.owner.get(`${PATH}/${at.category}/${at.key}?defaultValue=x`);
    expect(fallback.body.data).toMatchObject({ value: 'x', source: 'request', defaultIsValid: false });
    expect(fallback.body.data.problems).toHaveLength(2);

    const mended = await set({ ...at, dataType: 'integer', value: 7 });
    expect(mended.body.data).toMatchObject({ valueIsValid: true, defaultIsValid: true, problems: [] });
  });

  test('that an earlier release took and this one can not apply are reported, not a failure', async () => {
    const at = aKey();
    const { body } = await set({ ...at, dataType: 'string', value: 'a', defaultValue: 'b' });
    await app.rows(`update configurations set validation_rules = '{"pattern":"("}' where id = $1`, [body.data.id]);
    await set({ category: 'rules', key: `other${count}`, dataType: 'string', value: 'forgets what is cached' });
    const answer = await tenant.owner.get(`${PATH}/${at.category}/${at.key}?defaultValue=c`);
    expect(answer.body.data).toMatchObject({ value: 'c', source: 'request', valueIsValid: false });
    expect(answer.body.data.problems[0].path).toBe('/validationRules');
  });
});

describe('JSON that is too much', () => {
  const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const bodyWith = (key: string, field: string, json: string): string =>
    `{"category":"rules","key":"${key}","dataType":"array","${field}":${json}}`;

  test.each([
    ['1,000 levels', 'value', nested(1000)],
    ['33 levels', 'value', nested(33)],
    ['100,000 levels', 'value', nested(100_000)],
    ['a prototype', 'value', '[{"__proto__":{"isAdmin":true}}]'],
    ['a prototype as default', 'defaultValue', '[{"a":{"__proto__":1}}]'],
    ['rules of 17 levels', 'validationRules', `${'{"not":'.repeat(17)}{}${'}'.repeat(17)}`],
    ['rules with a prototype', 'validationRules', '{"properties":{"__proto__":{}}}'],
    ['rules that are a list', 'validationRules', '[]'],
    ['too many values', 'value', `[${'1,'.repeat(2000)}1]`],
    ['too many bytes', 'value', `["${'é'.repeat(9000)}"]`],
    ['too many bytes of rules', 'validationRules', `{"description":"${'x'.repeat(16_400)}"}`],
    ['NUL', 'value', '["a\\u0000b"]'],
    ['half a character', 'value', '["\\ud800"]'],
    ['NUL in a name', 'value', '[{"a\\u0000":1}]'],
    ['a number that is none', 'value', '[1e999]'],
    ['a long name', 'value', `[{"${'x'.repeat(257)}":1}]`],
  ])('%s is refused and leaves nothing', async (_name, field, json) => {
    const { key } = aKey();
    const answer = await set(bodyWith(key, field, json));
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.error.details[0].path).toMatch(new RegExp(`^body\\.${field}`));
    expect(await stored(key)).toEqual([]);
  });

  test('a prototype of the body itself is an unknown field', async () => {
    const answer = await set('{"category":"rules","key":"a","dataType":"string","__proto__":{"value":"x"}}');
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('32 levels are not', async () => {
    const at = aKey();
    expect((await set(bodyWith(at.key, 'value', nested(32)))).status).toBe(201);
    expect((await configured(at)).value).toEqual(JSON.parse(nested(32)));
  });
});

test('whatever JSON is stored keeps its type and its rules, and is read back as it was', async () => {
  const at = aKey();
  const name = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .filter((text) => text !== '__proto__' && !text.includes('\0'));
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !value.includes('\0'));
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', maxDepth: 6 },
      text,
      number,
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('record'),
    ),
    list: fc.array(tie('json'), { maxLength: 5 }),
    record: fc.dictionary(name, tie('json'), { maxKeys: 5, noNullPrototype: true }),
  }));
  const typed = fc.oneof(
    fc.record({ dataType: fc.constant('string'), value: text }),
    fc.record({ dataType: fc.constant('number'), value: number }),
    fc.record({ dataType: fc.constant('integer'), value: fc.maxSafeInteger() }),
    fc.record({ dataType: fc.constant('boolean'), value: fc.boolean() }),
    fc.record({ dataType: fc.constant('array'), value: fc.array(json, { maxLength: 8 }) }),
    fc.record({
      dataType: fc.constant('object'),
      value: fc.dictionary(name, json, { maxKeys: 8, noNullPrototype: true }),
    }),
  );
  const rules = fc.constantFrom(null, { maxLength: 20 }, { minimum: 0 }, { maxItems: 3 }, { maxProperties: 3 });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(typed, rules, async ({ dataType, value }, validationRules) => {
      const answer = await set({ ...at, dataType, value, validationRules });
      if (answer.status === 422) {
        refused += 1;
        expect(answer.body.error.code).toBe('CONFIGURATION_VALUE_INVALID');
        return;
      }
      expect(answer.body.data ?? answer.text).toMatchObject({ valueIsValid: true });
      expect(await configured(at)).toMatchObject({ value, source: 'value', dataType });
      expect((await configured(at)).value).toEqual(value);
    }),
    { numRuns: 200 },
  );
  expect(refused).toBeGreaterThan(0);
}, 60_000);
