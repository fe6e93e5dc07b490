import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const GST = { name: 'GST 18 %', kind: 'gst', country: 'IN', percentage: '18.00', roundTotalTo: '1' };

let app: TestApp;
let operator: HttpClient;
let bengaluru: TestTenant;
let pune: TestTenant;
let dubai: TestTenant;

beforeAll(async () => {
  app = await startTestApp({ settings: { SELLER_COUNTRY: 'IN', SELLER_REGION: 'IN-KA' } });
  await aPlan(app);
  operator = await anOperator(app);
  bengaluru = await aTenant(app, operator, { region: 'IN-KA' });
  pune = await aTenant(app, operator, { region: 'IN-MH' });
  dubai = await aTenant(app, operator, { country: 'AE', currency: 'AED', timeZone: 'Asia/Dubai' });
});

afterAll(() => app.close());

afterEach(() => app.rows('delete from tax_rates'));

const aRate = async (body: Record<string, unknown> = GST): Promise<string> => {
  const answer = await operator.post('/api/revenue/tax-rates', body);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.body.data.id;
};

describe('the list of rates', () => {
  test('a rate is written with its defaults, and audited', async () => {
    const answer = await operator.post('/api/revenue/tax-rates', GST);
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      percentage: '18',
      region: null,
      behavior: 'exclusive',
      rounding: 'total',
      roundTotalTo: '1',
      active: true,
      version: 1,
    });
    const { id } = answer.body.data;
    const [row] = await app.rows('select name, kind, percentage, round_total_to from tax_rates where id = $1', [id]);
    expect(row).toEqual({ name: 'GST 18 %', kind: 'gst', percentage: '18.0000', round_total_to: '1.0000' });
    expect(await app.rows('select action from audit_entries where resource_id = $1', [id])).toEqual([
      { action: 'tax_rate.created' },
    ]);
  });

  test('changes leave what is absent, count versions, and are refused to whoever was slower', async () => {
    const id = await aRate();
    const changed = await operator.put(`/api/revenue/tax-rates/${id}`, {
      percentage: '12',
      region: 'IN-KA',
      version: 1,
    });
    expect(changed.body.data).toMatchObject({ percentage: '12', region: 'IN-KA', name: 'GST 18 %', version: 2 });
    const late = await operator.put(`/api/revenue/tax-rates/${id}`, { percentage: '28', version: 1 });
    expect([late.status, late.body.error.code]).toEqual([409, 'VERSION_CONFLICT']);
    const both = await Promise.all(
      ['5', '12'].map((percentage) => operator.put(`/api/revenue/tax-rates/${id}`, { percentage, version: 2 })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const unknown = await operator.put(`/api/revenue/tax-rates/${randomUUID()}`, { percentage: '5' });
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'TAX_RATE_NOT_FOUND']);
  });

  test.each([
    ['a region of another country', { ...GST, region: 'US-TX' }, 'body.region'],
    ['more than everything', { ...GST, percentage: '100.01' }, 'body.percentage'],
    ['a negative percentage', { ...GST, percentage: '-1' }, 'body.percentage'],
    ['an exponent', { ...GST, percentage: '1e2' }, 'body.percentage'],
    ['rounding to nothing', { ...GST, roundTotalTo: '0' }, 'body.roundTotalTo'],
    ['an unknown kind', { ...GST, kind: 'customs' }, 'body.kind'],
    ['an unknown field', { ...GST, tenantId: randomUUID() }, 'body.tenantId'],
  ])('refuses %s', async (_what, body, path) => {
    const answer = await operator.post('/api/revenue/tax-rates', body);
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, path]);
    expect(await app.rows('select id from tax_rates')).toEqual([]);
  });

  test('only operators write; tenants see what is charged', async () => {
    const id = await aRate();
    await aRate({ ...GST, name: 'Old', active: false });
    expect((await bengaluru.owner.post('/api/revenue/tax-rates', GST)).status).toBe(403);
    expect((await bengaluru.owner.put(`/api/revenue/tax-rates/${id}`, { percentage: '0' })).status).toBe(403);
    expect((await app.http.get('/api/revenue/tax-rates')).status).toBe(401);
    const seen = await bengaluru.owner.get('/api/revenue/tax-rates');
    expect([seen.body.meta.total, seen.body.data[0].id]).toEqual([1, id]);
    expect((await operator.get('/api/revenue/tax-rates?active=false')).body.meta.total).toBe(1);
    expect((await operator.get('/api/revenue/tax-rates?country=DE')).body.meta.total).toBe(0);
    expect((await operator.get('/api/revenue/tax-rates')).body.meta.total).toBe(2);
  });
});

describe('an invoice', () => {
  const draft = (tenant: TestTenant, body: Record<string, unknown> = {}) =>
    tenant.operator.post('/api/revenue/invoices', {
      items: [{ description: 'Growth plan', quantity: '1', unitPrice: '1499.50', productCode: '997212' }],
      ...body,
    });
  const taxesOf = (answer: Awaited<ReturnType<typeof draft>>) =>
    answer.body.data.taxLines.map(({ name, rate, amount }: Record<string, string>) => [name, rate, amount].join(' '));

  beforeEach(async () => void (await aRate()));

  test('within the state bears both halves, and is rounded to whole rupees', async () => {
    const answer = await draft(bengaluru);
    expect(taxesOf(answer)).toEqual(['CGST 9 134.96', 'SGST 9 134.95']);
    expect(answer.body.data).toMatchObject({
      placeOfSupply: 'IN-KA',
      taxTotal: '269.91',
      roundingAmount: '-0.41',
      total: '1769.00',
    });
    const [row] = await app.rows(
      'select place_of_supply, rounding_amount, total, tax_lines from invoices where id = $1',
      [answer.body.data.id],
    );
    expect(row).toMatchObject({ place_of_supply: 'IN-KA', rounding_amount: '-0.4100', total: '1769.0000' });
    expect(row?.tax_lines).toEqual(answer.body.data.taxLines);
  });

  test('to another state bears the integrated tax, and an export none', async () => {
    expect(taxesOf(await draft(pune))).toEqual(['IGST 18 269.91']);
    const exported = await draft(dubai);
    expect(exported.body.data).toMatchObject({ taxTotal: '0.00', total: '1499.50', placeOfSupply: null });
    const supplied = await draft(dubai, { placeOfSupply: 'IN-MH' });
    expect(taxesOf(supplied)).toEqual(['IGST 18 269.91']);
  });

  test('goes on being taxed as it was when only its notes change, whatever becomes of the rate', async () => {
    const { id } = (await draft(bengaluru)).body.data;
    await app.rows("update tax_rates set percentage = 28, behavior = 'inclusive'");
    const changed = await bengaluru.operator.put(`/api/revenue/invoices/${id}`, { notes: 'Thank you' });
    expect(changed.body.data).toMatchObject({ total: '1769.00', taxTotal: '269.91', taxBehavior: 'exclusive' });
    expect(taxesOf(changed)).toEqual(['CGST 9 134.96', 'SGST 9 134.95']);
  });

  test('names a rate, which must be in force', async () => {
    const reduced = await aRate({ ...GST, name: 'GST 5 %', percentage: '5' });
    const lines = (taxRateId: string) => [{ description: 'Seat', quantity: '1', unitPrice: '100', taxRateId }];
    expect(taxesOf(await draft(pune, { items: lines(reduced) }))).toEqual(['IGST 5 5.00']);
    await operator.put(`/api/revenue/tax-rates/${reduced}`, { active: false });
    const refused = await draft(pune, { items: lines(reduced) });
    expect([refused.status, refused.body.error.code]).toEqual([422, 'TAX_RATE_UNAVAILABLE']);
    const both = await draft(pune, { items: [{ ...lines(reduced)[0], taxRate: '5' }] });
    expect([both.status, both.body.error.details[0].path]).toEqual([400, 'body.items.0.taxRateId']);
  });

  test('never mixes rules', async () => {
    const inclusive = await aRate({ ...GST, name: 'Included', behavior: 'inclusive' });
    const answer = await draft(pune, {
      items: [
        { description: 'A', quantity: '1', unitPrice: '100' },
        { description: 'B', quantity: '1', unitPrice: '100', taxRateId: inclusive },
      ],
    });
    expect([answer.status, answer.body.error.code]).toEqual([422, 'TAX_RATES_MIXED']);
  });

  test('takes prices that include their tax apart', async () => {
    await app.rows("update tax_rates set behavior = 'inclusive'");
    const answer = await draft(pune, { items: [{ description: 'Seat', quantity: '1', unitPrice: '118' }] });
    expect(answer.body.data).toMatchObject({ taxBehavior: 'inclusive', subtotal: '100.00', total: '118.00' });
    expect(taxesOf(answer)).toEqual(['IGST 18 18.00']);
  });

  test.each([
    [
      'a period that ends first',
      { periodStart: '2026-12-01T00:00:00Z', periodEnd: '2026-11-01T00:00:00Z' },
      'body.periodEnd',
    ],
    ['a place that is none', { placeOfSupply: 'Karnataka' }, 'body.placeOfSupply'],
  ])('refuses %s', async (_what, body, path) => {
    const answer = await draft(pune, body);
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, path]);
  });
});

describe('the region of a tenant', () => {
  test('is one of its country, and left behind by a country that changes', async () => {
    const wrong = await operator.put(`/api/tenants/${pune.id}`, { region: 'US-TX' });
    expect([wrong.status, wrong.body.error.details[0].path]).toEqual([400, 'body.region']);
    const moved = await operator.put(`/api/tenants/${pune.id}`, { country: 'US' });
    expect(moved.body.data).toMatchObject({ country: 'US', region: null });
    const back = await operator.put(`/api/tenants/${pune.id}`, { country: 'IN', region: 'IN-MH' });
    expect(back.body.data).toMatchObject({ country: 'IN', region: 'IN-MH' });
    expect(await app.rows('select region from tenants where id = $1', [pune.id])).toEqual([{ region: 'IN-MH' }]);
    await expect(aTenant(app, operator, { region: 'DE-BE' })).rejects.toThrow('VALIDATION_FAILED');
  });
});
