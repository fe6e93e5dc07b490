import { appError } from '../../errors/app-error.ts';
import {
  type Comparison,
  comparisons,
  type DocumentOrder,
  type FieldFilter,
  type FieldPath,
  type Scalar,
} from '../../types/tenancy/organization-document.ts';

const FILTER = /^filter\[([^[\]]+)\](?:\[([a-z]+)\])?$/;
const ORDER = /^(-?)(?:(createdAt|updatedAt)|body\.(.+))$/s;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const MOST_FILTERS = 5;
const MOST_LEVELS = 10;
const MOST_NAME_LENGTH = 256;

/**
 * Reads `filter[field]=value` and `filter[field][comparison]=value` of a query.
 * @throws AppError VALIDATION_FAILED
 */
export function readFilters(query: Readonly<Record<string, unknown>>): FieldFilter[] {
  const filters = Object.entries(query).flatMap(([key, value]) => {
    const [, field, comparison] = FILTER.exec(key) ?? [];
    return field === undefined || typeof value !== 'string' ? [] : [readFilter(key, field, comparison, value)];
  });
  if (filters.length > MOST_FILTERS) throw invalid('filter', `At most ${MOST_FILTERS} filters`);
  return filters;
}

/**
 * Reads `createdAt`, `updatedAt` or `body.<field>`, with a minus for descending order.
 * @throws AppError VALIDATION_FAILED
 */
export function readOrder(sort: string): DocumentOrder {
  const [, minus, time, field = ''] = ORDER.exec(sort) ?? [];
  const direction = minus === '-' ? 'desc' : 'asc';
  if (time === 'createdAt' || time === 'updatedAt') return { by: time, direction };
  return { by: readPath('sort', field), direction };
}

function readFilter(key: string, field: string, comparison: string | undefined, text: string): FieldFilter {
  if (!isText(text)) throw invalid(key, 'Must be well-formed text without NUL');
  const path = readPath(key, field);
  if (comparison === undefined) return { kind: 'equal', path, values: meaningsOf(text) };
  if (comparison === 'ne') return { kind: 'different', path, values: meaningsOf(text) };
  if (comparison === 'exists') {
    if (text !== 'true' && text !== 'false') throw invalid(key, 'Must be true or false');
    return { kind: 'present', path, present: text === 'true' };
  }
  const by = comparisons.find((known): known is Comparison => known === comparison);
  if (by === undefined) throw invalid(key, 'Is no comparison');
  return { kind: 'compared', path, by, value: numberOf(text) ?? text };
}

function readPath(key: string, field: string): FieldPath {
  const [first, ...rest] = field.split('.');
  const names = [first ?? '', ...rest] as const;
  const isNamed = names.every((name) => name !== '' && name.length <= MOST_NAME_LENGTH && isText(name));
  if (!isNamed || names.length > MOST_LEVELS) throw invalid(key, 'Must name a field, with dots between its levels');
  return names;
}

/** PostgreSQL's jsonb knows neither NUL nor half a character. */
const isText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** A text that JSON would read as something else may be either. */
function meaningsOf(text: string): readonly [Scalar, ...Scalar[]] {
  const number = numberOf(text);
  if (number !== null) return [number, text];
  if (text === 'null') return [null, text];
  return text === 'true' || text === 'false' ? [text === 'true', text] : [text];
}

function numberOf(text: string): number | null {
  const number = JSON_NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

const invalid = (name: string, message: string) =>
  appError('VALIDATION_FAILED', { details: [{ path: `query.${name}`, message }] });
