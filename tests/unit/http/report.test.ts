import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { toCsv } from '../../../src/http/report.ts';

const Row = z.object({
  name: z.string(),
  amount: z.string(),
  count: z.number(),
  paid: z.boolean(),
  note: z.string().nullable(),
});
const row = { name: 'Asha', amount: '10.00', count: 2, paid: true, note: null };

describe('rows as CSV', () => {
  test('begin with the names of the schema, in its order, and hold nothing else', () => {
    expect(toCsv(Row, [{ ...row, secret: 'x' }])).toBe('name,amount,count,paid,note\r\nAsha,10.00,2,true,\r\n');
    expect(toCsv(Row, [])).toBe('name,amount,count,paid,note\r\n');
  });

  test.each(['=1+1', '+1', '-1+1', '@sum(a1)', '\t=1', '\r=1'])('%j is no formula', (name) => {
    expect(
      toCsv(Row, [{ ...row, name }])
        .split('\r\n')
        .slice(1)
        .join('\r\n'),
    ).toMatch(/^"?'/);
  });

  test('a number below zero stays one', () => {
    expect(toCsv(Row, [{ ...row, amount: '-10.50', count: -2 }])).toContain('Asha,-10.50,-2,true,');
  });

  test('quotes what would be taken for another cell or line', () => {
    expect(toCsv(Row, [{ ...row, name: 'Rao, "Asha"\nand sons' }])).toContain('"Rao, ""Asha""\nand sons",10.00');
  });
});
