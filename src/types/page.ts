/** One page of a list, with the exact number of all rows that match. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly limit: number;
  readonly total: number;
}

/** A stretch of an endless list; `nextCursor` is null at its end. */
export interface Slice<T> {
  readonly items: readonly T[];
  readonly limit: number;
  readonly nextCursor: string | null;
}

/** What a page query asks for. */
export interface PageRequest<Sort extends string = string> {
  readonly page: number;
  readonly limit: number;
  readonly sort: Sort;
}

/** A field to sort by, or the same with a minus for descending order. */
export type SortOrder<Field extends string> = Field | `-${Field}`;
