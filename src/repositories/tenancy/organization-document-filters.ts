import type { Json } from '../../types/json.ts';
import type { Comparison, FieldFilter, FieldPath, Scalar } from '../../types/tenancy/organization-document.ts';
import { mergePatch } from '../../utils/merge-patch.ts';
import type { DocumentConditions } from './organization-document-statements.ts';

interface Contained {
  readonly path: FieldPath;
  readonly value: Scalar;
}

const OPERATORS: Readonly<Record<Comparison, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' };

/**
 * What filters ask, as conditions of closed shapes and their values. Equality is containment, which the index serves; names of
 * fields are values like any other, and never become SQL.
 */
export function conditionsOf(filters: readonly FieldFilter[]): { conditions: DocumentConditions; values: unknown[] } {
  const contained: Contained[] = [];
  const either: [string, string][] = [];
  const without: string[] = [];
  const paths: { path: string; variables: string }[] = [];
  const absent: string[] = [];
  for (const filter of filters) {
    const { path } = filter;
    if (filter.kind === 'equal') {
      const [value, other = value] = filter.values;
      if (value === other && !contained.some((known) => overlap(known.path, path))) contained.push({ path, value });
      else either.push([containing(path, value), containing(path, other)]);
    } else if (filter.kind === 'different') without.push(...filter.values.map((value) => containing(path, value)));
    else if (filter.kind === 'compared') {
      const test = `? (@ ${OPERATORS[filter.by]} $value)`;
      paths.push({ path: `${pathOf(path)} ${test}`, variables: JSON.stringify({ value: filter.value }) });
    } else if (filter.present) paths.push({ path: pathOf(path), variables: '{}' });
    else absent.push(pathOf(path));
  }
  return {
    conditions: {
      contains: contained.length > 0,
      either: String(either.length),
      without: without.length > 0,
      paths: paths.length > 0,
      absent: absent.length > 0,
    },
    values: [
      ...(contained.length > 0 ? [merged(contained)] : []),
      ...either.flat(),
      ...(without.length > 0 ? [without] : []),
      ...(paths.length > 0 ? [paths.map((asked) => asked.path), paths.map((asked) => asked.variables)] : []),
      ...(absent.length > 0 ? [absent] : []),
    ],
  };
}

/** Whether one path is the beginning of the other: no object holds both. */
const overlap = (a: FieldPath, b: FieldPath): boolean =>
  a.every((name, index) => index >= b.length || name === b[index]) ||
  b.every((name, index) => index >= a.length || name === a[index]);

const nested = (path: readonly string[], value: Scalar): Json =>
  path.reduceRight<Json>((inner, name) => ({ [name]: inner }), value);

const containing = (path: FieldPath, value: Scalar): string => JSON.stringify(nested(path, value));

/** One object that holds all values at their paths. */
const merged = (contained: readonly Contained[]): string =>
  JSON.stringify(
    contained.reduce((all, { path: [first, ...rest], value }) => mergePatch(all, { [first]: nested(rest, value) }), {}),
  );

/** In PostgreSQL's language of paths, whose quoted names are JSON strings; strict: a list is no value of its members. */
const pathOf = (path: FieldPath): string => ['strict $', ...path.map((name) => JSON.stringify(name))].join('.');
