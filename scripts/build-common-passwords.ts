/**
 * Writes assets/passwords/common-passwords.txt from published lists, the most common password first in each:
 * node scripts/run.mjs scripts/build-common-passwords <list.txt | list.json>...
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { assetPath } from '../src/utils/asset-path.ts';

/** The shortest password that any policy allows: shorter ones are refused for their length. */
const SHORTEST = 12;
const LONGEST = 40;

/** How many of the most common passwords are made longer the way people and attackers do it. */
const REPEATED = 2000;
const EXTENDED = 400;
const PAIRED = 60;

const TAILS = [
  '1',
  '12',
  '123',
  '1234',
  '12345',
  '123456',
  '1234567',
  '12345678',
  '123456789',
  '1234567890',
  '!',
  '1!',
];
const YEARS = Array.from({ length: 17 }, (_, index) => String(2010 + index));

const read = (path: string): string[] => {
  const text = readFileSync(path, 'utf8');
  return path.endsWith('.json') ? z.array(z.string()).parse(JSON.parse(text)) : text.split(/\r?\n/);
};

const normalized = (password: string): string => password.normalize('NFKC').toLowerCase();
const lengthOf = (text: string): number => [...text].length;
const fits = (password: string): boolean =>
  lengthOf(password) >= SHORTEST && lengthOf(password) <= LONGEST && /^[^\p{Cc}\ufffd]+$/u.test(password);

const leaked = process.argv.slice(2).flatMap((path) => read(path).map(normalized));
const words = [...new Set(leaked)].filter((word) => word !== '' && lengthOf(word) < SHORTEST);
const letters = words.filter((word) => /^[a-z]{4,}$/.test(word));

const repeated = words.slice(0, REPEATED).flatMap((word) => {
  const times = Math.ceil(SHORTEST / lengthOf(word));
  return [word.repeat(times), word.repeat(times + 1)];
});
const extended = letters
  .slice(0, EXTENDED)
  .flatMap((word) => [...TAILS, ...YEARS].flatMap((tail) => [word + tail, tail + word]));
const paired = letters
  .slice(0, PAIRED)
  .flatMap((first) => letters.slice(0, PAIRED).flatMap((second) => [first + second, `${first} ${second}`]));
const runs = [...'abcdefghijklmnopqrstuvwxyz0123456789'].flatMap((character) =>
  Array.from({ length: 13 }, (_, index) => character.repeat(SHORTEST + index)),
);

const published = new Set(leaked.filter(fits));
const all = new Set([...published, ...[...repeated, ...extended, ...paired, ...runs].filter(fits)]);
writeFileSync(assetPath('passwords', 'common-passwords.txt'), `${[...all].join('\n')}\n`);
process.stdout.write(`${published.size} published, ${all.size} in all\n`);
