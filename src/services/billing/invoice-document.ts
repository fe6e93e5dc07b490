import { createDocumentCanvas } from './document-canvas.ts';
import { createInvoiceFormats } from './invoice-document-formats.ts';
import type { InvoiceDocument } from './invoice-document-model.ts';
import { drawInvoicePages } from './invoice-document-pages.ts';

/**
 * Renders an invoice, or a credit note, as a PDF: A4, fonts embedded as subsets. The same document gives the same bytes, in every process and at any
 * time, so that an invoice can be rendered again instead of being kept. Characters that the fonts lack are shown as U+FFFD.
 * @throws RangeError for an unknown currency, a malformed locale, date or time zone, or an amount that is no decimal number
 */
export async function renderInvoicePdf(document: InvoiceDocument): Promise<Buffer> {
  const canvas = createDocumentCanvas({
    title: `${document.kind === 'credit_note' ? 'Credit note' : 'Invoice'} ${document.number}`,
    author: document.seller.name,
    createdAt: new Date(document.issuedAt),
  });
  drawInvoicePages({ canvas, document, formats: createInvoiceFormats(document) });
  return canvas.finish();
}
