import type { Context, PlatformScope, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { ApiKey, ApiKeyFilter, ApiKeyStatus, ApiKeyUse } from '../../types/identity/api-key.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { likePattern, offsetOf } from '../base/order.ts';
import * as sql from './api-key-statements.ts';
import type { TenantStanding } from './session.repository.ts';

export interface NewApiKey
  extends Pick<ApiKey, 'id' | 'name' | 'publicId' | 'lastFour' | 'scopes' | 'allowedCidrs' | 'rateLimitPerMinute'> {
  readonly secretHash: Buffer;
  readonly expiresAt: string;
  readonly createdBy: string;
}

export interface NewSecret {
  readonly secretHash: Buffer;
  readonly lastFour: string;
  /** Until when the secret before it is valid, too; null: no longer. */
  readonly previousExpiresAt: string | null;
}

/** What a request needs to know of the key it comes with, and of whoever made the key. */
export interface ApiKeyFacts
  extends Pick<ApiKey, 'id' | 'name' | 'allowedCidrs' | 'rateLimitPerMinute' | 'expiresAt' | 'previousExpiresAt'> {
  readonly tenantId: TenantId;
  readonly secretHash: Buffer;
  readonly previousSecretHash: Buffer | null;
  readonly scopes: readonly string[];
  readonly isRevoked: boolean;
  readonly createdBy: string;
  /** Whether the creator may still sign in. */
  readonly creatorIsActive: boolean;
  readonly platformRole: string | null;
  readonly platformPermissions: readonly string[] | null;
  /** The creator's membership in the key's tenant, while it is active. */
  readonly standing: TenantStanding | null;
}

type ApiKeyRow = Pick<ApiKey, keyof ApiKey>;
type FactsRow = Pick<ApiKeyFacts, keyof ApiKeyFacts>;

export type ApiKeyRepository = ReturnType<typeof createApiKeyRepository>;

export function createApiKeyRepository({ database }: { database: Database }) {
  const filterOf = (tenantId: TenantId, { search, status }: ApiKeyFilter, now: string) =>
    sql.filters.given({
      tenantId,
      search: search === undefined ? undefined : likePattern(search),
      ...(status !== undefined && statusFilter(status, now)),
    });

  return {
    /** @param now decides what has expired */
    async list(ctx: TenantContext, filter: ApiKeyFilter, now: string): Promise<Page<ApiKey>> {
      const { names, values } = filterOf(ctx.scope.tenantId, filter, now);
      const [items, counted] = await Promise.all([
        database.query<ApiKeyRow>(ctx, sql.listStatement(names, filter.sort), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items, page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    /** The names of users, by id. */
    async creatorNames(ctx: Context<PlatformScope>, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
      const rows = await database.query<{ id: string; name: string }>(ctx, sql.USER_NAMES, [ids]);
      return new Map(rows.map(({ id, name }) => [id, name]));
    },

    /**
     * Inserts a key unless the tenant has `most` live ones; of two at the same time, the second waits for the first.
     * @returns null when there is no room
     */
    async insert(ctx: TenantTxContext, key: NewApiKey, now: string, most: number): Promise<ApiKey | null> {
      const { tenantId } = ctx.scope;
      await database.query(ctx, sql.LOCK_KEYS_OF_TENANT, [tenantId]);
      const [row] = await database.query<ApiKeyRow>(ctx, sql.INSERT, [
        tenantId,
        key.id,
        key.name,
        key.publicId,
        key.secretHash,
        key.lastFour,
        [...key.scopes],
        [...key.allowedCidrs],
        key.rateLimitPerMinute,
        key.expiresAt,
        key.createdBy,
        now,
        most,
      ]);
      return row ?? null;
    },

    /** Reads a key that nobody else can change until the transaction ends. */
    async lock(ctx: TenantTxContext, id: string): Promise<ApiKey | null> {
      const [row] = await database.query<ApiKeyRow>(ctx, sql.LOCK, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    /** Gives a locked key another secret. */
    async replaceSecret(ctx: TenantTxContext, id: string, next: NewSecret, now: string): Promise<void> {
      const values = [ctx.scope.tenantId, id, next.secretHash, next.lastFour, next.previousExpiresAt, now];
      await database.execute(ctx, sql.REPLACE_SECRET, values);
    },

    async revoke(ctx: TenantTxContext, id: string, now: string): Promise<void> {
      await database.execute(ctx, sql.REVOKE, [ctx.scope.tenantId, id, now]);
    },

    async findFacts(ctx: Context<PlatformScope>, publicId: string): Promise<ApiKeyFacts | null> {
      const [facts] = await database.query<FactsRow>(ctx, sql.FACTS, [publicId]);
      return facts ?? null;
    },

    /** Writes down when keys were used last, unless a later use is known. A row that another process writes to is left to it. */
    async recordUses(ctx: Context<PlatformScope>, uses: readonly ApiKeyUse[]): Promise<void> {
      await database.execute(ctx, sql.RECORD_USES, [
        uses.map(({ tenantId }) => tenantId),
        uses.map(({ id }) => id),
        uses.map(({ usedAt }) => usedAt),
        uses.map(({ ipAddress }) => ipAddress),
      ]);
    },
  };
}

function statusFilter(status: ApiKeyStatus, now: string): Readonly<Partial<Record<ApiKeyStatus, readonly string[]>>> {
  return { [status]: status === 'revoked' ? [] : [now] };
}
