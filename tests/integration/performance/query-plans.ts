import pg from 'pg';
import { z } from 'zod';
import type { DatabaseUrls } from '../../../scripts/lib/database-roles.ts';
import { clientConfig } from '../../../src/config/lane.ts';
import { beginStatement } from '../../../src/config/scoped-pool.ts';
import { platformScope, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import type { RecordedStatement } from '../../support/statement-recorder.ts';

/** A node of EXPLAIN's JSON; the figures are there only when the statement was run. */
const PlanNode = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Index Cond': z.string().optional(),
  'Actual Rows': z.number().default(0),
  'Actual Loops': z.number().default(0),
  'Rows Removed by Filter': z.number().default(0),
  get Plans() {
    return z.array(PlanNode).default([]);
  },
});

export type PlanNode = z.output<typeof PlanNode>;

const Explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: PlanNode })]) })]);

export interface Explainer {
  /** The plan of a statement as the app's connections make it: for its role, in its scope, without knowing its values. */
  explain(statement: RecordedStatement): Promise<PlanNode>;
  /** The same, run and rolled back, with what each node read. */
  analyze(statement: RecordedStatement): Promise<PlanNode>;
  close(): Promise<void>;
}

/** @param tenantId whose rows the tenant's role sees */
export async function openExplainer(urls: DatabaseUrls, tenantId: string): Promise<Explainer> {
  const open = async (connectionString: string): Promise<pg.Client> => {
    const client = new pg.Client(
      clientConfig({ connectionString, applicationName: 'explainer', statementTimeoutMs: 30_000 }),
    );
    await client.connect();
    return client;
  };
  const clients = { tenant: await open(urls.tenantUrl), platform: await open(urls.platformUrl) };
  const scopes = { tenant: tenantScope(asTenantId(tenantId)), platform: platformScope };

  const run = async ({ role, text, values }: RecordedStatement, options: string): Promise<PlanNode> => {
    const client = clients[role];
    const given = values.length === 0 ? '' : `(${values.map(toLiteral).join(', ')})`;
    await client.query(beginStatement(scopes[role]));
    try {
      await client.query(`prepare explained as ${text}`);
      const { rows } = await client.query(`explain (format json${options}) execute explained ${given}`);
      return Explained.parse(rows)[0]['QUERY PLAN'][0].Plan;
    } finally {
      await client.query('rollback');
      await client.query('deallocate all');
    }
  };

  return {
    explain: (statement) => run(statement, ''),
    analyze: (statement) => run(statement, ', analyze, timing off'),
    async close() {
      await Promise.all([clients.tenant.end(), clients.platform.end()]);
    },
  };
}

function toText(value: unknown): string {
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  if (!Array.isArray(value)) return String(value);
  return `{${value.map((item) => (item === null ? 'null' : JSON.stringify(toText(item)))).join(',')}}`;
}

const toLiteral = (value: unknown): string =>
  value === null || value === undefined ? 'null' : pg.escapeLiteral(toText(value));

/** A plan's nodes, the outermost first. */
const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...plan.Plans.flatMap(nodesOf)];

/** The rows that a plan took from large tables. */
const rowsRead = (plan: PlanNode, { large }: TableFacts): number =>
  nodesOf(plan)
    .filter((node) => large.has(node['Relation Name'] ?? ''))
    .reduce((sum, node) => sum + (node['Actual Rows'] + node['Rows Removed by Filter']) * node['Actual Loops'], 0);

/** The most rows that one of a plan's sorts was given. */
const mostRowsSorted = (plan: PlanNode): number =>
  Math.max(
    0,
    ...nodesOf(plan)
      .filter((node) => node['Node Type'].endsWith('Sort'))
      .flatMap((sort) => sort.Plans.map((input) => input['Actual Rows'] * input['Actual Loops'])),
  );

export const indexesOf = (plan: PlanNode): string[] => nodesOf(plan).flatMap((node) => node['Index Name'] ?? []);

/** What the rules need to know of tables and indexes. */
export interface TableFacts {
  /** Tables that must not be read as a whole. */
  readonly large: ReadonlySet<string>;
  /** Of each index its first column, or null for an expression; `partial` ones hold only what waits. */
  readonly indexes: ReadonlyMap<
    string,
    { readonly table: string; readonly first: string | null; readonly partial: boolean }
  >;
}

/** Rows from which on reading a whole table is a defect. */
const LARGE = 1000;

export async function readTableFacts(
  rows: <Row extends pg.QueryResultRow>(text: string) => Promise<Row[]>,
): Promise<TableFacts> {
  const large = await rows<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples > ${LARGE}`,
  );
  const indexes = await rows<{ name: string; table: string; first: string | null; partial: boolean }>(`
    select indexes.relname as name, tables.relname as table, attname as first, indpred is not null as partial
    from pg_index
    join pg_class indexes on indexes.oid = indexrelid
    join pg_class tables on tables.oid = indrelid and tables.relnamespace = 'public'::regnamespace
    left join pg_attribute on attrelid = indrelid and attnum = indkey[0]`);
  return {
    large: new Set(large.map(({ name }) => name)),
    indexes: new Map(indexes.map(({ name, ...index }) => [name, index])),
  };
}

/**
 * What is wrong with how a statement finds its rows: a large table is read as a whole, an index is not entered by its first
 * column, or, for a tenant, by anything but the tenant. An operator's page may walk along an index, since the page ends the
 * walk, and so may whoever looks for work along a partial one, which holds only what waits.
 */
export function accessProblems(plan: PlanNode, role: RecordedStatement['role'], facts: TableFacts): string[] {
  const walk = (node: PlanNode, isEnded: boolean): string[] => [
    ...nodeProblems(node, role, facts, isEnded),
    ...node.Plans.flatMap((child) => walk(child, isEndedBelow(node, isEnded))),
  ];
  return walk(plan, false);
}

/** Whether somebody above takes only so many rows of a node's input. */
const isEndedBelow = ({ 'Node Type': type }: PlanNode, isEnded: boolean): boolean =>
  type === 'Limit' || (isEnded && !/Sort$|Aggregate|Hash/.test(type));

function nodeProblems(node: PlanNode, role: RecordedStatement['role'], facts: TableFacts, isEnded: boolean): string[] {
  const { 'Node Type': type, 'Relation Name': table = '', 'Index Name': indexName, 'Index Cond': condition } = node;
  if (type === 'Seq Scan') return facts.large.has(table) ? [`reads all of ${table}`] : [];
  const index = indexName === undefined ? undefined : facts.indexes.get(indexName);
  if (index === undefined || !facts.large.has(index.table)) return [];
  if (condition === undefined) {
    return role === 'platform' && (index.partial || isEnded) ? [] : [`walks along all of ${indexName}`];
  }
  const entry = role === 'tenant' ? (index.table === 'tenants' ? 'id' : 'tenant_id') : index.first;
  return entry === null || new RegExp(`\\((?:ROW\\()?${entry}\\b`).test(condition)
    ? []
    : [`enters ${indexName} without its ${entry}`];
}

/** What is wrong with a statement that was run and may read so many rows of large tables. */
export const readingProblems = (plan: PlanNode, most: number, facts: TableFacts): string[] =>
  rowsRead(plan, facts) > most ? ['reads more rows than it needs'] : [];

/** What is wrong with a page that was fetched: it may only sort what it shows, unless it is of a table that stays short. */
export const sortingProblems = (plan: PlanNode, pageSize: number, facts: TableFacts): string[] =>
  rowsRead(plan, facts) > 0 && mostRowsSorted(plan) > pageSize ? ['sorts more than a page'] : [];
