import pg from 'pg';
import { DatabaseUnavailableError } from './connection-failure.ts';
import { ScopedQuery, SET_SCOPE } from './scoped-query.ts';
import { sqlStateOf } from './sql-state.ts';

const RECONNECT_DELAYS_MS = [50, 100, 250, 500, 1000, 2000];

/** Connection settings shared by lanes and transaction connections. */
export interface ConnectionOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly statementTimeoutMs: number;
}

/** pg's settings of one connection. Time zone and generic plans are fixed so that statements answer alike everywhere. */
export const clientConfig = (options: ConnectionOptions): pg.ClientConfig & { pipeline: boolean } => ({
  connectionString: options.connectionString,
  application_name: options.applicationName,
  connectionTimeoutMillis: 5000,
  keepAlive: true,
  statement_timeout: options.statementTimeoutMs,
  lock_timeout: 5000,
  idle_in_transaction_session_timeout: 15_000,
  query_timeout: options.statementTimeoutMs + 5000,
  options: '-c TimeZone=UTC -c plan_cache_mode=force_generic_plan',
  pipeline: true,
});

const MISSING_STATEMENT = '26000';
const UNSUPPORTED = '0A000';

/** A prepared statement that another connection's DDL has changed the columns of: it fails until it is prepared anew. */
export const isStalePlan = (error: unknown): boolean =>
  sqlStateOf(error) === UNSUPPORTED && String(error).includes('cached plan must not change result type');

/**
 * One pipelined connection that many requests share: statements are written as they come and answered in order.
 * A broken connection fails what is on the wire and is replaced; it is never left half-dead.
 */
export class Lane {
  readonly #options: ConnectionOptions;
  #client: Promise<pg.Client> | null = null;
  #ready: pg.Client | null = null;
  #failures = 0;
  #retryAt = 0;
  #closed = false;
  #inFlight = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Statements written and not yet answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get connected(): boolean {
    return this.#ready !== null;
  }

  /** Connects while others do the work. */
  connectInBackground(): void {
    if (this.#client === null && Date.now() >= this.#retryAt) this.#connect().catch(() => undefined);
  }

  /**
   * Runs one statement in the given tenant's scope, or without a tenant for null.
   * @throws DatabaseUnavailableError when there is no connection to be had
   */
  async run(tenantId: string | null, config: pg.QueryConfig): Promise<pg.QueryResult> {
    this.#inFlight += 1;
    try {
      const client = this.#ready ?? (await this.#connect());
      try {
        return await send(client, tenantId, config);
      } catch (error) {
        if (isStalePlan(error)) this.#retire(client);
        else if (sqlStateOf(error) !== MISSING_STATEMENT) throw error;
      }
      // It never started: its Parse was on the wire under the same name, and failed; or its plan was stale.
      return await send(client, tenantId, { ...config, name: undefined });
    } finally {
      this.#inFlight -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => null);
    this.#ready = null;
    await client?.end();
  }

  #connect(): Promise<pg.Client> {
    if (this.#closed) return Promise.reject(new DatabaseUnavailableError(new Error('the pool is closed')));
    if (this.#client !== null) return this.#client;
    if (Date.now() < this.#retryAt)
      return Promise.reject(new DatabaseUnavailableError(new Error('waiting to reconnect')));
    const client = new pg.Client(clientConfig(this.#options));
    const opened = this.#open(client).catch((error: unknown) => {
      this.#forget(client, opened);
      client.end().catch(() => undefined);
      this.#retryAt = Date.now() + (RECONNECT_DELAYS_MS[Math.min(this.#failures, RECONNECT_DELAYS_MS.length - 1)] ?? 0);
      this.#failures += 1;
      throw new DatabaseUnavailableError(error);
    });
    client.on('error', () => this.#forget(client, opened));
    client.on('end', () => this.#forget(client, opened));
    this.#client = opened;
    return opened;
  }

  async #open(client: pg.Client): Promise<pg.Client> {
    await client.connect();
    await client.query({ name: SET_SCOPE.name, text: SET_SCOPE.text, values: [''] });
    this.#ready = client;
    this.#failures = 0;
    return client;
  }

  /** A connection reports its end more than once: by then another may have taken its place. */
  #forget(client: pg.Client, opened: Promise<pg.Client>): void {
    if (this.#ready === client) this.#ready = null;
    if (this.#client === opened) this.#client = null;
  }

  /** Sends nothing new on a connection, and closes it when the rest has been answered. */
  #retire(client: pg.Client): void {
    if (this.#ready !== client) return;
    this.#ready = null;
    this.#client = null;
    setImmediate(() => void client.end().catch(() => undefined));
  }
}

function send(client: pg.Client, tenantId: string | null, config: pg.QueryConfig): Promise<pg.QueryResult> {
  if (tenantId === null) return client.query(config);
  return new Promise((resolve, reject) => {
    client.query(
      new ScopedQuery(tenantId, config, (error, result) => (error === null ? resolve(result) : reject(error))),
    );
  });
}
