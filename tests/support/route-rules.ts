import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { DescribedEndpoint } from '../../src/http/openapi/described-endpoint.ts';
import { pageFields, sliceQuery } from '../../src/validators/common/page.schema.ts';
import { fieldsOf, looseParts } from './input-rules.ts';
import { operationsByThemselves, operationVerbs } from './operation-verbs.ts';

/** What the table of routes is held against. */
export interface RouteExpectations {
  readonly permissions: readonly string[];
  readonly errorCodes: readonly string[];
  readonly tags: readonly string[];
  readonly publicOperations: readonly string[];
}

type Endpoints = readonly DescribedEndpoint[];
type Rule = (endpoints: Endpoints, expected: RouteExpectations) => string[];

/** A rule that looks at one endpoint at a time. */
const each =
  (check: (endpoint: DescribedEndpoint, expected: RouteExpectations) => readonly string[]): Rule =>
  (endpoints, expected) =>
    endpoints.flatMap((endpoint) => check(endpoint, expected).map((problem) => `${endpoint.operationId} ${problem}`));

const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];

const without = (values: readonly string[], others: readonly string[]): string[] =>
  values.filter((value) => !others.includes(value));

const isParameter = (segment: string): boolean => segment.startsWith(':');

const shapeOf = ({ method, path }: DescribedEndpoint): string => `${method} ${path.replace(/:[^/]+/g, ':')}`;

/** Whether each path that `special` matches is matched by `general` too. */
const covers = (general: readonly string[], special: readonly string[]): boolean =>
  general.every((segment, index) => isParameter(segment) || segment === special[index]);

const overlap = (a: readonly string[], b: readonly string[]): boolean =>
  a.every((segment, index) => isParameter(segment) || isParameter(b[index] ?? '') || segment === b[index]);

/** Whether an operation takes a text for its parameter, in a place where another path has this very text. */
function takes({ params }: DescribedEndpoint, parameter: string, text: string): boolean {
  const field: unknown = params instanceof z.ZodObject ? params.shape[parameter.slice(1)] : undefined;
  return !(field instanceof z.ZodType) || field.safeParse(text).success;
}

const noPathIsShadowed: Rule = (endpoints) =>
  endpoints.flatMap((first, index) =>
    endpoints.slice(index + 1).flatMap((second) => {
      const [a, b] = [first.path.split('/'), second.path.split('/')];
      if (first.method !== second.method || a.length !== b.length || !overlap(a, b)) return [];
      if (shapeOf(first) === shapeOf(second) || covers(b, a)) return [];
      if (covers(a, b))
        return [`${second.operationId} is shadowed by ${first.operationId}, which is declared before it`];
      const refusesWhatItMisses = b.some((segment, place) => {
        const text = a[place] ?? '';
        return isParameter(segment) && !isParameter(text) && !takes(second, segment, text);
      });
      return refusesWhatItMisses ? [] : [`${second.operationId} and ${first.operationId} match the same paths`];
    }),
  );

const permissionsOf = ({ access: { rule } }: DescribedEndpoint): string[] =>
  'permission' in rule ? [rule.permission] : [];

const responseSchemaOf = ({ success }: DescribedEndpoint): z.ZodType | undefined => {
  if ('schema' in success) return success.schema;
  if ('bare' in success) return success.bare;
  if ('upsert' in success) return success.upsert;
  if ('page' in success) return success.page;
  if ('report' in success) return success.report;
  return 'slice' in success ? success.slice : undefined;
};

const hasId = (schema: z.ZodType | undefined): boolean => {
  if (schema === undefined) return true;
  const named = schema instanceof z.ZodArray && schema.element instanceof z.ZodType ? schema.element : schema;
  return named.meta()?.id !== undefined;
};

const cursorField = fieldsOf(sliceQuery({})).cursor;

function listProblems({ success, query }: DescribedEndpoint): string[] {
  if (!('page' in success) && !('slice' in success)) return [];
  const shape: Readonly<Record<string, unknown>> = query instanceof z.ZodObject ? query.shape : {};
  if (shape.limit !== pageFields.limit) return ['is a list without the shared limit'];
  if ('slice' in success) {
    return isDeepStrictEqual(fieldsOf(query).cursor, cursorField)
      ? []
      : ['is an endless list without the shared cursor'];
  }
  return shape.page === pageFields.page && 'sort' in shape ? [] : ['is a list without the shared page or a sort'];
}

function filledInBy({ method, body }: DescribedEndpoint): string[] {
  if (body === undefined || (method !== 'patch' && method !== 'put')) return [];
  const nothing = body.safeParse({});
  const data: unknown = nothing.success ? nothing.data : {};
  const defaults = Object.entries(fieldsOf(body)).filter(([, field]) => 'default' in field);
  return [...new Set([...Object.keys(data ?? {}), ...defaults.map(([name]) => name)])];
}

const OPERATION_ID = /^([a-z]+)(?:[A-Z][a-z0-9]*)+$/;
const AUDIT_NAME = /^[a-z][a-z_]*(?:\.[a-z][a-z_]*)+$/;

export const routeRules = {
  'unique-operation-id': (endpoints) =>
    repeated(endpoints.map(({ operationId }) => operationId)).map((operationId) => `${operationId} is used twice`),
  'unique-route': (endpoints) => repeated(endpoints.map(shapeOf)).map((shape) => `${shape} is declared twice`),
  'unshadowed-path': noPathIsShadowed,
  'params-in-path': each(({ path, params }) => {
    const inPath = path
      .split('/')
      .filter(isParameter)
      .map((segment) => segment.slice(1));
    const inSchema = Object.keys(fieldsOf(params));
    return [
      ...without(inPath, inSchema).map((name) => `has :${name} in its path only`),
      ...without(inSchema, inPath).map((name) => `has :${name} in its schema only`),
    ];
  }),
  'known-permission': each((endpoint, { permissions }) =>
    without(permissionsOf(endpoint), permissions).map((permission) => `needs the unknown permission ${permission}`),
  ),
  'used-permission': (endpoints, { permissions }) =>
    without(permissions, endpoints.flatMap(permissionsOf)).map((permission) => `${permission} lets nobody do anything`),
  'known-error': each(({ errors }, { errorCodes }) =>
    without(errors, errorCodes).map((code) => `answers the unknown code ${code}`),
  ),
  'strict-input': each(({ params, query, body }) =>
    Object.entries({ params, query, body }).flatMap(([part, schema]) =>
      schema === undefined ? [] : looseParts(schema).map((problem) => `${part}: ${problem}`),
    ),
  ),
  'lone-upload': each(({ upload, body, idempotent }) => [
    ...(upload !== undefined && body !== undefined ? ['takes a file and another body'] : []),
    ...(upload !== undefined && idempotent ? ['takes a file within the transaction of an Idempotency-Key'] : []),
  ]),
  'shared-list-query': each(listProblems),
  'audited-change': each(({ method, audit, isQuestion }) => {
    if (method !== 'get' && !isQuestion && audit === undefined) return ['changes something without an audit entry'];
    return audit === undefined || AUDIT_NAME.test(audit) ? [] : [`calls its audit entry ${audit}`];
  }),
  'named-schema': each((endpoint) => [
    ...(hasId(responseSchemaOf(endpoint)) ? [] : ['answers a schema without an id']),
    ...(endpoint.body === undefined || endpoint.body.meta()?.id !== undefined ? [] : ['takes a body without an id']),
  ]),
  'absent-means-unchanged': each((endpoint) =>
    filledInBy(endpoint).map((field) => `fills in ${field} where it is absent`),
  ),
  'public-list': (endpoints, { publicOperations }) => {
    const open = endpoints.filter(({ access }) => access.rule.kind === 'public').map(({ operationId }) => operationId);
    return [
      ...without(open, publicOperations).map((operationId) => `${operationId} is public and not on the list`),
      ...without(publicOperations, open).map((operationId) => `${operationId} is on the list and not public`),
    ];
  },
  'verb-and-noun': each(({ operationId }) => {
    const verb = OPERATION_ID.exec(operationId)?.[1];
    const isNamed = operationsByThemselves.has(operationId) || (verb !== undefined && operationVerbs.has(verb));
    return isNamed ? [] : ['is not a known verb and a noun in camelCase'];
  }),
  'known-tag': each(({ tags }, expected) => without(tags, expected.tags).map((tag) => `has the unknown tag ${tag}`)),
} as const satisfies Record<string, Rule>;

/** Everything in the table that breaks a rule, as `rule: operation problem`. */
export const violations = (endpoints: Endpoints, expected: RouteExpectations): string[] =>
  Object.entries<Rule>(routeRules).flatMap(([name, rule]) =>
    rule(endpoints, expected).map((problem) => `${name}: ${problem}`),
  );
