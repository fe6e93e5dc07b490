import type { JsonObject } from '../json.ts';
import type { PageRequest } from '../page.ts';

/** A document of an organization's own storage. Times are ISO 8601. */
export interface OrganizationDocument {
  readonly id: string;
  readonly body: JsonObject;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Member names that lead to a value, from the outside inwards. */
export type FieldPath = readonly [string, ...string[]];

/** How a value is compared; each is a name in `filter[field][name]`. */
export const comparisons = ['gt', 'gte', 'lt', 'lte'] as const;

export type Comparison = (typeof comparisons)[number];

/** What one filter asks of one field. */
export type FieldFilter =
  /** Its value is one of these: a text that can be read as a number means both. */
  | { readonly kind: 'equal'; readonly path: FieldPath; readonly values: readonly [Scalar, ...Scalar[]] }
  | { readonly kind: 'different'; readonly path: FieldPath; readonly values: readonly [Scalar, ...Scalar[]] }
  | { readonly kind: 'compared'; readonly path: FieldPath; readonly by: Comparison; readonly value: string | number }
  | { readonly kind: 'present'; readonly path: FieldPath; readonly present: boolean };

export type Scalar = string | number | boolean | null;

/** What documents are listed by: their own times, or a field of theirs. */
export interface DocumentOrder {
  readonly by: 'createdAt' | 'updatedAt' | FieldPath;
  readonly direction: 'asc' | 'desc';
}

export interface DocumentQuery extends Omit<PageRequest, 'sort'> {
  readonly filters: readonly FieldFilter[];
  readonly order: DocumentOrder;
}
