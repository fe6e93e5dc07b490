import type pg from 'pg';
import type { DatabaseConnections } from '../../config/database.ts';
import type { OrmClient } from '../../config/orm.ts';
import { scopeStorage } from '../../config/scope-storage.ts';
import type { Context } from '../../types/context.ts';
import { columnTypes, toParameter } from './column-types.ts';
import type { Statement } from './statement.ts';
import { connectionOf } from './transaction.ts';

/** What repositories read and write with. In a transaction's context everything runs on the transaction's connection. */
export interface Database {
  /** Runs a statement in the scope of `ctx`. Times come as ISO 8601 strings, numerics as decimal strings. */
  query<Row extends pg.QueryResultRow>(ctx: Context, statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs a statement and counts the rows it touched. */
  execute(ctx: Context, statement: Statement, values?: readonly unknown[]): Promise<number>;
  /** Calls the ORM in the scope of `ctx`; one call, or several one after the other. */
  orm<T>(ctx: Context, work: (client: OrmClient) => Promise<T>): Promise<T>;
}

export function createDatabase(connections: DatabaseConnections): Database {
  const run = (ctx: Context, { text }: Statement, values: readonly unknown[]): Promise<pg.QueryResult> => {
    const config = { name: connections.nameOf(text), text, values: values.map(toParameter), types: columnTypes };
    return ctx.tx === null
      ? connections.pool.run(ctx.scope, config)
      : connectionOf(ctx.tx, ctx.scope).wire.query(config);
  };
  return {
    async query<Row extends pg.QueryResultRow>(ctx: Context, statement: Statement, values: readonly unknown[] = []) {
      const result: pg.QueryResult<Row> = await run(ctx, statement, values);
      return result.rows;
    },
    async execute(ctx, statement, values = []) {
      return (await run(ctx, statement, values)).rowCount ?? 0;
    },
    async orm(ctx, work) {
      if (ctx.tx !== null) return connectionOf(ctx.tx, ctx.scope).orm(work);
      return scopeStorage.run(ctx.scope, async () => await work(connections.orm));
    },
  };
}
