import { setupError } from '../lib/setup-error.ts';

/** Every domain, from the bottom upwards; .dependency-cruiser.cjs keeps them apart. */
export const DOMAINS = [
  'identity',
  'tenancy',
  'billing',
  'payments',
  'credits',
  'messaging',
  'webhooks',
  'crm',
  'partners',
  'hosting',
  'karaoke',
  'support',
  'insight',
  'operation',
];

/** What templates call a resource, by the words that stand in their {{}}. */
export type ResourceNames = Readonly<Record<string, string>>;

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const LONGEST_NAME = 40;

/** Types that every slice imports or finds in the language: a resource of that name would hide them. */
const TAKEN = new Set(
  'array boolean context database date error function map number object page prisma promise record scope set string symbol tenant'.split(
    ' ',
  ),
);

export const resourceNames = (domain: string, kebab: string, plural?: string): ResourceNames => {
  if (!DOMAINS.includes(domain)) throw setupError(`There is no domain ${domain}. Domains: ${DOMAINS.join(', ')}.`);
  const kebabs = plural ?? pluralOf(kebab);
  for (const name of [kebab, kebabs]) {
    if (!NAME.test(name) || name.length > LONGEST_NAME)
      throw setupError(`A resource is named in lower-case words with hyphens (contact-note), not ${name}.`);
  }
  if (TAKEN.has(kebab)) throw setupError(`${pascal(kebab)} means something else already: choose another name.`);
  if (kebab === kebabs) throw setupError(`The plural of ${kebab} must differ from it: --plural <name>.`);
  const [words, wordsPlural] = [kebab.replaceAll('-', ' '), kebabs.replaceAll('-', ' ')];
  const article = /^[aeiou]/.test(words) ? 'an' : 'a';
  return {
    domain,
    Domain: pascal(domain),
    kebab,
    kebabs,
    camel: camel(kebab),
    camels: camel(kebabs),
    Pascal: pascal(kebab),
    Pascals: pascal(kebabs),
    snake: kebab.replaceAll('-', '_'),
    snakes: kebabs.replaceAll('-', '_'),
    CONSTANT: kebab.replaceAll('-', '_').toUpperCase(),
    words,
    'words plural': wordsPlural,
    'Words plural': capital(wordsPlural),
    'a words': `${article} ${words}`,
    'A words': `${capital(article)} ${words}`,
  };
};

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const pascal = (kebab: string): string => kebab.split('-').map(capital).join('');

const camel = (kebab: string): string => {
  const name = pascal(kebab);
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
};

const pluralOf = (kebab: string): string => {
  if (/(s|x|z|ch|sh)$/.test(kebab)) return `${kebab}es`;
  return /[^aeiou]y$/.test(kebab) ? `${kebab.slice(0, -1)}ies` : `${kebab}s`;
};
