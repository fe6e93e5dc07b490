import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import { DatabaseError, Pool } from 'pg';

export type SchemaEngine = engine.SchemaEngine;

/** Called with the script that failed and the server's own error, which says where: the engine passes neither on. */
export type ScriptFailureListener = (script: string, error: DatabaseError) => void;

/** No table or enum is managed outside of the migrations. */
export const NO_FILTERS = { externalTables: [], externalEnums: [] };

let loading: Promise<void> | undefined;

/** The engine's ten-second timers (it guards its lock with one) must not keep a finished program alive. */
const withoutLingeringTimers = (imports: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(imports).map(([name, value]) =>
      name.startsWith('__wbg_setTimeout_')
        ? [name, (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds).unref()]
        : [name, value],
    ),
  );

const instantiate = async (): Promise<void> => {
  const require = createRequire(import.meta.url);
  const directory = dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const bytes = readFileSync(join(directory, 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': withoutLingeringTimers({ ...engine }),
  });
  engine.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start === 'function') start();
};

const toDriverError = (error: DatabaseError): DriverAdapterError =>
  new DriverAdapterError({
    kind: 'postgres',
    code: error.code ?? '',
    severity: error.severity ?? 'ERROR',
    message: error.message,
    detail: error.detail,
    column: error.column,
    hint: error.hint,
  });

/**
 * The adapter's own `executeScript` cuts a script at every semicolon, also within function bodies and literals. Sent as
 * one query without parameters, PostgreSQL runs the whole script in one implicit transaction, as with Prisma's native
 * engine.
 */
const adapterOfWholeScripts = (pool: Pool, onScriptFailure: ScriptFailureListener) => {
  const factory = new PrismaPg(pool);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: async () => await factory.connectToShadowDb(),
    connect: async () => {
      const adapter = await factory.connect();
      adapter.executeScript = async (script) => {
        try {
          await pool.query(script);
        } catch (error) {
          if (!(error instanceof DatabaseError)) throw error;
          onScriptFailure(script, error);
          throw toDriverError(error);
        }
      };
      return adapter;
    },
  } satisfies SqlMigrationAwareDriverAdapterFactory;
};

const refuse = async (): Promise<never> => {
  throw new Error('This schema engine has no database.');
};

/** Answers the one question that the engine asks every database when it starts; comparing schemas needs no more. */
const adapterWithoutDatabase = (): SqlMigrationAwareDriverAdapterFactory => {
  const adapter: SqlDriverAdapter = {
    provider: 'postgres',
    adapterName: 'none',
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
      rows: [[true, 'PostgreSQL 18', 180_000]],
    }),
    executeRaw: refuse,
    executeScript: refuse,
    startTransaction: refuse,
    dispose: async () => undefined,
  };
  return { provider: 'postgres', adapterName: 'none', connect: async () => adapter, connectToShadowDb: refuse };
};

const runEngine = async <Result>(
  factory: SqlMigrationAwareDriverAdapterFactory,
  use: (schemaEngine: SchemaEngine) => Promise<Result>,
): Promise<Result> => {
  loading ??= instantiate();
  await loading;
  const adapter = bindMigrationAwareSqlAdapterFactory(factory);
  const schemaEngine = await engine.SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
  try {
    return await use(schemaEngine);
  } finally {
    schemaEngine.free();
  }
};

/**
 * Runs `use` with Prisma's own schema engine, as WebAssembly over `pg`, so that nothing has to be downloaded. It holds
 * one connection to `databaseUrl` meanwhile.
 */
export const withSchemaEngine = async <Result>(
  databaseUrl: string,
  onScriptFailure: ScriptFailureListener,
  use: (schemaEngine: SchemaEngine) => Promise<Result>,
): Promise<Result> => {
  const pool = new Pool({ connectionString: databaseUrl, max: 1, application_name: 'rowhouse-migrate' });
  try {
    return await runEngine(adapterOfWholeScripts(pool, onScriptFailure), use);
  } finally {
    await pool.end();
  }
};

/** Runs `use` with the schema engine and no database, for what needs only schema files. */
export const withOfflineSchemaEngine = async <Result>(
  use: (schemaEngine: SchemaEngine) => Promise<Result>,
): Promise<Result> => await runEngine(adapterWithoutDatabase(), use);
