const LONGEST = 255;
const LONGEST_EXTENSION = 20;

/** Control characters, and those that turn the direction of text: `photo\u202Egpj.exe` would read as `photoexe.jpg`. */
const NEVER_MEANT = /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/**
 * What a file is called from here on: its name as given, without directories and characters that nobody means, and with 255
 * characters at the most, of which its extension is kept.
 */
export function toFileName(given: string): string {
  const base = given.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const name = base.replace(NEVER_MEANT, '').trim();
  if (name === '' || name === '.' || name === '..') return 'unnamed';
  const characters = Array.from(name);
  if (characters.length <= LONGEST) return name;
  const dot = characters.lastIndexOf('.');
  const extension = characters.length - dot <= LONGEST_EXTENSION ? characters.slice(dot) : [];
  return [...characters.slice(0, LONGEST - extension.length), ...extension].join('');
}
