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

/** A place in an endless list, which runs from the newest row to the oldest. */
export interface TimePosition {
  /** ISO 8601, to the millisecond. */
  readonly occurredAt: string;
  readonly id: string;
}

/** What a slice query asks for; without a cursor the list begins. */
export interface SliceRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What is read for a slice: the newest rows, or those that follow a position. */
export interface SlicePart {
  readonly limit: number;
  readonly after: TimePosition | undefined;
}

/** What a page query asks for. */
export interface PageRequest<Sort extends string = string> {
  readonly page: number;
  readonly limit: number;
  readonly sort: Sort;
}

/** A field to sort by, or the same with a minus for descending order. */
export type SortOrder<Field extends string> = Field | `-${Field}`;
