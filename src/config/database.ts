import type pg from 'pg';
import type { Scope } from '../types/context.ts';
import type { Environment } from './environment.ts';
import { type ConnectionOrm, createConnectionOrm, createOrm, type OrmClient } from './orm.ts';
import { ScopedPool } from './scoped-pool.ts';
import { createStatementNames } from './statement-names.ts';

/** A connection that is checked out for one transaction. */
export interface TransactionConnection {
  readonly wire: pg.PoolClient;
  /** Calls the ORM on this very connection. */
  orm<T>(work: (client: OrmClient) => Promise<T>): Promise<T>;
  /** Refuses the ORM from now on, also to whoever kept its client. */
  closeOrm(): void;
}

/** The database as repositories/base sees it; nobody else imports this. */
export interface DatabaseConnections {
  readonly pool: ScopedPool;
  readonly orm: OrmClient;
  readonly nameOf: (text: string) => string | undefined;
  checkOut(scope: Scope): Promise<TransactionConnection>;
  close(): Promise<void>;
}

type DatabaseSettings = Pick<
  Environment,
  | 'DATABASE_TENANT_URL'
  | 'DATABASE_PLATFORM_URL'
  | 'DATABASE_LANES'
  | 'DATABASE_TRANSACTIONS'
  | 'DATABASE_PIPELINE'
  | 'DATABASE_STATEMENT_TIMEOUT_MS'
>;

/** Opens the pools of both roles. Connections are made when first needed. */
export function createDatabaseConnections(settings: DatabaseSettings): DatabaseConnections {
  const pool = new ScopedPool({
    tenantUrl: settings.DATABASE_TENANT_URL,
    platformUrl: settings.DATABASE_PLATFORM_URL,
    lanes: settings.DATABASE_LANES,
    transactions: settings.DATABASE_TRANSACTIONS,
    statementTimeoutMs: settings.DATABASE_STATEMENT_TIMEOUT_MS,
    pipeline: settings.DATABASE_PIPELINE,
  });
  const nameOf = createStatementNames();
  const { client, close } = createOrm(pool, nameOf);
  const ormOfConnection = new WeakMap<pg.PoolClient, ConnectionOrm>();

  const ormOn = (wire: pg.PoolClient): ConnectionOrm => {
    const known = ormOfConnection.get(wire);
    if (known !== undefined) return known;
    const orm = createConnectionOrm(wire, nameOf);
    ormOfConnection.set(wire, orm);
    return orm;
  };

  return {
    pool,
    orm: client,
    nameOf,
    async checkOut(scope) {
      const wire = await pool.checkOut(scope);
      const transaction = Symbol('transaction');
      return {
        wire,
        orm: (work) => ormOn(wire).run(transaction, work),
        closeOrm: () => ormOfConnection.get(wire)?.close(transaction),
      };
    },
    async close() {
      await close();
      await pool.close();
    },
  };
}
