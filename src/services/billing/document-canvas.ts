import type { Font } from 'fontkit';
import PDFDocument from 'pdfkit';
import { documentFonts, type FontWeight } from './document-fonts.ts';

declare global {
  namespace PDFKit.Mixins {
    interface PDFFont {
      /** pdfkit takes parsed fonts since 0.20; its types don't say so yet. */
      registerFont(name: string, source: Font): this;
    }
  }
}

export interface TextStyle {
  readonly weight: FontWeight;
  /** Points. */
  readonly size: number;
  readonly color: string;
  /** Points between letters. */
  readonly tracking?: number;
}

/** Points from the top left corner of the page. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const pageSize = { width: 595.28, height: 841.89 } as const;

const lineHeightFactor = 1.5;
/** From the top of a line to its baseline, in sizes of the letters. */
export const baselineFactor = 1.1;
const replacementCharacter = '\uFFFD';
const printableAscii = /^[\x20-\x7e]*$/;
/** Directional and other invisible controls; the joiners are part of how Devanagari is written. */
const invisibleControls = /(?![\u200c\u200d])\p{Cf}/gu;
const whiteSpace = /[\s\p{Cc}]+/gu;
const noBreakSpaces = /^[\u00a0\u202f]+$/u;
const devanagariRun = /([\p{Script_Extensions=Devanagari}\u200c\u200d]+)/u;
const devanagari = /\p{Script_Extensions=Devanagari}/u;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const graphemesOf = (text: string): string[] => Array.from(graphemes.segment(text), ({ segment }) => segment);

const isShowable = (text: string): boolean =>
  Array.from(text).every((character) => documentFonts().supports(character.codePointAt(0) ?? 0));

/** Text as it can be drawn on one line: composed, without controls, with U+FFFD in place of what the fonts lack. */
export function drawableText(text: string): string {
  if (printableAscii.test(text)) return text;
  const clean = text
    .normalize('NFC')
    .replace(whiteSpace, (spaces) => (noBreakSpaces.test(spaces) ? '\u00a0' : ' '))
    .replace(invisibleControls, '');
  if (isShowable(clean)) return clean;
  return graphemesOf(clean)
    .map((grapheme) => (isShowable(grapheme) ? grapheme : replacementCharacter))
    .join('');
}

/** Whether the fonts can show the text as it is. */
export const canDraw = (text: string): boolean => !drawableText(text).includes(replacementCharacter);

export const lineHeight = (style: TextStyle): number => style.size * lineHeightFactor;

/**
 * A PDF to be drawn on, page by page: text is shaped run by run (a script at a time), measured, wrapped and placed by line.
 * @param createdAt the only time in the file; equal drawings are equal files
 */
export function createDocumentCanvas({ title, author, createdAt }: { title: string; author: string; createdAt: Date }) {
  const pdf = new PDFDocument({
    size: [pageSize.width, pageSize.height],
    margin: 0,
    autoFirstPage: false,
    displayTitle: true,
    font: '',
    info: { Title: title, Author: author, CreationDate: createdAt },
  });
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const weight of ['regular', 'bold'] as const) pdf.registerFont(weight, documentFonts().forDocument(weight));

  const apply = ({ weight, size }: TextStyle) => pdf.font(weight).fontSize(size);

  /** Shaping follows the first letter's script, so that each run must have one script only. */
  const runsOf = (line: string): string[] =>
    printableAscii.test(line) ? [line] : line.split(devanagariRun).filter((run) => run !== '');

  const runWidth = (run: string, { tracking = 0 }: TextStyle): number => pdf.widthOfString(run) + tracking * run.length;

  function widthOf(text: string, style: TextStyle): number {
    apply(style);
    return runsOf(drawableText(text)).reduce((width, run) => width + runWidth(run, style), 0);
  }

  function* breakWord(word: string, style: TextStyle, width: number): Generator<string> {
    let part = '';
    for (const grapheme of graphemesOf(word)) {
      if (part !== '' && widthOf(part + grapheme, style) > width) {
        yield part;
        part = '';
      }
      part += grapheme;
    }
    yield part;
  }

  function wrapParagraph(paragraph: string, style: TextStyle, width: number): string[] {
    const lines: string[] = [];
    let line = '';
    const words = drawableText(paragraph)
      .split(' ')
      .filter((word) => word !== '');
    for (const word of words) {
      const extended = line === '' ? word : `${line} ${word}`;
      if (widthOf(extended, style) <= width) {
        line = extended;
        continue;
      }
      if (line !== '') lines.push(line);
      const parts = widthOf(word, style) <= width ? [word] : [...breakWord(word, style, width)];
      lines.push(...parts.slice(0, -1));
      line = parts.at(-1) ?? '';
    }
    return line === '' && lines.length > 0 ? lines : [...lines, line];
  }

  /** Poppler places the text by the coordinates in force where it ends: those of the letters, not pdfkit's that begin at the top. */
  function endActualText(): void {
    pdf.save().transform(1, 0, 0, -1, 0, pageSize.height);
    pdf.endMarkedContent().restore();
  }

  /**
   * Draws one line into the box that begins at (x, y) and is as high as the style's line. Devanagari glyphs are not in the order of their
   * characters: the line carries its text for those who copy, search or listen.
   */
  function text(line: string, x: number, y: number, style: TextStyle): void {
    const drawable = drawableText(line);
    const isReordered = devanagari.test(drawable);
    apply(style).fillColor(style.color);
    if (isReordered) pdf.markContent('Span', { actual: drawable });
    let left = x;
    for (const run of runsOf(drawable)) {
      pdf.text(run, left, y + style.size * baselineFactor, {
        lineBreak: false,
        baseline: 'alphabetic',
        characterSpacing: style.tracking ?? 0,
      });
      left += runWidth(run, style);
    }
    if (isReordered) endActualText();
  }

  return {
    addPage: () => void pdf.addPage(),

    widthOf,

    /** Lines no wider than `width`, broken at spaces, or inside a word that is wider than a line; line breaks are kept. */
    wrap: (text: string, style: TextStyle, width: number): string[] =>
      text.split(/\r\n|[\r\n]/).flatMap((paragraph) => wrapParagraph(paragraph, style, width)),

    /** The text on one line, cut where it is wider than `width`. */
    ellipsis(line: string, style: TextStyle, width: number): string {
      if (widthOf(line, style) <= width) return line;
      const [start = ''] = breakWord(drawableText(line), style, width - widthOf('…', style));
      return `${start.trimEnd()}…`;
    },

    text,

    /** Like `text`, ending at `right`. */
    textRight(line: string, right: number, y: number, style: TextStyle): void {
      text(line, right - widthOf(line, style), y, style);
    },

    rule(x: number, y: number, width: number, { color, thickness }: { color: string; thickness: number }): void {
      pdf
        .moveTo(x, y)
        .lineTo(x + width, y)
        .lineWidth(thickness)
        .strokeColor(color)
        .stroke();
    },

    fill({ x, y, width, height }: Rectangle, color: string, radius = 0): void {
      pdf.roundedRect(x, y, width, height, radius).fill(color);
    },

    async finish(): Promise<Buffer> {
      const ended = new Promise<void>((resolve, reject) => {
        pdf.once('end', resolve).once('error', reject);
      });
      pdf.end();
      await ended;
      return Buffer.concat(chunks);
    },
  };
}

export type DocumentCanvas = ReturnType<typeof createDocumentCanvas>;
