import { invariant } from '../../errors/app-error.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { Library, LibraryFilter, LibraryProfile, NewLibrary } from '../../types/tenancy/library.ts';
import type { Database } from '../base/database.ts';
import { likePattern, offsetOf, parseSort } from '../base/order.ts';
import * as sql from './library-statements.ts';

const SORTABLE = ['createdAt', 'name'] as const satisfies readonly sql.LibrarySortField[];

type LibraryRow = Pick<Library, keyof Library>;

export type LibraryRepository = ReturnType<typeof createLibraryRepository>;

export function createLibraryRepository({ database }: { database: Database }) {
  return {
    async list(ctx: TenantContext, filter: LibraryFilter): Promise<Page<Library>> {
      const { field, direction } = parseSort(filter.sort, SORTABLE);
      const { names, values } = sql.filters.given({
        tenantId: ctx.scope.tenantId,
        status: filter.status,
        search: filter.search === undefined ? undefined : likePattern(filter.search),
      });
      const [items, counted] = await Promise.all([
        database.query<LibraryRow>(ctx, sql.listStatement(names, field, direction), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items, page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: TenantContext, id: string): Promise<Library | null> {
      const [row] = await database.query<LibraryRow>(ctx, sql.FIND, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    /** Reads a library that nobody else can change, and nobody can join, until the transaction ends. */
    async lock(ctx: TenantTxContext, id: string): Promise<Library | null> {
      const [row] = await database.query<LibraryRow>(ctx, sql.LOCK, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    /** Keeps a library from being deleted until the transaction ends. @returns its id, or null when there is none */
    async lockKey(ctx: TenantTxContext, id: string): Promise<string | null> {
      const [row] = await database.query<{ id: string }>(ctx, sql.LOCK_KEY, [ctx.scope.tenantId, id]);
      return row?.id ?? null;
    },

    /** Whether anybody belongs to a library. */
    async isInUse(ctx: TenantContext, id: string): Promise<boolean> {
      return (await database.query(ctx, sql.FIND_PERSON, [ctx.scope.tenantId, id])).length > 0;
    },

    /** @throws the database's unique violation of libraries_tenant_id_code_key */
    async insert(ctx: TenantTxContext, library: NewLibrary, now: string): Promise<Library> {
      const values = [ctx.scope.tenantId, library.id, ...profileValues(library, now)];
      const [row] = await database.query<LibraryRow>(ctx, sql.INSERT, values);
      return invariant(row, 'An insert returns its row');
    },

    /**
     * Replaces the profile of a locked library.
     * @throws the database's unique violation of libraries_tenant_id_code_key
     */
    async update(ctx: TenantTxContext, id: string, profile: LibraryProfile, now: string): Promise<Library> {
      const values = [ctx.scope.tenantId, id, ...profileValues(profile, now)];
      const [row] = await database.query<LibraryRow>(ctx, sql.UPDATE, values);
      return invariant(row, 'A locked library can be updated');
    },

    /** Deletes a locked library to which nobody belongs. */
    async delete(ctx: TenantTxContext, id: string): Promise<void> {
      await database.execute(ctx, sql.DELETE, [ctx.scope.tenantId, id]);
    },
  };
}

const profileValues = (profile: LibraryProfile, now: string): unknown[] => [
  profile.name,
  profile.code,
  profile.description,
  [...profile.addressLines],
  profile.phone,
  profile.email,
  profile.seats,
  JSON.stringify(profile.openingHours),
  profile.timeZone,
  profile.status,
  now,
];
