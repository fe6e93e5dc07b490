/** One place in a file, and what comes in front of it. Imports go to the top; Biome sorts them. */
export interface Insertion {
  readonly anchor: RegExp;
  readonly text: string;
}

/** Puts names into a template. */
export type Fill = (template: string) => string;

export const TOP = /(?<![\s\S])/;
export const BOTTOM = /(?![\s\S])/;

/** The end of an object or array that begins with this line, whose end is a line of its own. */
export const endOf = (firstLine: string, end = '};'): RegExp => {
  const [first, last] = [firstLine, end].map((text) => text.replace(/[()[\]{}*+?.$^|\\]/g, '\\$&'));
  return new RegExp(`(?<=^${first}.*\\n(?:(?!${last}).*\\n)*)(?=${last})`);
};

const insert = (source: string, { anchor, text }: Insertion): string | null => {
  const found = [...source.matchAll(new RegExp(anchor.source, 'gm'))];
  const [match] = found;
  if (match === undefined || found.length > 1) return null;
  return `${source.slice(0, match.index)}${text}${source.slice(match.index)}`;
};

/** The source with all of them, or null where an anchor finds no place or several. */
export const insertAll = (source: string, insertions: readonly Insertion[]): string | null =>
  insertions.reduce<string | null>((text, insertion) => (text === null ? null : insert(text, insertion)), source);
