import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const LINES = [
  { description: 'Reading room', quantity: '2', unitPrice: '1499.00', taxRate: '18' },
  { description: 'Locker', quantity: '1', unitPrice: '100.00', taxRate: '18' },
  { description: 'Coffee', quantity: '3', unitPrice: '10.00', taxRate: '18' },
];
const DRAFT = { items: LINES, discount: { type: 'percentage', value: '10' } };

let app: TestApp;
let lakeside: TestTenant;
let hillside: TestTenant;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  const operator = await anOperator(app);
  lakeside = await aTenant(app, operator);
  hillside = await aTenant(app, operator);
});

afterAll(() => app.close());

const create = (body: unknown = DRAFT, key = randomUUID()) =>
  lakeside.operator.post('/api/revenue/invoices', body, { 'idempotency-key': key });

async function aDraft(body: unknown = DRAFT): Promise<string> {
  const answer = await create(body);
  expect(answer.status).toBe(201);
  return answer.body.data.id;
}

const rowOf = async (id: string) => (await app.rows('select * from invoices where id = $1', [id]))[0];

describe('creating', () => {
  test('computes every amount and stands in its tables', async () => {
    const answer = await create();
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      status: 'draft',
      number: null,
      subtotal: '3128.00',
      discountTotal: '312.80',
      taxTotal: '506.74',
      total: '3321.94',
      amountDue: '3321.94',
      amountPaid: '0.00',
    });
    const { id } = answer.body.data;
    expect(await rowOf(id)).toMatchObject({ tenant_id: lakeside.id, status: 'draft', total: '3321.9400', version: 1 });
    const items = await app.rows(
      'select position, description, total from invoice_items where invoice_id = $1 order by position',
      [id],
    );
    expect(items.map((item) => item.description)).toEqual(['Reading room', 'Locker', 'Coffee']);
  });

  test('answers what a read of it answers', async () => {
    const created = await create();
    const read = await lakeside.owner.get(`/api/revenue/invoices/${created.body.data.id}`);
    expect(read.body.data).toEqual(created.body.data);
  });

  test('bills the tenant unless a customer is named', async () => {
    const byDefault = await create();
    expect(byDefault.body.data.customerEmail).toMatch(/^hello@tenant-/);
    const customer = {
      name: 'Asha & Sons',
      email: 'Accounts@Asha.example',
      taxId: null,
      addressLines: ['1 Main Road'],
    };
    const named = await create({
      ...DRAFT,
      currency: 'JPY',
      customer,
      items: [{ description: 'Seat', quantity: '1', unitPrice: '99.5', taxRate: '10' }],
    });
    expect(named.body.data).toMatchObject({
      customerName: 'Asha & Sons',
      customerEmail: 'accounts@asha.example',
      currency: 'JPY',
      subtotal: '100',
      total: '99',
    });
  });

  test('is done once for an Idempotency-Key, and its answer repeated', async () => {
    const key = randomUUID();
    const first = await create(DRAFT, key);
    const second = await create(DRAFT, key);
    expect(second.status).toBe(201);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.text).toBe(first.text);
    const [count] = await app.rows('select count(*)::int as n from invoices where id = $1', [first.body.data.id]);
    expect(count).toEqual({ n: 1 });
    const other = await create({ ...DRAFT, notes: 'another request' }, key);
    expect([other.status, other.body.error.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test('of thirty clients with one key makes one invoice', async () => {
    const key = randomUUID();
    const before = await app.rows('select count(*)::int as n from invoices');
    const answers = await Promise.all(Array.from({ length: 30 }, () => create(DRAFT, key)));
    const after = await app.rows('select count(*)::int as n from invoices');
    expect(Number(after[0]?.n) - Number(before[0]?.n)).toBe(1);
    const ids = new Set(answers.filter((answer) => answer.status === 201).map((answer) => answer.body.data.id));
    expect(ids.size).toBe(1);
    for (const answer of answers) expect([201, 409]).toContain(answer.status);
  });

  test.each([
    ['no items', { items: [] }, 'body.items'],
    ['a number for money', { items: [{ ...LINES[0], unitPrice: 1499 }] }, 'body.items.0.unitPrice'],
    ['a negative price', { items: [{ ...LINES[0], unitPrice: '-1' }] }, 'body.items.0.unitPrice'],
    ['an exponent', { items: [{ ...LINES[0], unitPrice: '1e400' }] }, 'body.items.0.unitPrice'],
    ['too many decimals', { items: [{ ...LINES[0], quantity: '1.00001' }] }, 'body.items.0.quantity'],
    ['a quantity of nothing', { items: [{ ...LINES[0], quantity: '0' }] }, 'body.items.0.quantity'],
    ['an unknown field', { ...DRAFT, total: '1.00' }, 'body.total'],
    ['somebody else’s tenant', { ...DRAFT, tenantId: randomUUID() }, 'body.tenantId'],
    ['control characters', { items: [{ ...LINES[0], description: 'a\u0000b' }] }, 'body.items.0.description'],
    ['a currency that does not exist', { ...DRAFT, currency: 'ZZZ' }, 'body.currency'],
  ])('refuses %s and leaves nothing behind', async (_what, body, path) => {
    const before = await app.rows('select count(*)::int as n from invoices');
    const answer = await create(body);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.error.details.map((detail: { path: string }) => detail.path)).toContain(path);
    expect(await app.rows('select count(*)::int as n from invoices')).toEqual(before);
  });

  test('refuses a discount above the amount', async () => {
    const answer = await create({ ...DRAFT, discount: { type: 'fixed', value: '99999.00' } });
    expect([answer.status, answer.body.error.code]).toEqual([422, 'INVOICE_DISCOUNT_TOO_LARGE']);
  });

  test('asks for a tenant, a permission and a sign-in', async () => {
    const operator = await anOperator(app);
    expect((await operator.post('/api/revenue/invoices', DRAFT)).body.error.code).toBe('TENANT_REQUIRED');
    expect((await lakeside.owner.post('/api/revenue/invoices', DRAFT)).body.error.code).toBe('FORBIDDEN');
    expect((await app.http.post('/api/revenue/invoices', DRAFT)).body.error.code).toBe('UNAUTHENTICATED');
  });
});

describe('changing', () => {
  test('replaces items, leaves what is absent and clears what is null', async () => {
    const id = await aDraft({ ...DRAFT, notes: 'Thank you' });
    const answer = await lakeside.operator.put(`/api/revenue/invoices/${id}`, {
      items: LINES.slice(0, 1),
      discount: null,
    });
    expect(answer.body.data).toMatchObject({
      version: 2,
      notes: 'Thank you',
      discount: null,
      subtotal: '2998.00',
      total: '3537.64',
    });
    expect(await app.rows('select count(*)::int as n from invoice_items where invoice_id = $1', [id])).toEqual([
      { n: 1 },
    ]);
    const cleared = await lakeside.operator.put(`/api/revenue/invoices/${id}`, { notes: null });
    expect(cleared.body.data).toMatchObject({ version: 3, notes: null });
  });

  test('fails for whoever comes with an older version', async () => {
    const id = await aDraft();
    const [first, second] = await Promise.all([
      lakeside.operator.put(`/api/revenue/invoices/${id}`, { version: 1, notes: 'first' }),
      lakeside.operator.put(`/api/revenue/invoices/${id}`, { version: 1, notes: 'second' }),
    ]);
    expect([first.status, second.status].sort()).toEqual([200, 409]);
    expect(await rowOf(id)).toMatchObject({ version: 2 });
  });

  test('deletes drafts only', async () => {
    const id = await aDraft();
    expect((await lakeside.operator.delete(`/api/revenue/invoices/${id}`)).status).toBe(204);
    expect(await rowOf(id)).toBeUndefined();
    expect((await lakeside.operator.delete(`/api/revenue/invoices/${id}`)).status).toBe(404);
  });
});

describe('sending', () => {
  test('gives numbers without a gap however many are sent at once, and a rolled-back one back', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => aDraft()));
    const answers = await Promise.all(ids.map((id) => lakeside.operator.post(`/api/revenue/invoices/${id}/send`)));
    for (const answer of answers) expect(answer.status).toBe(200);
    const again = await lakeside.operator.post(`/api/revenue/invoices/${ids[0]}/send`);
    expect([again.status, again.body.error.code]).toEqual([409, 'INVOICE_NOT_DRAFT']);
    const numbers = await app.rows<{ number: string }>(
      'select number from invoices where tenant_id = $1 and number is not null order by number',
      [lakeside.id],
    );
    expect(numbers.map(({ number }) => Number(number.slice(-6)))).toEqual(numbers.map((_row, index) => index + 1));
  });

  test('of one invoice by many at once is done once', async () => {
    const id = await aDraft();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => lakeside.operator.post(`/api/revenue/invoices/${id}/send`)),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(7);
    expect(
      await app.rows("select count(*)::int as n from outbox_events where subject = $1 and type = 'invoice.finalized'", [
        id,
      ]),
    ).toEqual([{ n: 1 }]);
  });

  test('opens it, sets its due date and tells the audit log and the outbox in one commit', async () => {
    const id = await aDraft({ ...DRAFT, paymentTerms: 30 });
    const { body } = await lakeside.operator.post(`/api/revenue/invoices/${id}/send`);
    const days = (Date.parse(body.data.dueAt) - Date.parse(body.data.issuedAt)) / 86_400_000;
    expect([body.data.status, days]).toEqual(['open', 30]);
    const entries = await app.rows(
      'select action, tenant_id from audit_entries where resource_id = $1 order by occurred_at',
      [id],
    );
    expect(entries).toEqual([
      { action: 'invoice.created', tenant_id: lakeside.id },
      { action: 'invoice.sent', tenant_id: lakeside.id },
    ]);
  });

  test('can be downloaded by the owner at once, and is a PDF', async () => {
    const id = await aDraft();
    expect((await lakeside.owner.get(`/api/revenue/invoices/${id}/pdf`)).body.error.code).toBe('INVOICE_IS_DRAFT');
    await lakeside.operator.post(`/api/revenue/invoices/${id}/send`);
    const answer = await lakeside.owner.get(`/api/revenue/invoices/${id}/pdf`);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="?INV-\d{4}-\d{6}\.pdf"?$/);
    expect(answer.text.startsWith('%PDF-')).toBe(true);
  });
});

describe('the document', () => {
  const path = (id: string) => `/api/revenue/invoices/${id}/pdf`;
  const sentInvoice = async () => {
    const id = await aDraft();
    await lakeside.operator.post(`/api/revenue/invoices/${id}/send`);
    return id;
  };

  test('is made once however many ask for it at once, and kept', async () => {
    const id = await sentInvoice();
    const answers = await Promise.all(Array.from({ length: 12 }, () => lakeside.owner.get(path(id))));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    const made = await app.rows(
      "select count(*)::int as n from audit_entries where resource_id = $1 and action = 'invoice.document_rendered'",
      [id],
    );
    expect(made).toEqual([{ n: 1 }]);
    expect((await rowOf(id))?.document_key).toContain(`tenants/${lakeside.id}/invoices/INV-`);
  });

  test('whose file is lost is made again, the same', async () => {
    const id = await sentInvoice();
    const first = await lakeside.owner.get(path(id));
    await app.container.infrastructure.gateways.storage.delete(String((await rowOf(id))?.document_key));
    expect((await lakeside.owner.get(path(id))).text).toBe(first.text);
  });
});

describe('listing', () => {
  test('pages, sorts, filters and searches with an exact total', async () => {
    const customer = (name: string) => ({ name, email: 'books@shop.example', taxId: null, addressLines: [] });
    for (const [name, unitPrice] of [
      ['Zeta 100% Books', '5'],
      ['Alpha Books', '7'],
      ['Beta_Books', '6'],
    ] as const) {
      await hillside.operator.post('/api/revenue/invoices', {
        customer: customer(name),
        items: [{ description: 'Seat', quantity: '1', unitPrice, taxRate: '0' }],
      });
    }
    const names = async (query: string) => {
      const { body } = await hillside.owner.get(`/api/revenue/invoices${query}`);
      return [body.data.map((row: { customerName: string }) => row.customerName), body.meta.total];
    };
    expect(await names('?sort=-total&limit=2')).toEqual([['Alpha Books', 'Beta_Books'], 3]);
    expect(await names('?sort=-total&limit=2&page=2')).toEqual([['Zeta 100% Books'], 3]);
    expect(await names('?sort=total')).toEqual([['Zeta 100% Books', 'Beta_Books', 'Alpha Books'], 3]);
    expect(await names('?search=BETA_')).toEqual([['Beta_Books'], 1]);
    expect(await names('?search=100%25')).toEqual([['Zeta 100% Books'], 1]);
    expect(await names('?search=nothing')).toEqual([[], 0]);
    expect((await names('?status=paid'))[1]).toBe(0);
    expect((await hillside.owner.get('/api/revenue/invoices?sort=password')).status).toBe(400);
    expect((await hillside.owner.get('/api/revenue/invoices?limit=101')).status).toBe(400);
    expect((await hillside.owner.get('/api/revenue/invoices?unknown=1')).status).toBe(400);
  });

  test('shows an operator without a tenant everybody’s, each with its tenant', async () => {
    const operator = await anOperator(app);
    const { body } = await operator.get('/api/revenue/invoices?limit=100');
    const tenants = new Set(body.data.map((row: { tenantId: string }) => row.tenantId));
    expect(tenants).toEqual(new Set([lakeside.id, hillside.id]));
  });

  test('never shows another tenant’s', async () => {
    const id = await aDraft();
    for (const path of [`/api/revenue/invoices/${id}`, `/api/revenue/invoices/${id}/pdf`]) {
      expect((await hillside.owner.get(path)).status).toBe(404);
      expect((await hillside.operator.get(path)).status).toBe(404);
    }
    expect((await hillside.operator.put(`/api/revenue/invoices/${id}`, { notes: 'stolen' })).status).toBe(404);
    expect(await rowOf(id)).toMatchObject({ notes: null, version: 1 });
  });
});
