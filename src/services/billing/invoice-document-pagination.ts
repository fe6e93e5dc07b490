export interface Pagination {
  /** Points for rows on the first page, and on each page after it. */
  readonly firstPageHeight: number;
  readonly nextPageHeight: number;
  /** What follows the last row and is never parted from it. */
  readonly totalsHeight: number;
}

/**
 * Spreads rows over pages, in order: each page is filled, and the totals stand on the last one below at least one row. The last page's
 * rows are taken from the page before it if the totals would not fit below them.
 * @param rowHeights points; none is higher than a page
 * @returns the row indices of each page; a page is empty only where not even one row and the totals fit one page
 */
export function paginateRows(
  rowHeights: readonly number[],
  { firstPageHeight, nextPageHeight, totalsHeight }: Pagination,
): number[][] {
  const pages: number[][] = [[]];
  let room = firstPageHeight;
  for (const [index, height] of rowHeights.entries()) {
    if (height > room) {
      pages.push([]);
      room = nextPageHeight;
    }
    pages.at(-1)?.push(index);
    room -= height;
  }
  if (totalsHeight <= room) return pages;

  const lastRow = pages.at(-1)?.at(-1);
  const fitsWithLastRow = lastRow !== undefined && (rowHeights[lastRow] ?? 0) + totalsHeight <= nextPageHeight;
  if (!fitsWithLastRow) return [...pages, []];
  pages.at(-1)?.pop();
  return [...pages.filter((page, number) => number === 0 || page.length > 0), [lastRow]];
}
