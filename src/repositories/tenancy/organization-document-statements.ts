import { statement, statementFamily } from '../base/statement.ts';

const COLUMNS = 'id, body, version, created_at as "createdAt", updated_at as "updatedAt"';

/** Which conditions a list has. Their fields and values are parameters, so that there is a bounded number of statements. */
export interface DocumentConditions {
  /** `$n`: what the body must contain. */
  readonly contains: boolean;
  /** So many pairs of parameters, of which the body must contain one. */
  readonly either: string;
  /** `$n::jsonb[]`: what the body must not contain. */
  readonly without: boolean;
  /** `$n::jsonpath[]`, `$m::jsonb[]`: paths that must lead to something, and their variables. */
  readonly paths: boolean;
  /** `$n::jsonpath[]`: paths that must lead to nothing. */
  readonly absent: boolean;
}

/** Whether a path leads to something; an error on its way, such as a member of what is no object, means that it does not. */
const LEADS_SOMEWHERE = 'coalesce(jsonb_path_exists(body, path, variables, true), false)';

function whereClause({ contains, either, without, paths, absent }: DocumentConditions): { text: string; next: number } {
  let next = 1;
  const parameter = () => `$${next++}`;
  const conditions = [
    ...(contains ? [`body @> ${parameter()}::jsonb`] : []),
    ...Array.from({ length: Number(either) }, () => `(body @> ${parameter()}::jsonb or body @> ${parameter()}::jsonb)`),
    ...(without ? [`not body @> any (${parameter()}::jsonb[])`] : []),
    ...(paths
      ? [
          `(select bool_and(${LEADS_SOMEWHERE}) from unnest(${parameter()}::jsonpath[], ${parameter()}::jsonb[]) as asked (path, variables))`,
        ]
      : []),
    ...(absent
      ? [
          `(select not bool_or(coalesce(jsonb_path_exists(body, path, '{}', true), false)) from unnest(${parameter()}::jsonpath[]) as asked (path))`,
        ]
      : []),
  ];
  return { text: conditions.length === 0 ? 'true' : conditions.join(' and '), next };
}

type ConditionParts = readonly [contains: boolean, either: string, without: boolean, paths: boolean, absent: boolean];

export const partsOf = ({ contains, either, without, paths, absent }: DocumentConditions): ConditionParts => [
  contains,
  either,
  without,
  paths,
  absent,
];

const conditionsOf = ([contains, either, without, paths, absent]: ConditionParts): DocumentConditions => ({
  contains,
  either,
  without,
  paths,
  absent,
});

const ORDERS = { createdAt: 'created_at', updatedAt: 'updated_at' } as const;

export type DocumentOrderKind = keyof typeof ORDERS | 'field';

/**
 * Values: the conditions', the path of the field to sort by if it is one (text[]), then limit and offset. What equality finds is
 * found before it is sorted: a plan that walks along the order of times, in the hope of matches, may walk over all documents.
 */
export const listStatement = statementFamily(
  (by: DocumentOrderKind, direction: 'asc' | 'desc', ...parts: ConditionParts) => {
    const { text, next } = whereClause(conditionsOf(parts));
    const [key, limit] = by === 'field' ? [`body #> $${next}::text[]`, next + 1] : [ORDERS[by], next];
    const [contains, either] = parts;
    const isEquality = contains || either !== '0';
    const order = (of: string) => `order by ${of} ${direction}${by === 'field' ? ' nulls last' : ''}, id ${direction}`;
    const page = `limit $${limit} offset $${limit + 1}`;
    if (!isEquality) return `select ${COLUMNS} from documents where ${text} ${order(key)} ${page}`;
    return `
      with matching as materialized (select id, ${key} as key from documents where ${text}),
      page as (select id, key from matching ${order('key')} ${page})
      select ${COLUMNS} from page join documents using (id) ${order('key')}`;
  },
);

export const countStatement = statementFamily(
  (...parts: ConditionParts) =>
    `select count(*) as total from documents where ${whereClause(conditionsOf(parts)).text}`,
);

export const COUNT = statement('select count(*) as total from documents');
export const FIND = statement(`select ${COLUMNS} from documents where id = $1`);
export const LOCK = statement(`select ${COLUMNS} from documents where id = $1 for update`);

/** $1 ids, $2 bodies as JSON texts, $3 the time. */
export const INSERT = statement(`
  insert into documents (id, body, created_at, updated_at)
  select id, body::jsonb, $3, $3 from unnest($1::uuid[], $2::text[]) as given (id, body)
  returning ${COLUMNS}`);

export const REPLACE = statement(`
  update documents set body = $2::text::jsonb, version = version + 1, updated_at = $3 where id = $1 returning ${COLUMNS}`);

export const DELETE = statement('delete from documents where id = $1');

/** Bytes of JSON text that are read at once, so that memory does not depend on how large documents are. */
const BATCH_BYTES = 2_000_000;
const BATCH_DOCUMENTS = 200;

const isoTime = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** A document as a line of JSON, whose body is jsonb's own text: the same for the same value, whoever wrote it. */
const LINE = `
  format('{"id":"%s","version":%s,"createdAt":"%s","updatedAt":"%s","body":%s}',
    id, version, ${isoTime('created_at')}, ${isoTime('updated_at')}, body)`;

/** The documents after $1 as lines, in the order of their ids: as many as fit in a batch, and one at least. */
export const READ_LINES = statement(`
  select id, line from (
    select id, line, row_number() over (order by id) as place, sum(octet_length(line)) over (order by id) as bytes
    from (
      select id, ${LINE} as line
      from documents where id > $1 order by id limit ${BATCH_DOCUMENTS}
    ) as following
  ) as batch
  where bytes <= ${BATCH_BYTES} or place = 1
  order by id`);

/** $1 lines that READ_LINES has written. */
export const WRITE_LINES = statement(`
  insert into documents (id, body, version, created_at, updated_at)
  select (line->>'id')::uuid, line->'body', (line->>'version')::integer, (line->>'createdAt')::timestamptz, (line->>'updatedAt')::timestamptz
  from unnest($1::jsonb[]) as given (line)`);
