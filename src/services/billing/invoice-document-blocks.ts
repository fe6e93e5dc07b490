import type { Decimal } from 'decimal.js';
import { parseDecimal } from '../../utils/money.ts';
import { baselineFactor, type DocumentCanvas, lineHeight, pageSize, type TextStyle } from './document-canvas.ts';
import type { InvoiceFormats } from './invoice-document-formats.ts';
import type { InvoiceDocument, InvoiceParty } from './invoice-document-model.ts';
import { colors, content, styles } from './invoice-document-theme.ts';

/** A part of a page: as high as it says, drawn where it is told. */
export interface Block {
  readonly height: number;
  readonly draw: (top: number) => void;
}

export interface InvoiceDrawing {
  readonly canvas: DocumentCanvas;
  readonly document: InvoiceDocument;
  readonly formats: InvoiceFormats;
}

interface StyledLine {
  readonly text: string;
  readonly style: TextStyle;
  /** Points of air below. */
  readonly gap?: number;
}

const sellerWidth = 320;
const buyerWidth = 250;
const partyLineLimit = 12;
const panelWidth = 220;
const panelPadding = 12;
const totalsWidth = 235;
const labelGap = 20;
/** Statuses a reader need not be told. */
const unremarkableStatuses = new Set(['', 'open', 'sent', 'issued', 'finalized']);

const badgeColors: ReadonlyMap<string, string> = new Map([
  ['draft', colors.muted],
  ['overdue', colors.warning],
  ['void', colors.warning],
  ['uncollectible', colors.warning],
]);

const heightOf = (lines: readonly StyledLine[]): number =>
  lines.reduce((height, { style, gap = 0 }) => height + lineHeight(style) + gap, 0);

/** Draws blocks below each other; returns where the last one ends. */
export const drawStack = (top: number, blocks: readonly Block[]): number =>
  blocks.reduce((y, block) => {
    block.draw(y);
    return y + block.height;
  }, top);

const space = (height: number): Block => ({ height, draw: () => undefined });

function linesBlock(canvas: DocumentCanvas, lines: readonly StyledLine[], left: number): Block {
  return {
    height: heightOf(lines),
    draw(top) {
      let y = top;
      for (const { text, style, gap = 0 } of lines) {
        canvas.text(text, left, y, style);
        y += lineHeight(style) + gap;
      }
    },
  };
}

/** A label at the left and a value at the right, which wraps below itself. */
function pairBlock(
  canvas: DocumentCanvas,
  pair: { label: StyledLine; value: StyledLine; left: number; right: number; gap?: number },
): Block {
  const { label, value, left, right, gap = 4 } = pair;
  const room = right - left - canvas.widthOf(label.text, label.style) - labelGap;
  const lines = canvas.wrap(value.text, value.style, room);
  const valueHeight = lineHeight(value.style);
  return {
    height: Math.max(lineHeight(label.style), lines.length * valueHeight) + gap,
    draw(top) {
      canvas.text(label.text, left, top + (value.style.size - label.style.size) * baselineFactor, label.style);
      for (const [index, line] of lines.entries())
        canvas.textRight(line, right, top + index * valueHeight, value.style);
    },
  };
}

function partyLines(canvas: DocumentCanvas, party: InvoiceParty, nameStyle: TextStyle, width: number): StyledLine[] {
  const { name, addressLines, email, taxId } = party;
  const wrap = (text: string, style: TextStyle) =>
    canvas.wrap(text, style, width).map((line) => ({ text: line, style }));
  const details = [...addressLines, email, taxId === undefined ? '' : `Tax ID ${taxId}`].filter(
    (line) => line.trim() !== '',
  );
  const nameLines = wrap(name, nameStyle);
  const lines = [
    ...nameLines.map((line, index) => (index === nameLines.length - 1 ? { ...line, gap: 2 } : line)),
    ...details.flatMap((line) => wrap(line, styles.partyLine)),
  ];
  return lines.length <= partyLineLimit
    ? lines
    : [...lines.slice(0, partyLineLimit), { text: '…', style: styles.partyLine }];
}

function drawBadge(canvas: DocumentCanvas, status: string, right: number, top: number): void {
  if (unremarkableStatuses.has(status)) return;
  const label = status.replaceAll('_', ' ').toUpperCase();
  const width = canvas.widthOf(label, styles.badge) + 14;
  canvas.fill({ x: right - width, y: top, width, height: 15 }, badgeColors.get(status) ?? colors.accent, 3);
  canvas.text(label, right - width + 7 + styles.badge.tracking / 2, top + 2.2, styles.badge);
}

/** The seller, and the word that says what this is. */
export function letterhead({ canvas, document }: InvoiceDrawing): Block {
  const seller = linesBlock(canvas, partyLines(canvas, document.seller, styles.sellerName, sellerWidth), content.left);
  return {
    height: Math.max(seller.height, 64) + 30,
    draw(top) {
      canvas.fill({ x: 0, y: 0, width: pageSize.width, height: 6 }, colors.accent);
      seller.draw(top);
      canvas.textRight(
        'Invoice',
        content.right,
        top + (styles.sellerName.size - styles.title.size) * baselineFactor,
        styles.title,
      );
      drawBadge(canvas, document.status, content.right, top + 32);
    },
  };
}

/** The buyer at the left; number, dates and the amount to pay in a panel at the right. */
export function billing({ canvas, document, formats }: InvoiceDrawing): Block {
  const buyer = linesBlock(
    canvas,
    [
      { text: 'BILLED TO', style: styles.label, gap: 3 },
      ...partyLines(canvas, document.buyer, styles.partyName, buyerWidth),
    ],
    content.left,
  );
  const left = content.right - panelWidth;
  const edges = { left: left + panelPadding, right: content.right - panelPadding };
  const facts = [
    ['Invoice number', document.number, styles.fact],
    ['Issued', formats.date(document.issuedAt), styles.fact],
    ['Due', formats.date(document.dueAt), styles.fact],
    ['Amount due', formats.money(document.amountDue), styles.factEmphasized],
  ] as const;
  const pairs = facts.map(([label, text, style]) =>
    pairBlock(canvas, { label: { text: label, style: styles.factLabel }, value: { text, style }, ...edges }),
  );
  const panelHeight = pairs.reduce((height, pair) => height + pair.height, 0) + 2 * panelPadding - 4;
  return {
    height: Math.max(buyer.height, panelHeight) + 30,
    draw(top) {
      buyer.draw(top + panelPadding - 3);
      canvas.fill({ x: left, y: top, width: panelWidth, height: panelHeight }, colors.tint, 4);
      drawStack(top + panelPadding, pairs);
    },
  };
}

/** What a page after the first begins with. */
export function continuation({ canvas, document }: InvoiceDrawing): Block {
  return {
    height: 30,
    draw(top) {
      canvas.text(
        canvas.ellipsis(`Invoice ${document.number}`, styles.partyName, content.width),
        content.left,
        top,
        styles.partyName,
      );
    },
  };
}

interface Sum {
  readonly label: string;
  readonly value: string;
  readonly style: TextStyle;
}

/** The sums from the subtotal to the total, and what has been taken off it since; lines of zero are left out. */
function listSums({ document, formats }: InvoiceDrawing): { toTotal: Sum[]; fromTotal: Sum[] } {
  const add = (label: string, amount: string) => ({ label, value: formats.money(amount), style: styles.totals });
  const subtract = (label: string, amount: Decimal) => ({
    ...add(label, amount.toFixed()),
    value: `−${formats.money(amount.toFixed())}`,
  });
  const discount = parseDecimal(document.discountTotal);
  const settled = parseDecimal(document.total).minus(document.amountDue);
  return {
    toTotal: [
      add('Subtotal', document.subtotal),
      ...(discount.isZero() ? [] : [subtract('Discount', discount)]),
      ...document.taxLines
        .filter((line) => !parseDecimal(line.amount).isZero())
        .map((line) => add(`Tax ${formats.percentage(line.rate)} on ${formats.amount(line.taxable)}`, line.amount)),
    ],
    fromTotal: settled.isZero() ? [] : [subtract('Payments and credits', settled)],
  };
}

/** The sums, right below the rows and in line with their amounts. */
export function totals(drawing: InvoiceDrawing): Block {
  const { canvas, document, formats } = drawing;
  const { toTotal, fromTotal } = listSums(drawing);
  const total = { label: 'Total', value: formats.money(document.total), style: styles.total };
  const due = { label: 'Amount due', value: formats.money(document.amountDue), style: styles.amountDue };
  const widths = [...toTotal, total, ...fromTotal, due].map(
    ({ label, value, style }) => canvas.widthOf(label, style) + labelGap + canvas.widthOf(value, style) + 1,
  );
  const width = Math.min(content.width, Math.max(totalsWidth, ...widths));
  const left = content.right - width;
  const pair = ({ label, value, style }: Sum) =>
    pairBlock(canvas, { label: { text: label, style }, value: { text: value, style }, left, right: content.right });
  const line = (color: string, thickness: number): Block => ({
    height: 8,
    draw: (top) => canvas.rule(left, top + 3, width, { color, thickness }),
  });
  const blocks = [
    space(12),
    ...toTotal.map(pair),
    line(colors.rule, 0.8),
    pair(total),
    ...fromTotal.map(pair),
    line(colors.accent, 1.2),
    pair(due),
    space(10),
  ];
  return {
    height: blocks.reduce((height, block) => height + block.height, 0),
    draw: (top) => void drawStack(top, blocks),
  };
}

/** The notes' heading and lines, each of them a block, so that they may go on over pages. */
export function notes({ canvas, document }: InvoiceDrawing): Block[] {
  if (document.notes === undefined || document.notes.trim() === '') return [];
  const lines = canvas.wrap(document.notes.trim(), styles.notes, content.width);
  const [first = '', ...others] = lines;
  return [
    space(18),
    linesBlock(
      canvas,
      [
        { text: 'NOTES', style: styles.label },
        { text: first, style: styles.notes },
      ],
      content.left,
    ),
    ...others.map((text) => linesBlock(canvas, [{ text, style: styles.notes }], content.left)),
  ];
}

/** What every page ends with. */
export function drawFooter({ canvas, document }: InvoiceDrawing, pageNumber: number, pageCount: number): void {
  const top = pageSize.height - 42;
  const position = `Page ${pageNumber} of ${pageCount}`;
  const room = content.width - canvas.widthOf(position, styles.footer) - labelGap;
  canvas.rule(content.left, top - 8, content.width, { color: colors.rule, thickness: 0.5 });
  canvas.text(
    canvas.ellipsis(`${document.seller.name}  ·  ${document.number}`, styles.footer, room),
    content.left,
    top,
    styles.footer,
  );
  canvas.textRight(position, content.right, top, styles.footer);
}
