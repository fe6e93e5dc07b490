import type { Decimal } from 'decimal.js';
import { parseDecimal } from '../../utils/money.ts';
import type { TextStyle } from './document-canvas.ts';
import { type Block, drawStack, type InvoiceDrawing, labelGap, pairBlock, space } from './invoice-document-blocks.ts';
import { colors, content, styles } from './invoice-document-theme.ts';

const totalsWidth = 235;

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
  const rounding = parseDecimal(document.roundingAmount ?? '0');
  const settled = parseDecimal(document.total).minus(document.amountDue);
  return {
    toTotal: [
      add('Subtotal', document.subtotal),
      ...(discount.isZero() ? [] : [subtract('Discount', discount)]),
      ...document.taxLines
        .filter((line) => !parseDecimal(line.amount).isZero())
        .map(({ name = 'Tax', rate, taxable, amount }) =>
          add(`${name} ${formats.percentage(rate)} on ${formats.amount(taxable)}`, amount),
        ),
      ...(rounding.isZero()
        ? []
        : [rounding.isNegative() ? subtract('Rounding', rounding.abs()) : add('Rounding', rounding.toFixed())]),
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
  const end = document.kind === 'credit_note' ? [] : [...fromTotal, due];
  const widths = [...toTotal, total, ...end].map(
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
    ...(document.kind === 'credit_note' ? [] : [...fromTotal.map(pair), line(colors.accent, 1.2), pair(due)]),
    space(10),
  ];
  return {
    height: blocks.reduce((height, block) => height + block.height, 0),
    draw: (top) => void drawStack(top, blocks),
  };
}
