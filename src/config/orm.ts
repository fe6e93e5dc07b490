import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../generated/prisma/client.ts';

/** Calls that Prisma merges across callers of the same tick: they would run one tenant's query in another's scope. */
type MergedCalls = 'findUnique' | 'findUniqueOrThrow';

type ModelName = Uncapitalize<Prisma.ModelName>;

/** Prisma's models without the calls that leak between tenants. Raw SQL and transactions go through repositories/base. */
export type OrmClient = { readonly [M in ModelName]: Omit<PrismaClient[M], MergedCalls> };

const MERGED_CALLS: readonly MergedCalls[] = ['findUnique', 'findUniqueOrThrow'];

const MODEL_NAMES: ReadonlySet<string> = new Set(
  Object.keys(Prisma.ModelName).map((name) => `${name.charAt(0).toLowerCase()}${name.slice(1)}`),
);

const isModelName = (name: string | symbol): name is ModelName => typeof name === 'string' && MODEL_NAMES.has(name);

/** Opens an ORM client on a pool; `close` leaves the pool alone. */
export function createOrm(pool: pg.Pool, nameOf: (text: string) => string | undefined) {
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: (query) => nameOf(query.sql) ?? '' }),
    errorFormat: 'minimal',
  });
  return { client: withoutMergedCalls(prisma), close: () => prisma.$disconnect() };
}

/** The types forbid these calls; this stops whoever gets around the types. */
function withoutMergedCalls(prisma: PrismaClient): OrmClient {
  const refused = Object.fromEntries(
    MERGED_CALLS.map((call) => [
      call,
      {
        value: () => {
          throw new Error(`${call} is merged across tenants by Prisma: use findFirst with the tenant in its predicate`);
        },
      },
    ]),
  );
  const models = new Map<string, object>();
  return new Proxy(prisma, {
    get(target, property) {
      if (!isModelName(property)) {
        if (!String(property).startsWith('$')) return undefined;
        throw new Error(
          `${String(property)} is not for repositories: statements and transactions go through repositories/base`,
        );
      }
      const known = models.get(property);
      if (known !== undefined) return known;
      const delegate = Object.create(target[property], refused);
      models.set(property, delegate);
      return delegate;
    },
  });
}

/** The transaction whose ORM call is being awaited. */
const callingTransaction = new AsyncLocalStorage<symbol>();

/** A transaction that Prisma opens by itself (nested writes) becomes a savepoint of the one that is open already. */
const SAVEPOINTS: ReadonlyMap<string, string> = new Map([
  ['BEGIN', 'savepoint prisma'],
  ['COMMIT', 'release savepoint prisma'],
  ['ROLLBACK', 'rollback to savepoint prisma; release savepoint prisma'],
]);

/**
 * A pool that is one connection inside a transaction that somebody else began. It outlives the transaction, since an ORM client
 * is dear to make, so it serves the calls of the transaction that is open on the connection and no others.
 */
class ConnectionView extends pg.Pool {
  #transaction: symbol | null = null;
  /** Ends with the last savepoint: inside one, only its own statements may run, since its rollback undoes all of them. */
  #savepoint: Promise<void> = Promise.resolve();

  constructor(connection: pg.PoolClient) {
    super({ max: 1 });
    this.setMaxListeners(0);
    const send = (config: pg.QueryConfig) => {
      if (callingTransaction.getStore() !== this.#transaction) throw new Error('This transaction has ended');
      return connection.query(config);
    };
    Object.defineProperties(this, {
      query: { value: (config: pg.QueryConfig) => this.#savepoint.then(() => send(config)) },
      connect: {
        value: async () => {
          const release = await this.#enterSavepoint();
          return {
            query: async (config: pg.QueryConfig) => {
              const translated = SAVEPOINTS.get(config.text);
              return send(translated === undefined ? config : { text: translated });
            },
            release,
            on: () => undefined,
            removeListener: () => undefined,
          };
        },
      },
    });
  }

  open(transaction: symbol): void {
    if (this.#transaction === transaction) return;
    this.#transaction = transaction;
    this.#savepoint = Promise.resolve();
  }

  close(transaction: symbol): void {
    if (this.#transaction === transaction) this.#transaction = null;
  }

  async #enterSavepoint(): Promise<() => void> {
    const before = this.#savepoint;
    let leave: () => void = () => undefined;
    this.#savepoint = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    return leave;
  }
}

export type ConnectionOrm = ReturnType<typeof createConnectionOrm>;

/** The ORM on a connection that carries one transaction after the other. */
export function createConnectionOrm(connection: pg.PoolClient, nameOf: (text: string) => string | undefined) {
  const view = new ConnectionView(connection);
  const { client } = createOrm(view, nameOf);
  return {
    /** Calls the ORM within a transaction that is open on the connection. */
    run<T>(transaction: symbol, work: (client: OrmClient) => Promise<T>): Promise<T> {
      view.open(transaction);
      return callingTransaction.run(transaction, async () => await work(client));
    },
    /** Whoever kept the client gets an error from now on. */
    close: (transaction: symbol): void => view.close(transaction),
  };
}
