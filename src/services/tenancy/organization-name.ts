/** The name by which an organization is found: the same in every case, width and spacing and whatever is invisible in it. */
export const nameKeyOf = (name: string): string =>
  foldCase(name.replace(/\p{Default_Ignorable_Code_Point}/gu, ''))
    .replace(/\s+/gu, ' ')
    .trim();

/**
 * The logical name of an organization's storage, as the seed makes it: `org_` and the name in lower case, with _ in place of
 * whatever is no letter or digit. "Acme Corp" -> "org_acme_corp"
 */
export const collectionOf = (name: string): string => `org_${foldCase(name.trim()).replace(/[^\p{L}\p{N}]/gu, '_')}`;

/** By way of capitals, since a sigma's small form depends on its place, and ß and SS are the same word. */
const foldCase = (text: string): string => text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
