import pg from 'pg';
import { ScopedQuery, SET_SCOPE } from './scoped-query.ts';

/** The database did not answer: callers see 503, and the next request finds it again without a restart. */
export class DatabaseUnavailableError extends Error {
  constructor(cause: unknown) {
    super('The database is not available', { cause });
    this.name = 'DatabaseUnavailableError';
  }
}

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

  /**
   * Runs one statement in the given tenant's scope, or without a tenant for null.
   * @throws DatabaseUnavailableError when there is no connection to be had
   */
  async run(tenantId: string | null, config: pg.QueryConfig): Promise<pg.QueryResult> {
    this.#inFlight += 1;
    try {
      const client = this.#ready ?? (await this.#connect());
      if (tenantId === null) return await client.query(config);
      return await new Promise((resolve, reject) => {
        client.query(
          new ScopedQuery(tenantId, config, (error, result) => (error === null ? resolve(result) : reject(error))),
        );
      });
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
    const lost = () => {
      if (this.#ready === client) this.#ready = null;
      this.#client = null;
    };
    client.on('error', lost);
    client.on('end', lost);
    this.#client = this.#open(client).catch((error: unknown) => {
      this.#client = null;
      this.#retryAt = Date.now() + (RECONNECT_DELAYS_MS[Math.min(this.#failures, RECONNECT_DELAYS_MS.length - 1)] ?? 0);
      this.#failures += 1;
      throw new DatabaseUnavailableError(error);
    });
    return this.#client;
  }

  async #open(client: pg.Client): Promise<pg.Client> {
    await client.connect();
    await client.query({ name: SET_SCOPE.name, text: SET_SCOPE.text, values: [''] });
    this.#ready = client;
    this.#failures = 0;
    return client;
  }
}
