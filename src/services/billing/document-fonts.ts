import { readFileSync } from 'node:fs';
import { create, type Font } from 'fontkit';
import { assetPath } from '../../utils/asset-path.ts';

export type FontWeight = 'regular' | 'bold';

export interface FontFamily {
  /** A font for one document, cheap to make from the parsed file. */
  readonly forDocument: (weight: FontWeight) => Font;
  /** Whether both weights can show the character. */
  readonly supports: (codePoint: number) => boolean;
}

function parse(fileName: string): Font {
  const font = create(readFileSync(assetPath('fonts', fileName)));
  if (!('layout' in font)) throw new TypeError(`${fileName} is a collection, not a font`);
  return font;
}

function load(): FontFamily {
  const fonts = { regular: parse('NotoSans-Regular.ttf'), bold: parse('NotoSans-Bold.ttf') };
  const boldCharacters = new Set(fonts.bold.characterSet);
  const supported = new Set(fonts.regular.characterSet.filter((codePoint) => boldCharacters.has(codePoint)));
  return {
    supports: (codePoint) => supported.has(codePoint),
    /**
     * fontkit keeps each glyph with the characters it was first made from, and PDFs name them in their character map. A glyph store of
     * its own keeps a document's bytes independent of the documents before it; the tables, costly to parse, stay shared.
     */
    forDocument: (weight) => Object.create(fonts[weight], { _glyphs: { value: {} } }),
  };
}

let family: FontFamily | undefined;

/** Noto Sans: Latin, Greek, Cyrillic, Vietnamese and Devanagari. Read and parsed at the first call (some 100 ms). */
export function documentFonts(): FontFamily {
  family ??= load();
  return family;
}
