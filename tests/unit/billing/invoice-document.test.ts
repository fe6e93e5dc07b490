import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { renderInvoicePdf } from '../../../src/services/billing/invoice-document.ts';
import type { InvoiceDocument } from '../../../src/services/billing/invoice-document-model.ts';
import { paginateRows } from '../../../src/services/billing/invoice-document-pagination.ts';

const invoice: InvoiceDocument = {
  number: 'INV-2026-000417',
  status: 'sent',
  issuedAt: '2026-10-31T18:45:00Z',
  dueAt: '2026-11-14T18:45:00Z',
  timeZone: 'Asia/Kolkata',
  currency: 'INR',
  locale: 'en-IN',
  seller: {
    name: 'Rowhouse Cloud Private Limited',
    addressLines: ['80 Feet Road, Koramangala', 'Bengaluru 560034'],
    email: 'billing@rowhouse.example',
    taxId: '29AABCR1234F1Z5',
  },
  buyer: {
    name: 'Saraswati Study Library',
    addressLines: ['12 MG Road', 'Pune 411001'],
    email: 'accounts@saraswati.example',
  },
  items: [
    {
      description: 'Growth plan, November 2026',
      quantity: '1',
      unitPrice: '149999.0000',
      taxRate: '18',
      amount: '149999.00',
    },
    { description: 'Additional seats', quantity: '12.0000', unitPrice: '499.00', taxRate: '18.00', amount: '5988.00' },
    { description: 'Messages', quantity: '4210', unitPrice: '0.1150', taxRate: '5', amount: '484.15' },
  ],
  subtotal: '156471.15',
  discountTotal: '471.15',
  taxLines: [
    { rate: '5', taxable: '482.69', amount: '24.13' },
    { rate: '18', taxable: '155517.31', amount: '27993.12' },
  ],
  total: '184017.25',
  amountDue: '184017.25',
  notes: 'Please quote the invoice number.\nThank you.',
};

const manyItems = Array.from({ length: 500 }, (_, index) => ({
  description:
    index % 7 === 3
      ? `Line ${index + 1}: ${'a description that has to wrap '.repeat(6)}`
      : `Line ${index + 1}: container`,
  quantity: '2',
  unitPrice: `${index}.25`,
  taxRate: '18',
  amount: `${index * 2}.50`,
}));

interface TextBox {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The boxes of a PDF's texts, page by page, read by a PDF reader that is not ours. Ascenders and descenders are counted in. */
async function readPages(pdf: Buffer): Promise<TextBox[][]> {
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0, useSystemFonts: false });
  const reader = await task.promise;
  const pages: TextBox[][] = [];
  for (let number = 1; number <= reader.numPages; number += 1) {
    const { items } = await (await reader.getPage(number)).getTextContent();
    pages.push(
      items.flatMap((item) => {
        if (!('str' in item) || item.str.trim() === '') return [];
        const [, , , size = 0, left = 0, baseline = 0] = item.transform.map(Number);
        return [
          {
            text: item.str,
            left,
            right: left + item.width,
            top: baseline + size * 0.75,
            bottom: baseline - size * 0.22,
          },
        ];
      }),
    );
  }
  await task.destroy();
  return pages;
}

const textOf = (page: readonly TextBox[] | undefined): string => (page ?? []).map(({ text }) => text).join('\n');

function overlapsOf(page: readonly TextBox[]): string[] {
  const tolerance = 0.3;
  return page.flatMap((a, index) =>
    page
      .slice(index + 1)
      .filter(
        (b) =>
          a.left < b.right - tolerance &&
          b.left < a.right - tolerance &&
          a.bottom < b.top - tolerance &&
          b.bottom < a.top - tolerance,
      )
      .map((b) => `${a.text} | ${b.text}`),
  );
}

function expectWellSet(pages: readonly TextBox[][]): void {
  for (const [index, page] of pages.entries()) {
    expect(overlapsOf(page)).toEqual([]);
    expect(
      page.filter(({ left, right, top, bottom }) => left < 47 || right > 548.5 || top > 800 || bottom < 25),
    ).toEqual([]);
    expect(textOf(page)).toContain(`Page ${index + 1} of ${pages.length}`);
  }
}

describe('renderInvoicePdf', () => {
  test('sets three lines on one page, with every text on it', async () => {
    const pages = await readPages(await renderInvoicePdf(invoice));
    expect(pages).toHaveLength(1);
    expectWellSet(pages);
    const texts = new Set(pages[0]?.map(({ text }) => text));
    for (const expected of [
      'Invoice',
      'INV-2026-000417',
      '1 November 2026',
      '15 November 2026',
      'Rowhouse Cloud Private Limited',
      '80 Feet Road, Koramangala',
      'billing@rowhouse.example',
      'Tax ID 29AABCR1234F1Z5',
      'Saraswati Study Library',
      'Pune 411001',
      'accounts@saraswati.example',
      'Growth plan, November 2026',
      '1,49,999.00',
      '12',
      '499.00',
      '4,210',
      '0.115',
      '5%',
      '18%',
      '₹1,56,471.15',
      '−₹471.15',
      'Tax 18% on 1,55,517.31',
      '₹27,993.12',
      'Tax 5% on 482.69',
      '₹24.13',
      '₹1,84,017.25',
      'Please quote the invoice number.',
      'Thank you.',
    ]) {
      expect(texts).toContain(expected);
    }
  });

  test('aligns the numbers of a column, and the sums below the amounts, at their right edge', async () => {
    const [page = []] = await readPages(await renderInvoicePdf(invoice));
    const rightOf = (text: string) => page.find((box) => box.text === text)?.right ?? Number.NaN;
    for (const column of [
      ['1', '12', '4,210'],
      ['499.00', '0.115'],
      ['5,988.00', '484.15', '₹1,56,471.15', '₹24.13'],
    ]) {
      for (const text of column) expect(rightOf(text)).toBeCloseTo(rightOf(column[0] ?? ''), 0);
    }
  });

  test('sets 500 lines on many pages, in order, each page with the heads of the columns', async () => {
    const pages = await readPages(await renderInvoicePdf({ ...invoice, items: manyItems }));
    expect(pages.length).toBeGreaterThan(15);
    expectWellSet(pages);
    for (const page of pages) expect(textOf(page)).toContain('DESCRIPTION');
    const numbers = pages.flatMap((page) => page.flatMap(({ text }) => /^Line (\d+):/.exec(text)?.[1] ?? []));
    expect(numbers.map(Number)).toEqual(manyItems.map((_, index) => index + 1));
    expect(textOf(pages.at(-1))).toMatch(/Line 500:[\s\S]*Amount due/);
    expect(pages.slice(0, -1).filter((page) => textOf(page).includes('Subtotal'))).toEqual([]);
  });

  test('never parts the sums from the last line, whatever the number of lines', async () => {
    for (let count = 1; count <= 24; count += 1) {
      const pages = await readPages(await renderInvoicePdf({ ...invoice, items: manyItems.slice(0, count) }));
      const lastPage = textOf(pages.at(-1)?.filter(({ text }) => !text.startsWith('Page')));
      expect(textOf(pages.find((page) => textOf(page).includes('Subtotal')))).toContain(`Line ${count}:`);
      expect(lastPage).not.toBe('');
      expectWellSet(pages);
    }
  });

  test('wraps long names, long words, long descriptions, long notes and wide numbers without overlap', async () => {
    const longWords = (word: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${word}${index}`).join(' ');
    const pages = await readPages(
      await renderInvoicePdf({
        ...invoice,
        currency: 'CLF',
        number: 'INV-'.repeat(16),
        seller: {
          ...invoice.seller,
          name: longWords('Incorporated', 12),
          addressLines: Array<string>(30).fill('A line of an address'),
        },
        buyer: { ...invoice.buyer, name: 'x'.repeat(200) },
        items: [
          {
            description: 'y'.repeat(400),
            quantity: '1234567.1234',
            unitPrice: '12345678901234.12345678',
            taxRate: '12.3456',
            amount: '99999999999999999.1234',
          },
          { description: longWords('word', 900), quantity: '1', unitPrice: '1', taxRate: '0', amount: '1' },
        ],
        subtotal: '99999999999999999.1234',
        discountTotal: '0',
        taxLines: [{ rate: '12.3456', taxable: '99999999999999999.1234', amount: '99999999999999999.1234' }],
        total: '99999999999999999.1234',
        amountDue: '99999999999999999.1234',
        notes: longWords('note', 1_500),
      }),
    );
    expectWellSet(pages);
    const words = pages.map(textOf).join('\n').split(/\s+/);
    for (const index of [0, 450, 899]) expect(words).toContain(`word${index}`);
    for (const index of [0, 750, 1_499]) expect(words).toContain(`note${index}`);
  });

  test.each([
    ['Latin', 'Łódź Ærøskøbing Čačak Đorđe'],
    ['Vietnamese', 'Đà Nẵng Tiếng Việt'],
    ['Greek', 'Ελληνικά Ώρες'],
    ['Cyrillic', 'Київ Москва Љубљана'],
    ['signs', '₹ € £ ¥ ₺ – — … “quoted”'],
  ])('shows %s', async (_script, text) => {
    const [page] = await readPages(await renderInvoicePdf({ ...invoice, buyer: { ...invoice.buyer, name: text } }));
    expect(page?.map((box) => box.text)).toContain(text);
  });

  test.each([
    ['alone', 'हिन्दी क्षत्रिय'],
    ['in a word that begins in another script', 'Row-हिन्दी/क्षत्रिय'],
  ])('shapes Devanagari %s: vowel signs before their consonants, no character lost', async (_case, name) => {
    const [page] = await readPages(
      await renderInvoicePdf({ ...invoice, notes: undefined, buyer: { ...invoice.buyer, name } }),
    );
    const lettersOf = (text: string) => text.replace(/[^\p{Script=Devanagari}]/gu, '');
    const shown = lettersOf(textOf(page));
    expect([...shown].sort()).toEqual([...lettersOf(name)].sort());
    expect(shown.indexOf('\u093f')).toBeLessThan(shown.indexOf('ह'));
  });

  test.each([
    ['CJK', '株式会社', '\uFFFD'.repeat(4)],
    ['Hebrew', 'שלום', '\uFFFD'.repeat(4)],
    ['an emoji of several code points', 'a👩‍💻b', 'a\uFFFDb'],
    ['half a surrogate pair', 'a\uD83Db', 'a\uFFFDb'],
    ['controls', 'a\0\u202e\u2066b\tc', 'a b c'],
  ])('shows a sign in place of what the fonts lack: %s', async (_case, name, shown) => {
    const [page] = await readPages(await renderInvoicePdf({ ...invoice, buyer: { ...invoice.buyer, name } }));
    expect(page?.map(({ text }) => text)).toContain(shown);
  });

  test.each([
    ['draft', 'DRAFT'],
    ['paid', 'PAID'],
    ['partially_paid', 'PARTIALLY PAID'],
    ['sent', undefined],
  ])('the badge of %s is %s', async (status, badge) => {
    const [page = []] = await readPages(await renderInvoicePdf({ ...invoice, status }));
    const known = new Set(['DESCRIPTION', 'QTY', 'UNIT PRICE', 'TAX', 'AMOUNT (INR)', 'BILLED TO', 'NOTES']);
    const capitals = page.map(({ text }) => text).filter((text) => /^[A-Z][A-Z ]+$/.test(text) && !known.has(text));
    expect(capitals).toEqual(badge === undefined ? [] : [badge]);
  });

  test('shows what was paid, so that the sums add up, and leaves out what is zero', async () => {
    const [page] = await readPages(
      await renderInvoicePdf({
        ...invoice,
        amountDue: '84017.25',
        discountTotal: '0.00',
        taxLines: [{ rate: '0', taxable: '1.00', amount: '0.00' }],
      }),
    );
    const texts = page?.map(({ text }) => text) ?? [];
    expect(texts).toEqual(expect.arrayContaining(['Payments and credits', '−₹1,00,000.00', '₹84,017.25']));
    expect(texts.filter((text) => /^(?:Discount|Tax \d)/.test(text))).toEqual([]);
  });

  test('shows the split of a tax, the rounding, the period, the place of supply and what is given back', async () => {
    const november = { start: '2026-10-31T18:30:00Z', end: '2026-11-30T18:30:00Z' };
    const pages = await readPages(
      await renderInvoicePdf({
        ...invoice,
        period: november,
        placeOfSupply: 'IN-KA',
        items: [
          {
            description: 'Starter, not used',
            productCode: '997331',
            period: november,
            quantity: '1',
            unitPrice: '-249.5',
            taxRate: '18',
            amount: '-249.50',
          },
        ],
        taxLines: [
          { name: 'CGST', rate: '9', taxable: '100.50', amount: '9.05' },
          { name: 'SGST', rate: '9', taxable: '100.50', amount: '9.04' },
        ],
        roundingAmount: '-0.41',
      }),
    );
    expectWellSet(pages);
    const texts = pages[0]?.map(({ text }) => text) ?? [];
    for (const expected of [
      '1 Nov 2026 – 30 Nov 2026',
      '1 Nov 2026 – 30 Nov 2026 · HSN/SAC 997331',
      'Place of supply',
      'IN-KA',
      '−249.50',
      'CGST 9% on 100.50',
      '₹9.05',
      'SGST 9% on 100.50',
      '₹9.04',
      'Rounding',
      '−₹0.41',
    ]) {
      expect(texts).toContain(expected);
    }
  });

  test('says that prices include their tax', async () => {
    const [page] = await readPages(await renderInvoicePdf({ ...invoice, pricesIncludeTax: true }));
    const texts = page?.map(({ text }) => text) ?? [];
    expect(texts).toContain('PRICE INCL. TAX');
    expect(texts).not.toContain('UNIT PRICE');
  });

  test('a credit note names its invoice, and nothing is due of it', async () => {
    const pages = await readPages(
      await renderInvoicePdf({
        ...invoice,
        kind: 'credit_note',
        number: 'CN-2627-000007',
        invoiceNumber: invoice.number,
        dueAt: undefined,
        amountDue: '0',
      }),
    );
    expectWellSet(pages);
    const texts = pages[0]?.map(({ text }) => text) ?? [];
    for (const expected of ['Credit note', 'CN-2627-000007', 'For invoice', invoice.number, 'Credited', 'Total']) {
      expect(texts).toContain(expected);
    }
    for (const absent of ['Invoice', 'Due', 'Amount due', 'Payments and credits']) expect(texts).not.toContain(absent);
  });

  test('writes numbers and dates of the locale, and its currency by code where the fonts lack the symbol', async () => {
    const german = await readPages(await renderInvoicePdf({ ...invoice, currency: 'EUR', locale: 'de-DE' }));
    expect(german[0]?.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['1. November 2026', '149.999,00', '0,115']),
    );
    expect(textOf(german[0])).toMatch(/184\.017,25\s€/);
    const arabic = await readPages(await renderInvoicePdf({ ...invoice, currency: 'AED', locale: 'ar-AE' }));
    expect(textOf(arabic[0])).toContain('AED');
    expect(textOf(arabic[0])).not.toContain('\uFFFD');
  });

  test('an invoice without items is one page', async () => {
    const pages = await readPages(await renderInvoicePdf({ ...invoice, items: [], taxLines: [] }));
    expect(pages).toHaveLength(1);
    expectWellSet(pages);
  });

  test.each<[string, Partial<InvoiceDocument>]>([
    ['an unknown currency', { currency: 'XYZ' }],
    ['a malformed locale', { locale: 'not a locale' }],
    ['a malformed date', { dueAt: 'soon' }],
    ['a malformed issue date', { issuedAt: 'now' }],
    ['an unknown time zone', { timeZone: 'Mars/Olympus' }],
    ['an amount finer than the currency', { total: '1.001' }],
    ['an amount that is no number', { subtotal: 'many' }],
  ])('refuses %s', async (_case, change) => {
    await expect(renderInvoicePdf({ ...invoice, ...change })).rejects.toThrow(RangeError);
  });

  test('the same invoice is the same bytes, whatever was rendered before and at the same time', async () => {
    const hindi = { ...invoice, buyer: { ...invoice.buyer, name: 'कार्य श्री\u00a0विद्यार्थी' }, locale: 'hi-IN' };
    const [first, hindiFirst] = await Promise.all([renderInvoicePdf(invoice), renderInvoicePdf(hindi)]);
    await renderInvoicePdf({ ...invoice, buyer: { ...invoice.buyer, name: 'र्या क्ष ज्ञ त्र \u2010\u2011-' } });
    const [second, hindiSecond] = [await renderInvoicePdf(invoice), await renderInvoicePdf(hindi)];
    expect(second.equals(first)).toBe(true);
    expect(hindiSecond.equals(hindiFirst)).toBe(true);
    expect(first.equals(hindiFirst)).toBe(false);
  });

  test('a document does not learn from the ones before it: glyphs that two characters share keep the character of each', async () => {
    const named = (name: string) => ({ ...invoice, buyer: { ...invoice.buyer, name } });
    await renderInvoicePdf(named('i\u0307'));
    const [page] = await readPages(await renderInvoicePdf(named('Kadıköy')));
    expect(page?.map(({ text }) => text)).toContain('Kadıköy');
  });
});

describe('paginateRows', () => {
  test('puts every row on one page, in order; pages are not overfull; the sums stand below a row', () => {
    const heights = fc.array(fc.integer({ min: 5, max: 200 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(
        heights,
        fc.integer({ min: 250, max: 400 }),
        fc.integer({ min: 20, max: 200 }),
        (rows, firstPageHeight, totalsHeight) => {
          const nextPageHeight = 500;
          const pages = paginateRows(rows, { firstPageHeight, nextPageHeight, totalsHeight });
          expect(pages.flat()).toEqual(rows.map((_, index) => index));
          for (const [number, page] of pages.entries()) {
            const used = page.reduce(
              (sum, index) => sum + (rows[index] ?? 0),
              number === pages.length - 1 ? totalsHeight : 0,
            );
            expect(used).toBeLessThanOrEqual(number === 0 ? firstPageHeight : nextPageHeight);
          }
          expect(pages.at(-1)).not.toEqual([]);
        },
      ),
    );
  });

  test('moves only the last row along with the sums', () => {
    expect(paginateRows([100, 100, 100], { firstPageHeight: 300, nextPageHeight: 500, totalsHeight: 50 })).toEqual([
      [0, 1],
      [2],
    ]);
    expect(paginateRows([100, 100], { firstPageHeight: 300, nextPageHeight: 500, totalsHeight: 100 })).toEqual([
      [0, 1],
    ]);
    expect(paginateRows([], { firstPageHeight: 300, nextPageHeight: 500, totalsHeight: 100 })).toEqual([[]]);
  });
});
