import { createRequire } from 'node:module';
import pg from 'pg';

/**
 * The parts of pg's connection and query that are not in its types. They are internals: pg is pinned exactly, this file is the
 * only one that uses them, and tests/integration/database/scoped-pool.test.ts holds them to account.
 */
interface WireConnection {
  bind(config: { portal: string; statement: string; values: readonly string[] }): void;
  execute(config: { portal: string; rows: number }): void;
}

interface WireQuery extends pg.Submittable {
  prepare(connection: WireConnection): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
  callback: (error: Error | null, result: pg.QueryArrayResult | pg.QueryResult) => void;
}

type WireQueryConstructor = new (config: pg.QueryConfig, values: unknown, callback: WireQuery['callback']) => WireQuery;

const isQueryConstructor = (value: unknown): value is WireQueryConstructor =>
  typeof value === 'function' && 'prototype' in value;

const query: unknown = pg.Query;
if (!isQueryConstructor(query))
  throw new TypeError('pg.Query is not a constructor: this version of pg is not supported');
const Query = query;

/** Prepared on every lane when it opens, so that a scoped query needs no Parse of its own for it. */
export const SET_SCOPE = { name: 'rowhouse_scope', text: "select set_config('app.tenant_id', $1, true)" } as const;

/**
 * A query that carries its tenant: set_config and the statement go out in front of ONE Sync, so that both are one implicit
 * transaction and one round trip, and the setting is gone with its end.
 */
export class ScopedQuery extends Query {
  readonly #tenantId: string;
  #scopeAnswered = false;

  constructor(tenantId: string, config: pg.QueryConfig, callback: WireQuery['callback']) {
    super(config, undefined, callback);
    this.#tenantId = tenantId;
  }

  /** pg sends a query without values and name as a simple one, which could not share a Sync. */
  requiresPreparation(): boolean {
    return true;
  }

  override prepare(connection: WireConnection): void {
    connection.bind({ portal: '', statement: SET_SCOPE.name, values: [this.#tenantId] });
    connection.execute({ portal: '', rows: 0 });
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.#scopeAnswered) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.#scopeAnswered) super.handleCommandComplete(message, connection);
    else this.#scopeAnswered = true;
  }
}

/** The version of pg whose internals ScopedQuery was tested with. */
export const PG_VERSION: string = createRequire(import.meta.url)('pg/package.json').version;
