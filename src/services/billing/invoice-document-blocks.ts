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
export const labelGap = 20;
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

export const space = (height: number): Block => ({ height, draw: () => undefined });

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
export function pairBlock(
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

const titleOf = ({ kind }: InvoiceDocument): string => (kind === 'credit_note' ? 'Credit note' : 'Invoice');

/** The seller, and the word that says what this is. */
export function letterhead({ canvas, document }: InvoiceDrawing): Block {
  const seller = linesBlock(canvas, partyLines(canvas, document.seller, styles.sellerName, sellerWidth), content.left);
  return {
    height: Math.max(seller.height, 64) + 30,
    draw(top) {
      canvas.fill({ x: 0, y: 0, width: pageSize.width, height: 6 }, colors.accent);
      seller.draw(top);
      canvas.textRight(
        titleOf(document),
        content.right,
        top + (styles.sellerName.size - styles.title.size) * baselineFactor,
        styles.title,
      );
      drawBadge(canvas, document.status, content.right, top + 32);
    },
  };
}

/** What the panel says: a label, its text and the style of the text. */
function factsOf({ document, formats }: Pick<InvoiceDrawing, 'document' | 'formats'>) {
  const { number, invoiceNumber, issuedAt, dueAt, period, placeOfSupply, total, amountDue } = document;
  const isCreditNote = document.kind === 'credit_note';
  const fact = (label: string, text: string | undefined) =>
    text === undefined ? [] : [[label, text, styles.fact] as const];
  return [
    ...fact(`${titleOf(document)} number`, number),
    ...fact('For invoice', invoiceNumber),
    ...fact('Issued', formats.date(issuedAt)),
    ...fact('Due', dueAt === undefined ? undefined : formats.date(dueAt)),
    ...fact('Period', period === undefined ? undefined : formats.period(period)),
    ...fact('Place of supply', placeOfSupply),
    isCreditNote
      ? (['Credited', formats.money(total), styles.factEmphasized] as const)
      : (['Amount due', formats.money(amountDue), styles.factEmphasized] as const),
  ];
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
  const facts = factsOf({ document, formats });
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
        canvas.ellipsis(`${titleOf(document)} ${document.number}`, styles.partyName, content.width),
        content.left,
        top,
        styles.partyName,
      );
    },
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
