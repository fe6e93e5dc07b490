import type { PageRequest } from '../../types/page.ts';

/** Splits "-createdAt" into its field and direction. */
export function parseSort<Field extends string>(
  sort: string,
  fields: readonly Field[],
): { field: Field; direction: 'asc' | 'desc' } {
  const name = sort.startsWith('-') ? sort.slice(1) : sort;
  const field = fields.find((candidate) => candidate === name);
  if (field === undefined) throw new RangeError(`Can not sort by ${name}`);
  return { field, direction: sort.startsWith('-') ? 'desc' : 'asc' };
}

/** The rows before a page. */
export const offsetOf = ({ page, limit }: PageRequest): number => (page - 1) * limit;

/** LIKE's wildcards, taken literally. The ORM's `contains` does not do it. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** A text to look for inside a lower-case one with LIKE. */
export const likePattern = (text: string): string => `%${escapeLike(text.toLowerCase())}%`;
