import pg from 'pg';

export type Row = Record<string, unknown>;
export type Query = (text: string, values: readonly unknown[]) => Promise<Row[]>;

/** PostgreSQL as one would talk to it by hand: prepared statements, and columns parsed into what the answers hold. */
export interface LimitDatabase {
  readonly query: Query;
  /** Runs `work` on a connection of its own; `work` begins and ends the transaction. */
  onConnection<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const LANES = 4;
const CONNECTIONS = 10;

const TIMESTAMPTZ = 1184;
const NUMERIC = 1700;
const INT8 = 20;

/** "2026-11-20 12:55:43.12+00" -> "2026-11-20T12:55:43.120Z" */
const toIso = (text: string): string =>
  `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}Z`;

/** Amounts are rupees: two of the column's four decimals. */
const parsers: Record<number, (text: string) => unknown> = {
  [TIMESTAMPTZ]: toIso,
  [NUMERIC]: (text) => text.slice(0, -2),
  [INT8]: Number,
};

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => parsers[oid] ?? pg.types.getTypeParser(oid, format),
};

/** @param kind how statements outside transactions run: on a connection each, or pipelined on a few that all requests share */
export function openLimitDatabase(connectionString: string, kind: 'pool' | 'pipeline'): LimitDatabase {
  const config = {
    connectionString,
    options: '-c TimeZone=UTC -c plan_cache_mode=force_generic_plan',
    pipeline: true,
  };
  const names = new Map<string, string>();
  const prepared = (text: string, values: readonly unknown[]): pg.QueryConfig => {
    const name = names.get(text) ?? `s${names.size}`;
    names.set(text, name);
    return { name, text, values: [...values], types };
  };
  const queryOn =
    (client: pg.ClientBase): Query =>
    async (text, values) =>
      (await client.query<Row>(prepared(text, values))).rows;

  const pool = new pg.Pool({ ...config, max: CONNECTIONS });
  const onConnection = async <T>(work: (query: Query) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    try {
      return await work(queryOn(client));
    } finally {
      client.release();
    }
  };
  if (kind === 'pool') {
    return {
      query: async (text, values) => (await pool.query<Row>(prepared(text, values))).rows,
      onConnection,
      close: () => pool.end(),
    };
  }

  const lanes = Array.from({ length: LANES }, () => {
    const client = new pg.Client(config);
    return { query: queryOn(client), connected: client.connect(), close: () => client.end() };
  });
  let turn = 0;
  return {
    async query(text, values) {
      turn = (turn + 1) % LANES;
      const lane = lanes[turn];
      if (lane === undefined) throw new RangeError('There are no lanes');
      await lane.connected;
      return lane.query(text, values);
    },
    onConnection,
    async close() {
      await Promise.all([pool.end(), ...lanes.map((lane) => lane.close())]);
    },
  };
}
