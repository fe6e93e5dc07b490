import type { Readable } from 'node:stream';
import { type ZipWriter, zipStream } from './zip-stream.ts';

/** The cells of a line; null is an empty one. */
export type SpreadsheetRow = readonly (string | null)[];

/** What a sheet of Excel holds, its header included. */
const MOST_ROWS = 1_048_576;

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Whatever XML is not told otherwise is a sheet, so that their number need not be known beforehand. */
const CONTENT_TYPES = `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="${TYPES}.worksheet+xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/></Types>`;

const PACKAGE_RELATIONS = `${XML}<Relationships xmlns="${RELATIONS}"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;

/** The header stays in sight. */
const SHEET_BEGINNING = `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`;
const SHEET_END = '</sheetData></worksheet>';

/** What XML 1.0 can't hold even as a reference, and Excel therefore writes as _xHHHH_ (ECMA-376, 22.9.2.19). */
const NOT_IN_XML = /[^\t\n\u0020-\uFFFD]|[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g;
const LOOKS_ESCAPED = /_(?=x[0-9A-Fa-f]{4}_)/g;
const MARKUP = /[&<>"]/g;
const REFERENCES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escapeCharacter = (character: string): string =>
  character.length === 2 ? character : `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;

/** Text as a sheet holds it. */
const escapeText = (text: string): string =>
  text
    .replace(LOOKS_ESCAPED, '_x005F_')
    .replace(NOT_IN_XML, escapeCharacter)
    .replace(MARKUP, (character) => REFERENCES[character] ?? character);

/** 0 is A, 25 is Z, 26 is AA. */
const columnOf = (index: number): string =>
  (index < 26 ? '' : columnOf(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));

/** Every cell says that it is text: what looks like a formula, a number or a date stays what was written. */
const cellOf = (value: string | null, address: string): string =>
  value === null || value === ''
    ? ''
    : `<c r="${address}" t="inlineStr"><is><t xml:space="preserve">${escapeText(value)}</t></is></c>`;

const rowOf = (row: SpreadsheetRow, number: number): string =>
  `<row r="${number}">${row.map((value, index) => cellOf(value, `${columnOf(index)}${number}`)).join('')}</row>`;

const numbersUpTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const workbookOf = (name: string, sheets: number): string =>
  `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><bookViews><workbookView/></bookViews><sheets>${numbersUpTo(
    sheets,
  )
    .map((n) => `<sheet name="${escapeText(n === 1 ? name : `${name} ${n}`)}" sheetId="${n}" r:id="rId${n}"/>`)
    .join('')}</sheets></workbook>`;

const workbookRelationsOf = (sheets: number): string =>
  `${XML}<Relationships xmlns="${RELATIONS}">${numbersUpTo(sheets)
    .map((n) => `<Relationship Id="rId${n}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${n}.xml"/>`)
    .join('')}</Relationships>`;

export interface SpreadsheetContent {
  /** Of the first sheet; those after it have a number as well. */
  readonly sheetName: string;
  /** The first row of every sheet. */
  readonly header: readonly string[];
  readonly batches: AsyncIterable<readonly SpreadsheetRow[]>;
  /** Rows of one sheet; the rest goes on to another one. */
  readonly rowsPerSheet?: number;
}

/**
 * A workbook of Excel (Office Open XML) that is made while it is read, in constant memory. Its cells are text and nothing else.
 * @throws RangeError when a sheet would have no room below its header
 */
export function spreadsheetStream(content: SpreadsheetContent): Readable {
  const { sheetName, header, batches, rowsPerSheet = MOST_ROWS } = content;
  if (rowsPerSheet < 2) throw new RangeError('A sheet has a header and at least one row');
  return zipStream(async (zip) => {
    const part = (name: string, text: string) => zip.add(name, once(text), { compress: true });
    await part('[Content_Types].xml', CONTENT_TYPES);
    await part('_rels/.rels', PACKAGE_RELATIONS);
    const sheets = await writeSheets(zip, rowOf(header, 1), batches, rowsPerSheet);
    await part('xl/workbook.xml', workbookOf(sheetName, sheets));
    await part('xl/_rels/workbook.xml.rels', workbookRelationsOf(sheets));
  });
}

/** @returns how many there are; without rows one with a header */
async function writeSheets(
  zip: ZipWriter,
  header: string,
  batches: AsyncIterable<readonly SpreadsheetRow[]>,
  rowsPerSheet: number,
): Promise<number> {
  const source = batches[Symbol.asyncIterator]();
  let waiting: readonly SpreadsheetRow[] = [];

  async function* sheet(): AsyncGenerator<string> {
    yield SHEET_BEGINNING + header;
    for (let written = 1; written < rowsPerSheet; ) {
      const batch = waiting.length > 0 ? waiting : await nextOf(source);
      if (batch === null) break;
      const fitting = batch.slice(0, rowsPerSheet - written);
      yield fitting.map((row, index) => rowOf(row, written + index + 1)).join('');
      written += fitting.length;
      waiting = batch.slice(fitting.length);
    }
    yield SHEET_END;
  }

  for (let sheets = 1; ; sheets += 1) {
    await zip.add(`xl/worksheets/sheet${sheets}.xml`, sheet(), { compress: true });
    if (waiting.length === 0) waiting = (await nextOf(source)) ?? [];
    if (waiting.length === 0) return sheets;
  }
}

/** The next batch that is not empty; null at the end. */
async function nextOf<Row>(source: AsyncIterator<readonly Row[]>): Promise<readonly Row[] | null> {
  for (;;) {
    const { done, value } = await source.next();
    if (done === true) return null;
    if (value.length > 0) return value;
  }
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
