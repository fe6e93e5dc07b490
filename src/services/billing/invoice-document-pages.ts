import {
  type Block,
  billing,
  continuation,
  drawFooter,
  drawStack,
  type InvoiceDrawing,
  letterhead,
  notes,
} from './invoice-document-blocks.ts';
import { paginateRows } from './invoice-document-pagination.ts';
import { createInvoiceTable } from './invoice-document-table.ts';
import { content } from './invoice-document-theme.ts';
import { totals } from './invoice-document-totals.ts';

/** Adds blocks to the last page, or to new ones where it has no room left. */
function appendFlowing(pages: Block[][], blocks: readonly Block[], nextPageStart: readonly Block[]): void {
  for (const block of blocks) {
    const used = (pages.at(-1) ?? []).reduce((height, each) => height + each.height, 0);
    if (used + block.height > content.bottom - content.top) pages.push([...nextPageStart]);
    pages.at(-1)?.push(block);
  }
}

/** Lays the invoice out and draws it, page by page. */
export function drawInvoicePages(drawing: InvoiceDrawing): void {
  const { canvas } = drawing;
  const { header, rows } = createInvoiceTable(drawing);
  const firstPageStart = [letterhead(drawing), billing(drawing), header];
  const nextPageStart = [continuation(drawing), header];
  const totalsBlock = totals(drawing);
  const roomAfter = (blocks: readonly Block[]) =>
    blocks.reduce((room, block) => room - block.height, content.bottom - content.top);

  const pages: Block[][] = paginateRows(
    rows.map((row) => row.height),
    {
      firstPageHeight: roomAfter(firstPageStart),
      nextPageHeight: roomAfter(nextPageStart),
      totalsHeight: totalsBlock.height,
    },
  ).map((rowIndices, page) => [
    ...(page === 0 ? firstPageStart : nextPageStart),
    ...rowIndices.flatMap((index) => rows[index] ?? []),
  ]);
  pages.at(-1)?.push(totalsBlock);
  appendFlowing(pages, notes(drawing), [continuation(drawing)]);

  for (const [index, blocks] of pages.entries()) {
    canvas.addPage();
    drawStack(content.top, blocks);
    drawFooter(drawing, index + 1, pages.length);
  }
}
