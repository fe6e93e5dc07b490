import pg from 'pg';
import type { RowScope, Scope } from '../types/context.ts';
import { DatabaseUnavailableError, isConnectionFailure } from './connection-failure.ts';
import { type ConnectionOptions, clientConfig, isStalePlan, Lane } from './lane.ts';
import { scopeStorage } from './scope-storage.ts';

export interface ScopedPoolOptions {
  readonly tenantUrl: string;
  readonly platformUrl: string;
  /** Pipelined connections for statements outside transactions, per role. */
  readonly lanes: number;
  /** Connections for transactions, per role. */
  readonly transactions: number;
  readonly statementTimeoutMs: number;
  /** false: a connection is checked out for each statement and its tenant set in a transaction of its own. */
  readonly pipeline: boolean;
}

interface Role {
  readonly lanes: readonly Lane[];
  readonly connections: pg.Pool;
}

/**
 * The one place that tells the database whose rows exist. Each statement runs on a connection of its scope's role, with its
 * tenant in front of the same Sync; without a scope nothing runs at all.
 */
export class ScopedPool extends pg.Pool {
  readonly #roles: { readonly tenant: Role; readonly platform: Role };
  readonly #pipeline: boolean;

  constructor(options: ScopedPoolOptions) {
    super({ max: 1 });
    const role = (connectionString: string, name: string): Role => {
      const connection: ConnectionOptions = {
        connectionString,
        applicationName: `rowhouse-${name}`,
        statementTimeoutMs: options.statementTimeoutMs,
      };
      const connections = new pg.Pool({
        ...clientConfig(connection),
        max: options.transactions,
        idleTimeoutMillis: 30_000,
      });
      connections.on('error', (error) => this.emit('error', error));
      // While a connection is checked out the pool does not listen: one that is lost then would end the process.
      connections.on('connect', (client) => client.on('error', () => undefined));
      return { lanes: Array.from({ length: options.lanes }, () => new Lane(connection)), connections };
    };
    this.#roles = { tenant: role(options.tenantUrl, 'tenant'), platform: role(options.platformUrl, 'platform') };
    this.#pipeline = options.pipeline;
    this.setMaxListeners(0);
    Object.defineProperties(this, {
      query: { value: (config: pg.QueryConfig) => this.run(requireScope(), config) },
      connect: { value: () => Promise.reject(new Error('Transactions start in repositories/base only')) },
    });
  }

  /** Runs one statement in a scope. */
  run(scope: Scope, config: pg.QueryConfig): Promise<pg.QueryResult> {
    const rows = rowScope(scope);
    const tenantId = rows.kind === 'tenant' ? rows.tenantId : null;
    return this.#pipeline ? this.#leastBusy(rows).run(tenantId, config) : this.#runPlainly(rows, config);
  }

  /** A connection of the scope's role for one transaction; the caller begins, ends and releases it. */
  async checkOut(scope: Scope): Promise<pg.PoolClient> {
    const { kind } = rowScope(scope);
    try {
      return await this.#roles[kind].connections.connect();
    } catch (error) {
      throw new DatabaseUnavailableError(error);
    }
  }

  /** What the metrics show of a role. */
  stats(kind: RowScope['kind']): {
    lanes: number;
    connectedLanes: number;
    inFlight: number;
    transactions: number;
    waiting: number;
  } {
    const { lanes, connections } = this.#roles[kind];
    return {
      lanes: lanes.length,
      connectedLanes: lanes.filter((lane) => lane.connected).length,
      inFlight: lanes.reduce((sum, lane) => sum + lane.inFlight, 0),
      transactions: connections.totalCount - connections.idleCount,
      waiting: connections.waitingCount,
    };
  }

  /** Waits for what is running, then closes every connection. */
  async close(): Promise<void> {
    const roles = [this.#roles.tenant, this.#roles.platform];
    await Promise.all(roles.flatMap((role) => [...role.lanes.map((lane) => lane.close()), role.connections.end()]));
  }

  /** The least busy connected lane; those that are not connected wait for the database in the background. */
  #leastBusy(scope: RowScope): Lane {
    let best: Lane | undefined;
    for (const lane of this.#roles[scope.kind].lanes) {
      lane.connectInBackground();
      if (best === undefined || isPreferred(lane, best)) best = lane;
    }
    if (best === undefined) throw new RangeError('The pool has no lanes');
    return best;
  }

  async #runPlainly(scope: RowScope, config: pg.QueryConfig): Promise<pg.QueryResult> {
    const client = await this.checkOut(scope);
    let failure: unknown;
    try {
      if (scope.kind === 'platform') return await client.query(config);
      await client.query(beginStatement(scope));
      const result = await client.query(config);
      await client.query('commit');
      return result;
    } catch (error) {
      failure = error;
      await client.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      client.release(spoilsConnection(failure));
    }
  }
}

const isPreferred = (lane: Lane, other: Lane): boolean =>
  lane.connected === other.connected ? lane.inFlight < other.inFlight : lane.connected;

/** BEGIN and the transaction's tenant in one message. */
export const beginStatement = (scope: Scope): string =>
  scope.kind === 'tenant'
    ? `begin; select set_config('app.tenant_id', ${pg.escapeLiteral(scope.tenantId)}, true)`
    : 'begin';

/** Whether a connection must not be used again after an error. */
export const spoilsConnection = (error: unknown): boolean => isConnectionFailure(error) || isStalePlan(error);

/** @throws Error in a scope without rows: it never widens into one that has some */
function rowScope(scope: Scope): RowScope {
  if (scope.kind === 'self') throw new Error('Who works for no tenant has no rows: the service has to rescope');
  return scope;
}

function requireScope(): Scope {
  const scope = scopeStorage.getStore();
  if (scope === undefined) throw new Error('No scope: the ORM is used through repositories/base only');
  return scope;
}
