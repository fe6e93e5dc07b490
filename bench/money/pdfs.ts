import { renderInvoicePdf } from '../../src/services/billing/invoice-document.ts';
import type { InvoiceDocument } from '../../src/services/billing/invoice-document-model.ts';
import { measureBoundWork } from '../lib/bound-work.ts';
import type { MoneyProduct } from '../lib/money-product.ts';
import { fixed } from '../lib/table.ts';

const WARM_UP = 20;
const DOCUMENTS = 200;

const documentOf = (count: number): InvoiceDocument => ({
  number: `INV-2627-${String(count).padStart(6, '0')}`,
  status: 'open',
  issuedAt: '2026-11-20T09:30:00Z',
  dueAt: '2026-12-04T09:30:00Z',
  period: { start: '2026-10-31T18:30:00Z', end: '2026-11-30T18:30:00Z' },
  placeOfSupply: 'IN-KA',
  timeZone: 'Asia/Kolkata',
  locale: 'en-IN',
  currency: 'INR',
  seller: { name: 'Rowhouse', addressLines: ['80 Feet Road', 'Bengaluru 560034'], email: 'billing@rowhouse.example' },
  buyer: { name: `Lakeside ${count}`, addressLines: ['14 Lake Road'], email: 'accounts@lakeside.example' },
  items: Array.from({ length: 5 }, (_, index) => ({
    description: `Reading room ${index + 1}, 40 seats, November`,
    productCode: '997212',
    quantity: '2',
    unitPrice: '1499.00',
    taxRate: '18',
    amount: '2998.00',
  })),
  subtotal: '14990.00',
  discountTotal: '0.00',
  taxLines: [
    { name: 'CGST', rate: '9', taxable: '14990.00', amount: '1349.10' },
    { name: 'SGST', rate: '9', taxable: '14990.00', amount: '1349.10' },
  ],
  roundingAmount: '-0.20',
  total: '17688.00',
  amountDue: '17688.00',
});

async function render(count: number): Promise<number> {
  let bytes = 0;
  for (let index = 0; index < count; index += 1) bytes += (await renderInvoicePdf(documentOf(index))).byteLength;
  return bytes;
}

/** What the bench says of documents: one after the other, as one process makes them. */
export async function reportDocuments({ admin }: MoneyProduct): Promise<string> {
  await render(WARM_UP);
  const { result, seconds, binding } = await measureBoundWork(admin, () => render(DOCUMENTS));
  return `${DOCUMENTS} PDFs of one page: ${fixed(DOCUMENTS / seconds, 1)}/s a process, ${fixed(result / DOCUMENTS / 1024, 0)} KB each (${binding}).`;
}
