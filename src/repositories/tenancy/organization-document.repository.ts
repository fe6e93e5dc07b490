import { invariant } from '../../errors/app-error.ts';
import type { JsonObject } from '../../types/json.ts';
import type { Page } from '../../types/page.ts';
import type { OrganizationTxContext } from '../../types/tenancy/organization.ts';
import type { DocumentQuery, OrganizationDocument } from '../../types/tenancy/organization-document.ts';
import type { Database } from '../base/database.ts';
import { inOrganizationStorage } from '../base/organization-storage.ts';
import { conditionsOf } from './organization-document-filters.ts';
import * as sql from './organization-document-statements.ts';

type DocumentRow = Pick<OrganizationDocument, keyof OrganizationDocument>;

/** A document that is made. */
export interface NewDocument {
  readonly id: string;
  readonly body: JsonObject;
}

/** Documents as lines of JSON, in the order of their ids. */
export interface DocumentLines {
  readonly lines: readonly string[];
  /** Where the next ones begin; null when these are the last. */
  readonly lastId: string | null;
}

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

export type OrganizationDocumentRepository = ReturnType<typeof createOrganizationDocumentRepository>;

/** The documents in the storage of the organization in scope. */
export function createOrganizationDocumentRepository({ database }: { database: Database }) {
  return {
    list(
      ctx: OrganizationTxContext,
      { filters, order, page, limit }: DocumentQuery,
    ): Promise<Page<OrganizationDocument>> {
      const { conditions, values } = conditionsOf(filters);
      const parts = sql.partsOf(conditions);
      const [kind, orderValues] = typeof order.by === 'string' ? [order.by, []] : (['field', [order.by]] as const);
      return inOrganizationStorage(ctx, async () => {
        const [items, counted] = await Promise.all([
          database.query<DocumentRow>(ctx, sql.listStatement(kind, order.direction, ...parts), [
            ...values,
            ...orderValues,
            limit,
            (page - 1) * limit,
          ]),
          database.query<{ total: number }>(ctx, sql.countStatement(...parts), values),
        ]);
        return { items, page, limit, total: counted[0]?.total ?? 0 };
      });
    },

    count(ctx: OrganizationTxContext): Promise<number> {
      return inOrganizationStorage(ctx, async () => {
        const [row] = await database.query<{ total: number }>(ctx, sql.COUNT);
        return row?.total ?? 0;
      });
    },

    findById(ctx: OrganizationTxContext, id: string): Promise<OrganizationDocument | null> {
      return inOrganizationStorage(ctx, async () => {
        const [row] = await database.query<DocumentRow>(ctx, sql.FIND, [id]);
        return row ?? null;
      });
    },

    /** Reads a document that nobody else can change until the transaction ends. */
    lock(ctx: OrganizationTxContext, id: string): Promise<OrganizationDocument | null> {
      return inOrganizationStorage(ctx, async () => {
        const [row] = await database.query<DocumentRow>(ctx, sql.LOCK, [id]);
        return row ?? null;
      });
    },

    /** @returns them in the order in which they were given */
    insert(
      ctx: OrganizationTxContext,
      documents: readonly NewDocument[],
      now: string,
    ): Promise<OrganizationDocument[]> {
      return inOrganizationStorage(ctx, async () => {
        const ids = documents.map(({ id }) => id);
        const bodies = documents.map(({ body }) => JSON.stringify(body));
        const rows = await database.query<DocumentRow>(ctx, sql.INSERT, [ids, bodies, now]);
        const byId = new Map(rows.map((row) => [row.id, row]));
        return ids.map((id) => invariant(byId.get(id), 'An insert returns its rows'));
      });
    },

    /** Replaces the body of a locked document. */
    replace(ctx: OrganizationTxContext, id: string, body: JsonObject, now: string): Promise<OrganizationDocument> {
      return inOrganizationStorage(ctx, async () => {
        const [row] = await database.query<DocumentRow>(ctx, sql.REPLACE, [id, JSON.stringify(body), now]);
        return invariant(row, 'A locked document can be replaced');
      });
    },

    /** Deletes a locked document. */
    async delete(ctx: OrganizationTxContext, id: string): Promise<void> {
      await inOrganizationStorage(ctx, () => database.execute(ctx, sql.DELETE, [id]));
    },

    /** The documents after one, or the first ones: some two megabytes of them. */
    readLines(ctx: OrganizationTxContext, after: string | null): Promise<DocumentLines> {
      return inOrganizationStorage(ctx, async () => {
        const rows = await database.query<{ id: string; line: string }>(ctx, sql.READ_LINES, [after ?? BEFORE_ALL]);
        return { lines: rows.map(({ line }) => line), lastId: rows.at(-1)?.id ?? null };
      });
    },

    /** Writes documents as `readLines` has read them. */
    async writeLines(ctx: OrganizationTxContext, lines: readonly string[]): Promise<void> {
      await inOrganizationStorage(ctx, () => database.execute(ctx, sql.WRITE_LINES, [lines]));
    },
  };
}
