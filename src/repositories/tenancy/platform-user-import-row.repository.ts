import { uuidv7 } from 'uuidv7';
import { invariant } from '../../errors/app-error.ts';
import type { TenantTxContext } from '../../types/context.ts';
import type { StagedRow } from '../../types/tenancy/platform-user-import.ts';
import type { Database } from '../base/database.ts';
import * as sql from './platform-user-import-row-statements.ts';

/** What a statement took from the staged rows and made of it; the two differ when something has changed meanwhile. */
export interface MadeFromRows {
  readonly staged: number;
  readonly made: number;
  /** Where the next statement goes on; null at the end. */
  readonly lastEmail: string | null;
}

/** What of a staged row depends on the tenant's other rows. */
export interface StagedKeys {
  readonly row: number;
  readonly email: string;
  readonly libraryId: string | null;
}

export interface StagedParent {
  readonly row: number;
  readonly studentEmails: readonly string[];
}

export type PlatformUserImportRowRepository = ReturnType<typeof createPlatformUserImportRowRepository>;

/** Valid rows that wait for the end of their file. Each statement handles a bounded number of them. */
export function createPlatformUserImportRowRepository({ database }: { database: Database }) {
  return {
    /** @returns the rows that are staged now: not those whose address an earlier one has */
    async insert(ctx: TenantTxContext, importId: string, staged: readonly StagedRow[]): Promise<ReadonlySet<number>> {
      const values = [ctx.scope.tenantId, importId, JSON.stringify(staged.map(toRecord))];
      const inserted = await database.query<{ row: number }>(ctx, sql.INSERT, values);
      return new Set(inserted.map(({ row }) => row));
    },

    /** Those of the addresses that the tenant's people have. */
    async findTakenEmails(ctx: TenantTxContext, emails: readonly string[]): Promise<ReadonlySet<string>> {
      const values = [ctx.scope.tenantId, [...emails]];
      const found = await database.query<{ email: string }>(ctx, sql.FIND_TAKEN_EMAILS, values);
      return new Set(found.map(({ email }) => email));
    },

    /** Those of the ids that are libraries of the tenant. */
    async findLibraries(ctx: TenantTxContext, ids: readonly string[]): Promise<ReadonlySet<string>> {
      if (ids.length === 0) return new Set();
      const found = await database.query<{ id: string }>(ctx, sql.FIND_LIBRARIES, [ctx.scope.tenantId, [...ids]]);
      return new Set(found.map(({ id }) => id));
    },

    /** The next `limit` rows behind one, with what must still be free or there when they become people. */
    listStaged(ctx: TenantTxContext, importId: string, after: number, limit: number): Promise<StagedKeys[]> {
      const values = [ctx.scope.tenantId, importId, after, limit];
      return database.query<Pick<StagedKeys, keyof StagedKeys>>(ctx, sql.LIST_STAGED, values);
    },

    /** The next `limit` parents behind a row. */
    listParents(ctx: TenantTxContext, importId: string, after: number, limit: number): Promise<StagedParent[]> {
      const values = [ctx.scope.tenantId, importId, after, limit];
      return database.query<Pick<StagedParent, keyof StagedParent>>(ctx, sql.LIST_PARENTS, values);
    },

    /** Those of the addresses that are a student's, here or among the tenant's people. */
    async findStudents(
      ctx: TenantTxContext,
      importId: string,
      emails: readonly string[],
    ): Promise<ReadonlySet<string>> {
      if (emails.length === 0) return new Set();
      const values = [ctx.scope.tenantId, importId, [...emails]];
      const found = await database.query<{ email: string }>(ctx, sql.FIND_STUDENTS, values);
      return new Set(found.map(({ email }) => email));
    },

    /** @param rows in their order */
    async deleteRows(ctx: TenantTxContext, importId: string, rows: readonly number[]): Promise<void> {
      const values = [ctx.scope.tenantId, importId, [...rows], rows[0], rows.at(-1)];
      if (rows.length > 0) await database.execute(ctx, sql.DELETE_ROWS, values);
    },

    /** @returns how many rows were deleted; fewer than `limit` when none are left */
    deleteSome: (ctx: TenantTxContext, importId: string, limit: number): Promise<number> =>
      database.execute(ctx, sql.DELETE_SOME, [ctx.scope.tenantId, importId, limit]),

    /** Makes people of the next `limit` rows behind an address, except where it is taken or the library is gone. */
    async createPeople(
      ctx: TenantTxContext,
      importId: string,
      after: string,
      limit: number,
      now: string,
    ): Promise<MadeFromRows> {
      const ids = Array.from({ length: limit }, () => uuidv7());
      const values = [ctx.scope.tenantId, importId, after, ids, now];
      const [made] = await database.query<Pick<MadeFromRows, keyof MadeFromRows>>(ctx, sql.CREATE_PEOPLE, values);
      return invariant(made, 'An aggregate has one row');
    },

    /** Gives the next `limit` parents behind an address their students, as far as these are there. */
    async createGuardianships(
      ctx: TenantTxContext,
      importId: string,
      after: string,
      limit: number,
    ): Promise<MadeFromRows> {
      const values = [ctx.scope.tenantId, importId, after, limit];
      const [made] = await database.query<Pick<MadeFromRows, keyof MadeFromRows>>(
        ctx,
        sql.CREATE_GUARDIANSHIPS,
        values,
      );
      return invariant(made, 'An aggregate has one row');
    },
  };
}

const toRecord = ({ row, person: { libraryId, studentEmails, ...person } }: StagedRow) => ({
  row_number: row,
  ...person,
  library_id: libraryId,
  student_emails: studentEmails,
});
