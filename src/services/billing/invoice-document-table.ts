import { baselineFactor, type DocumentCanvas, lineHeight, type TextStyle } from './document-canvas.ts';
import type { Block, InvoiceDrawing } from './invoice-document-blocks.ts';
import type { InvoiceDocument } from './invoice-document-model.ts';
import { colors, content, styles } from './invoice-document-theme.ts';

const columnGap = 18;
const rowPadding = 6;
const headerHeight = 22;
const smallestDescriptionWidth = 150;
const numberSizes = [8.8, 7.8, 6.8, 5.8];
/** A description of more lines goes on in a row of its own, so that every row fits a page. */
const linesPerRow = 16;

function chunk<Value>(values: readonly Value[], size: number): Value[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}

const widest = (canvas: DocumentCanvas, texts: readonly string[], style: TextStyle): number =>
  texts.reduce((width, text) => Math.max(width, canvas.widthOf(text, style)), 0);

/** Right edges of the columns of numbers, the description's width, and the style of the numbers. */
function layOutColumns(
  canvas: DocumentCanvas,
  headings: readonly string[],
  rowsOfNumbers: ReadonlyArray<readonly string[]>,
) {
  const columns = headings.map((heading, column) => ({
    heading: canvas.widthOf(heading, styles.label),
    numbers: widest(
      canvas,
      rowsOfNumbers.map((numbers) => numbers[column] ?? ''),
      styles.amountCell,
    ),
  }));
  const layouts = numberSizes.map((size) => {
    const widths = columns.map(({ heading, numbers }) => Math.max(heading, (numbers * size) / styles.amountCell.size));
    const descriptionWidth = content.width - widths.reduce((sum, width) => sum + width + columnGap, 0);
    return { widths, descriptionWidth, numberStyle: { ...styles.amountCell, size } satisfies TextStyle };
  });
  const smallest = layouts.at(-1);
  const layout = layouts.find(({ descriptionWidth }) => descriptionWidth >= smallestDescriptionWidth) ?? smallest;
  if (layout === undefined) throw new Error('there is no size for the numbers');

  let right = content.left + layout.descriptionWidth;
  const rightEdges = layout.widths.map((width) => {
    right += columnGap + width;
    return right;
  });
  return { ...layout, rightEdges };
}

/**
 * The table of items: a description that wraps, and right-aligned columns as wide as their widest number. Numbers that would leave
 * the description no room are set smaller.
 */
export function createInvoiceTable({ canvas, document, formats }: InvoiceDrawing) {
  const headings = [
    'QTY',
    document.pricesIncludeTax === true ? 'PRICE INCL. TAX' : 'UNIT PRICE',
    'TAX',
    `AMOUNT (${document.currency})`,
  ];
  const items = document.items.map((item) => ({
    description: item.description,
    details: detailsOf(item),
    numbers: numbersOf(item),
  }));
  const { numberStyle, rightEdges, descriptionWidth } = layOutColumns(
    canvas,
    headings,
    items.map((item) => item.numbers),
  );
  const lineOfText = lineHeight(styles.cell);
  const numberDrop = (styles.cell.size - numberStyle.size) * baselineFactor;

  function numbersOf(item: InvoiceDocument['items'][number]): string[] {
    return [
      formats.quantity(item.quantity),
      formats.unitPrice(item.unitPrice),
      formats.percentage(item.taxRate),
      formats.amount(item.amount),
    ];
  }

  /** What stands below the description, muted. */
  function detailsOf({ productCode, period }: InvoiceDocument['items'][number]): string {
    const parts = [
      ...(period === undefined ? [] : [formats.period(period)]),
      ...(productCode === undefined ? [] : [`HSN/SAC ${productCode}`]),
    ];
    return parts.join(' · ');
  }

  function row(
    lines: ReadonlyArray<{ readonly text: string; readonly style: TextStyle }>,
    numbers: readonly string[],
    part: { isFirst: boolean; isLast: boolean },
  ): Block {
    const above = part.isFirst ? rowPadding : 0;
    const height = above + lines.length * lineOfText + (part.isLast ? rowPadding : 0);
    return {
      height,
      draw(top) {
        for (const [index, { text, style }] of lines.entries())
          canvas.text(text, content.left, top + above + index * lineOfText, style);
        for (const [column, number] of numbers.entries()) {
          canvas.textRight(number, rightEdges[column] ?? content.right, top + above + numberDrop, numberStyle);
        }
        if (part.isLast) canvas.rule(content.left, top + height, content.width, { color: colors.rule, thickness: 0.5 });
      },
    };
  }

  const header: Block = {
    height: headerHeight,
    draw(top) {
      canvas.text('DESCRIPTION', content.left, top + 4, styles.label);
      for (const [column, heading] of headings.entries()) {
        canvas.textRight(heading, rightEdges[column] ?? content.right, top + 4, styles.label);
      }
      canvas.rule(content.left, top + headerHeight - 2, content.width, { color: colors.ink, thickness: 0.8 });
    },
  };

  const wrapped = (text: string, style: TextStyle) =>
    canvas.wrap(text, style, descriptionWidth).map((line) => ({ text: line, style }));

  const rows = items.flatMap(({ description, details, numbers }) => {
    const lines = [
      ...wrapped(description, styles.cell),
      ...(details === '' ? [] : wrapped(details, styles.cellDetail)),
    ];
    const parts = chunk(lines, linesPerRow);
    return parts.map((lines, index) =>
      row(lines, index === 0 ? numbers : [], { isFirst: index === 0, isLast: index === parts.length - 1 }),
    );
  });

  return { header, rows };
}
