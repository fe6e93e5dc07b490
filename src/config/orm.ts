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

/**
 * A pool that is one connection inside a transaction that somebody else began. A transaction that Prisma opens by itself (nested
 * writes) becomes a savepoint of that one.
 */
export class ConnectionView extends pg.Pool {
  constructor(connection: pg.PoolClient) {
    super({ max: 1 });
    this.setMaxListeners(0);
    let depth = 0;
    const savepoints: Record<string, () => string> = {
      BEGIN: () => `savepoint prisma_${++depth}`,
      COMMIT: () => `release savepoint prisma_${depth--}`,
      ROLLBACK: () => `rollback to savepoint prisma_${depth--}`,
    };
    const nested = {
      query: (config: pg.QueryConfig) => {
        const translated = savepoints[config.text];
        return connection.query(translated === undefined ? config : { text: translated() });
      },
      release: () => undefined,
      on: () => undefined,
      removeListener: () => undefined,
    };
    Object.defineProperties(this, {
      query: { value: (config: pg.QueryConfig) => connection.query(config) },
      connect: { value: async () => nested },
    });
  }
}
